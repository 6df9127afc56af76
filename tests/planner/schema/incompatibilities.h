// Reasons why a schema cannot read another, as texts that tests compare.
#pragma once

#include <span>
#include <string>

#include "planner/schema/compatibility.h"

namespace cloudflow::testing {

/// A reader, a writer, and what is expected of the two.
struct SchemaRow {
  const char* reader;
  const char* writer;
  const char* expected;
};

/// "KIND@path" for each reason, separated by blanks; "" when compatible.
inline std::string kinds_of(std::span<const Incompatibility> reasons) {
  std::string out;
  for (const Incompatibility& one : reasons) out += (out.empty() ? "" : " ") + one.kind + "@" + one.path;
  return out;
}

/// "KIND path message", a line for each reason.
inline std::string messages_of(std::span<const Incompatibility> reasons) {
  std::string out;
  for (const Incompatibility& one : reasons) out += one.kind + " " + one.path + " " + one.message + "\n";
  return out;
}

}  // namespace cloudflow::testing
