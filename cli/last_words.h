// What the user reads when a library ends this program: an assertion inside it, a signal of the processor.
#pragma once

#include "planner/apply/event.h"

namespace cloudflow::last_words {

/// From here on SIGABRT, SIGSEGV, SIGBUS, SIGFPE and SIGILL are reported on stderr (what ended the run, what of it is
/// done, how to go on) before they end the process as they would have. The report is written by the handler itself:
/// nothing is allocated, locked or formatted by a library then. A handler that somebody else has installed stays.
void prepare();

/// Counts what is being made, for the report. Safe from any thread.
void hear(const Event& event);

}  // namespace cloudflow::last_words
