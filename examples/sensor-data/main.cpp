// One program with all streamlets; which one it is, its documents say.
#include "streamlets.h"

int main(int argc, char** argv) {
  return Program{}
      .with<Sensors>("com.example.sensors.Sensors", "Makes readings up")
      .with<Ingress>("com.example.sensors.Ingress", "Takes readings over HTTP")
      .with<Validate>("com.example.sensors.Validate", "Tells good readings from bad ones")
      .with<Metrics>("com.example.sensors.Metrics", "Makes metrics of readings")
      .with<Print>("com.example.sensors.Print", "Prints readings")
      .run(argc, argv);
}
