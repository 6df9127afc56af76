// Whether one port can read what another writes.
#pragma once

#include <string>
#include <vector>

#include "planner/schema/port_schema.h"

namespace cloudflow {

struct Incompatibility {
  std::string kind;
  std::string path;
  std::string message;
};

/// A part of two schemas that could not be compared: whether it fits is not known.
struct NotCompared {
  std::string what{};   ///< "$ref \"http://a/b\" leads to no schema that is known"
  std::string where{};  ///< whose and where: "reader /properties/a"; empty for the whole
  auto operator<=>(const NotCompared&) const = default;

  std::string text() const;  ///< "WHAT (WHERE)"
};

enum class Verdict { compatible, incompatible, not_compared };

/// What a comparison of two schemas found. "Compatible" is said only where all was compared.
struct Compatibility {
  std::vector<Incompatibility> reasons{};   ///< why data cannot be read
  std::vector<NotCompared> not_compared{};  ///< what nothing is known of
  std::string example{};                    ///< a document that is written and cannot be read, where one was found

  /// A reason decides, whatever else was not compared.
  Verdict verdict() const;
  bool compatible() const { return verdict() == Verdict::compatible; }
};

std::string_view name_of(Verdict verdict);  ///< "compatible", "not compatible", "not known"

/// "a; b (and 3 more)": what was not compared, for a message of one line.
std::string not_compared_text(const std::vector<NotCompared>& parts);

/// Compatible when data written with `writer` can be read with `reader`.
Compatibility compare_schemas(const PortSchema& reader, const PortSchema& writer);

}  // namespace cloudflow
