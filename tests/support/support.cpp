// Test support that needs a source file of its own.
#include "tests/support/fake_clock.h"
#include "tests/support/memory_tree.h"
