// Diagnostics as lines, for comparing whole messages.
#pragma once

#include <string>

#include "cloudflow/diagnostics.h"

namespace cloudflow::testing {

/// "t.conf:1:2: message (code; hint: …)" for each, one a line.
inline std::string mistakes(const Diagnostics& problems) {
  std::string out;
  for (const Diagnostic& problem : problems.all()) {
    if (!out.empty()) out += '\n';
    out += problem.where.text() + ": " + problem.message + " (" + problem.code +
           (problem.hint.empty() ? "" : "; hint: " + problem.hint) + ")";
  }
  return out;
}

}  // namespace cloudflow::testing
