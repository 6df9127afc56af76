// A JSON Schema as a graph of simple nodes, which tells where two differ.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

enum class JsonNodeKind {
  anything,
  nothing,
  null,
  boolean,
  number,
  string,
  array,
  object,
  enumeration,
  combined,
  negation,
  opaque,
  reference
};
enum class JsonCriterion { all_of, any_of, one_of };

/// A bound that a value must keep; `exclusive` leaves out the value itself.
struct JsonBound {
  double value = 0;
  bool exclusive = false;
};

/// One constraint. A schema with several becomes an all_of of them. Indexes point into JsonSchemaGraph::nodes.
struct JsonSchemaNode {
  JsonNodeKind kind = JsonNodeKind::anything;
  bool has_default = false;
  // number, string (length), array (items), object (properties)
  bool integer = false;
  std::optional<JsonBound> low{};
  std::optional<JsonBound> high{};
  std::optional<double> multiple_of{};
  std::optional<std::string> pattern{};  ///< string
  // array
  std::vector<std::size_t> prefix{};
  std::optional<std::size_t>
      rest{};  ///< array: items after the prefix; object: properties not named. Absent is anything
  bool unique = false;
  std::optional<std::size_t> contains{};
  std::optional<double> min_contains{};
  std::optional<double> max_contains{};
  // object
  std::map<std::string, std::size_t> properties{};
  std::map<std::string, std::size_t> patterns{};
  std::set<std::string> required{};
  std::optional<std::size_t> names{};
  std::map<std::string, std::set<std::string>> needs{};  ///< dependentRequired
  std::map<std::string, std::size_t> implies{};          ///< dependentSchemas
  // the others
  std::vector<Json> values{};  ///< enumeration (const has one); opaque: what it says
  JsonCriterion criterion = JsonCriterion::all_of;
  bool written = false;              ///< combined: by its own keyword, not made from several constraints
  std::vector<std::size_t> inner{};  ///< combined: branches; negation, reference: one
};

/// Schemas that may be compared with each other live in one graph.
struct JsonSchemaGraph {
  std::vector<JsonSchemaNode> nodes{};
  /// The node behind references; a reference to itself alone allows anything.
  const JsonSchemaNode& at(std::size_t index) const;
  std::size_t resolve(std::size_t index) const;
};

/// Adds a schema to the graph; gives its root. References inside the text are followed; those to
/// elsewhere stand for anything. The error says where in the text.
Result<std::size_t> add_json_schema(JsonSchemaGraph& graph, std::string_view text, std::string_view file = {});

}  // namespace cloudflow
