// How the API server merges and reads the fields of the kinds that come with Kubernetes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

struct ObjectSchema;

/// What the schema of a kind says about one place. Lists and maps have an `inner` place for what is in them.
struct FieldSchema {
  enum class Shape {
    plain,     ///< a text, a number or a boolean, compared as it is
    quantity,  ///< an amount, which the server writes in its own way ("0.1" as "100m")
    object,    ///< with the fields of `type`
    map,       ///< free names, all with the `inner` place
    list,
    open,  ///< anything: the schema says nothing of what is inside
  };
  Shape shape = Shape::plain;
  bool atomic = false;                   ///< applied as one value, not merged field by field
  bool set = false;                      ///< a list whose values are merged one by one
  std::vector<std::string_view> keys{};  ///< a list whose objects are merged by these fields
  const FieldSchema* inner = nullptr;    ///< of a list or map
  const ObjectSchema* type = nullptr;    ///< of an object
  std::string_view default_value{};      ///< what the server fills in; empty: nothing known

  bool is_associative() const { return !keys.empty(); }
};

/// The place of a whole object; for kinds that do not come with Kubernetes one that knows the metadata only.
const FieldSchema& schema_of(std::string_view api_version, std::string_view kind);

/// Whether more is known of the kind than its metadata.
bool has_known_schema(std::string_view api_version, std::string_view kind);

/// The place of a member; null when the schema does not say what it is. Null stays null.
const FieldSchema* schema_member(const FieldSchema* place, std::string_view name);
/// The place of a list's elements.
const FieldSchema* schema_element(const FieldSchema* place);

/// Whether the server fills this value in where the member is left out.
bool is_known_default(const FieldSchema* object, std::string_view member, const Json& value);

/// One line for each type that has something to say, sorted: "core.v1.Volume csi:oCSIVolumeSource …".
/// Made from the server's /openapi/v3 by the test "the known schemas are the server's".
std::string_view known_schema_table();

}  // namespace cloudflow
