// Differences inside Secrets, and which values must never be shown.
#pragma once

#include <span>
#include <vector>

#include "providers/kubernetes/diff/difference.h"

namespace cloudflow {

/// A difference with the mark of secrecy.
struct MarkedDifference {
  Difference difference;
  bool secret = false;
};

/// The differences of a Secret: those of `data` opened where both sides hold a JSON object. What is not opened is
/// secret; an inner value is when `secrets` or the live annotation covers it, or where no plain desired value stands.
std::vector<MarkedDifference> open_secret(std::vector<Difference> found, const Json& desired, const Json& live,
                                          std::span<const std::string> secrets);

}  // namespace cloudflow
