// Where scripts/bootstrap keeps what tests need: test beds, other projects' libraries.
#pragma once

#include <string>

namespace cloudflow::testing {

/// The folder, without a slash at the end: $CLOUDFLOW_CACHE, or cloudflow in the user's cache.
std::string cache_folder();

}  // namespace cloudflow::testing
