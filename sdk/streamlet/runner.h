// Runs one streamlet from its documents to its end.
#pragma once

#include "sdk/streamlet/documents.h"

namespace cloudflow::streamlet {

/// Until SIGTERM or SIGINT, a failure, or until there is no more to generate. Blocks both signals in the calling
/// thread, which has to be the only one. The exit status: 0, or 1 after a failure, which is logged.
int run_streamlet(const StreamletClass& which, const Documents& documents);

}  // namespace cloudflow::streamlet
