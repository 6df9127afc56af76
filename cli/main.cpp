// The program: libraries up, signals, run, exit code.
#include "cli/app.h"

int main(int argc, char** argv) { return cloudflow::run_app(argc, argv); }
