// A value that a user wrote, with its place.
#pragma once

#include <string>

#include "cloudflow/diagnostics.h"

namespace cloudflow {

template <class T>
struct Placed {
  T value{};
  SourcePos where{};
};

using PlacedText = Placed<std::string>;

}  // namespace cloudflow
