// The logical types of Avro.
#include "planner/schema/avro/avro_logical.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct Known {
  std::string_view name;
  AvroKind kind;
};

constexpr std::array<Known, 15> known_types = {{{"date", AvroKind::int_},
                                                {"time-millis", AvroKind::int_},
                                                {"time-micros", AvroKind::long_},
                                                {"timestamp-millis", AvroKind::long_},
                                                {"timestamp-micros", AvroKind::long_},
                                                {"timestamp-nanos", AvroKind::long_},
                                                {"local-timestamp-millis", AvroKind::long_},
                                                {"local-timestamp-micros", AvroKind::long_},
                                                {"local-timestamp-nanos", AvroKind::long_},
                                                {"uuid", AvroKind::string},
                                                {"uuid", AvroKind::fixed},
                                                {"duration", AvroKind::fixed},
                                                {"decimal", AvroKind::bytes},
                                                {"decimal", AvroKind::fixed},
                                                {"big-decimal", AvroKind::bytes}}};

/// What is wrong with a decimal, or "".
std::string decimal_problem(const Json& json, const AvroType& type, AvroLogical& out) {
  const long long precision = int_at(json, {"precision"}, -1);
  const Json* scale_value = find(json, {"scale"});
  const long long scale = scale_value == nullptr ? 0 : int_at(json, {"scale"}, -1);
  if (precision <= 0 || precision > 1000000000) return "\"precision\" must be a whole number above 0";
  if (scale < 0 || scale > precision) return "\"scale\" must be a whole number from 0 to the precision";
  if (type.kind == AvroKind::fixed) {
    const double digits = std::floor(std::log10(2.0) * (8.0 * static_cast<double>(type.size) - 1.0));
    if (static_cast<double>(precision) > digits)
      return fmt::format("{} hold only {:.0f} digits", counted(type.size, "byte"), std::max(digits, 0.0));
  }
  out.precision = static_cast<int>(precision);
  out.scale = static_cast<int>(scale);
  return {};
}

}  // namespace

AvroLogical logical_type(const Json& json, const AvroType& type, const std::string& path,
                         std::vector<std::string>& warnings) {
  AvroLogical logical;
  const std::string name = string_at(json, {"logicalType"});
  if (name.empty()) return logical;
  std::string problem = "is not known";
  for (const Known& known : known_types) {
    if (known.name != name) continue;
    problem = known.kind == type.kind ? "" : fmt::format("does not go with type {}", name_of(type.kind));
    if (problem.empty()) break;
  }
  if (problem.empty() && name == "decimal") problem = decimal_problem(json, type, logical);
  if (problem.empty() && type.kind == AvroKind::fixed && name == "duration" && type.size != 12)
    problem = "needs a fixed of 12 bytes";
  if (problem.empty() && type.kind == AvroKind::fixed && name == "uuid" && type.size != 16)
    problem = "needs a fixed of 16 bytes";
  if (!problem.empty()) {
    warnings.push_back(
        fmt::format("logical type {} at {} is ignored: {}", quote(name), path.empty() ? "the top" : path, problem));
    return {};
  }
  logical.name = name;
  return logical;
}

}  // namespace cloudflow
