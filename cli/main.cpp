// The program: libraries up, signals, run, exit code.
#include <malloc.h>

#include "cli/app.h"

int main(int argc, char** argv) {
#ifdef M_ARENA_MAX
  // Dozens of threads wait for answers and one at a time works on one: an arena for each only holds memory.
  mallopt(M_ARENA_MAX, 2);
#endif
  return cloudflow::run_app(argc, argv);
}
