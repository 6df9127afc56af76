// One program with all streamlets; which one it is, its documents say.
#include "streamlets.h"

int main(int argc, char** argv) {
  return Program{}
      .with<Sensors>("com.example.sensors.Sensors", "Makes readings up")
      .with<Validate>("com.example.sensors.Validate", "Tells good readings from bad ones")
      .with<Print>("com.example.sensors.Print", "Prints readings")
      .run(argc, argv);
}
