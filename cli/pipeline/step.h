// What a step of a command comes to. Only a command shows it.
#pragma once

#include <optional>
#include <utility>

#include "cloudflow/diagnostics.h"
#include "cloudflow/result.h"

namespace cloudflow {

/// The value of a step, with all that its user is to know of the source. Where the step could not be done there is no
/// value; then `problems` has errors, or there is an `error`.
template <class T>
struct Step {
  std::optional<T> value{};
  Diagnostics problems{};
  std::optional<Error> error{};

  /// A step that failed outside the source.
  static Step failed(const Error& why) { return {.error = why}; }
};

}  // namespace cloudflow
