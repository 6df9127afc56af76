// The one place that compiles what precompiled.h keeps others from compiling again.
#include "sdk/support/precompiled.h"

template class nlohmann::basic_json<>;
