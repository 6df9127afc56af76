// The part of OpenAPI that Kubernetes uses, walked along a manifest.
#include "providers/kubernetes/schema/openapi_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Manifests and schemas that nest deeper are left to the server.
constexpr int max_depth = 100;
/// So are those that go through more places: a schema may refer to itself in several ways at once.
constexpr int most_steps = 1'000'000;

std::string type_of(const Json& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  return value.is_array() ? "array" : value.is_object() ? "object" : value.is_string() ? "string" : "boolean";
}

bool fits(const Json& value, const std::string& type) {
  const std::string actual = type_of(value);
  return actual == type || (type == "number" && actual == "integer");
}

std::string with_article(const std::string& type) {
  constexpr std::string_view vowels = "aeiou";
  return (vowels.find(type.front()) == std::string_view::npos ? "a " : "an ") + type;
}

/// What `target` of "#/components/schemas/NAME" is called.
std::string_view name_in(std::string_view target) { return target.substr(target.rfind('/') + 1); }

/// How a component of `document` is called; "" for a schema that stands elsewhere, as in a definition.
std::string_view name_of_component(const Json& document, const Json& schema) {
  const Json* schemas = find(document, {"components", "schemas"});
  if (schemas == nullptr || !schemas->is_object()) return "";
  for (const auto& [name, one] : schemas->items()) {
    if (&one == &schema) return schemas->find(name).key();
  }
  return "";
}

/// Schemas written from Go types require every field that Go cannot leave out and give it a default of nothing.
bool is_of_go(std::string_view name) {
  static constexpr std::array<std::string_view, 4> packages = {
      "io.k8s.api.", "io.k8s.apimachinery.", "io.k8s.apiextensions-apiserver.", "io.k8s.kube-aggregator."};
  return std::ranges::any_of(packages, [&](std::string_view package) { return name.starts_with(package); });
}

/// Fields that a schema of Kubernetes' own requires and its server fills in, or takes as empty. They were found by
/// leaving out each of them; `group` as in the name of the component.
struct Lenient {
  std::string_view group;
  std::string_view type;
  std::string_view field;
};
constexpr std::array<Lenient, 15> lenient = {{
    {"apps", "StatefulSetSpec", "serviceName"},
    {"batch", "PodFailurePolicy", "rules"},
    {"batch", "PodFailurePolicyOnPodConditionsPattern", "status"},
    {"core", "HTTPHeader", "value"},
    {"core", "ISCSIPersistentVolumeSource", "lun"},
    {"core", "ISCSIVolumeSource", "lun"},
    {"core", "LimitRangeSpec", "limits"},
    {"core", "PreferredSchedulingTerm", "preference"},
    {"core", "SleepAction", "seconds"},
    {"core", "Sysctl", "value"},
    {"discovery", "EndpointSlice", "endpoints"},
    {"discovery", "ForNode", "name"},
    {"discovery", "ForZone", "name"},
    {"rbac", "RoleRef", "apiGroup"},
    {"scheduling", "PriorityClass", "value"},
}};

bool is_lenient(std::string_view component, std::string_view field) {
  return std::ranges::any_of(lenient, [&](const Lenient& one) {
    return one.field == field && component.starts_with(fmt::format("io.k8s.api.{}.", one.group)) &&
           component.ends_with(fmt::format(".{}", one.type));
  });
}

/// The path of a member.
std::string below(const std::string& path, const std::string& key) {
  return path.empty() ? key : fmt::format("{}.{}", path, key);
}

/// Where the walk is.
struct Spot {
  std::string path{};            ///< "spec.containers[0].name"
  std::string pointer{};         ///< "/spec/containers/0/name"
  std::string_view component{};  ///< whose part the schema is; "" for one that refers to nothing
  int depth = 0;

  Spot deeper() const { return {path, pointer, component, depth + 1}; }
  Spot member(const std::string& key) const {
    return {below(path, key), pointer + "/" + pointer_step(key), component, depth + 1};
  }
  Spot item(std::size_t i) const {
    return {fmt::format("{}[{}]", path, i), fmt::format("{}/{}", pointer, i), component, depth + 1};
  }
};

class Check {
 public:
  explicit Check(const Json& document) : document_(document) {}

  void run(const Json& value, const Json& schema, const Spot& at) {
    if (value.is_null() || at.depth > max_depth || !schema.is_object() || ++steps_ > most_steps) return;
    if (const std::string target = string_at(schema, {"$ref"}); !target.empty()) {
      Spot inside = at.deeper();
      inside.component = name_in(target);
      if (const Json* found = resolve(target)) run(value, *found, inside);
      return;
    }
    if (const Json* all = find(schema, {"allOf"}); all != nullptr && all->is_array()) {
      for (const Json& one : *all) run(value, one, at.deeper());
    }
    if (!check_type(value, schema, at)) return;
    check_value(value, schema, at);
    if (value.is_object()) check_members(value, schema, at);
    if (value.is_array()) {
      const Json* items = find(schema, {"items"});
      for (std::size_t i = 0; items != nullptr && i < value.size(); ++i) run(value[i], *items, at.item(i));
    }
  }

  std::vector<SchemaProblem> problems{};

 private:
  const Json* resolve(const std::string& target) const {
    if (!target.starts_with("#/")) return nullptr;
    const Json* at = &document_;
    for (const std::string& step : split(std::string_view(target).substr(2), '/')) {
      at = find(*at, {step});
      if (at == nullptr) return nullptr;
    }
    return at;
  }

  void add(const Spot& at, std::string message) { problems.push_back({at.path, at.pointer, std::move(message)}); }

  /// False where there is no sense in looking further.
  bool check_type(const Json& value, const Json& schema, const Spot& at) {
    std::vector<std::string> wanted;
    if (bool_at(schema, {"x-kubernetes-int-or-string"}) || string_at(schema, {"format"}) == "int-or-string") {
      wanted = {"integer", "string"};
    } else if (const std::string type = string_at(schema, {"type"}); !type.empty()) {
      wanted = {type};
    } else if (const Json* one_of = find(schema, {"oneOf"}); one_of != nullptr && one_of->is_array()) {
      for (const Json& one : *one_of) {
        if (string_at(one, {"type"}).empty()) return true;
        wanted.push_back(string_at(one, {"type"}));
      }
    }
    if (wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& type) { return fits(value, type); }))
      return true;
    for (std::string& type : wanted) type = with_article(type);
    add(at, fmt::format("is {}, wanted {}", with_article(type_of(value)), join(wanted, " or ")));
    return false;
  }

  void check_value(const Json& value, const Json& schema, const Spot& at) {
    if (const Json* known = find(schema, {"enum"});
        known != nullptr && known->is_array() && std::ranges::find(*known, value) == known->end()) {
      std::vector<std::string> names;
      for (const Json& one : *known) {
        if (!one.is_string() || !one.get<std::string>().empty()) names.push_back(dump(one));
      }
      add(at, fmt::format("is {}, wanted one of {}", dump(value), join(names, ", ")));
    }
    const auto bound = [&](const char* key, double actual, bool least, std::string_view what) {
      const Json* limit = find(schema, {key});
      if (limit == nullptr || !limit->is_number()) return;
      const double number = limit->get<double>();
      if (least ? actual >= number : actual <= number) return;
      add(at, fmt::format("{} {}, wanted at {} {}", what, actual, least ? "least" : "most", number));
    };
    if (value.is_number()) {
      bound("minimum", value.get<double>(), true, "is");
      bound("maximum", value.get<double>(), false, "is");
    } else if (value.is_array()) {
      bound("minItems", static_cast<double>(value.size()), true, "has a length of");
      bound("maxItems", static_cast<double>(value.size()), false, "has a length of");
    }
  }

  void check_members(const Json& value, const Json& schema, const Spot& at) {
    const Json* properties = find(schema, {"properties"});
    const Json* additional = find(schema, {"additionalProperties"});
    // An object inside an object (a CRD's embedded one) has these without saying so.
    const bool embedded = bool_at(schema, {"x-kubernetes-embedded-resource"});
    const bool open = bool_at(schema, {"x-kubernetes-preserve-unknown-fields"}) || properties == nullptr;
    for (const auto& [key, member] : value.items()) {
      if (const Json* known = properties == nullptr ? nullptr : find(*properties, {key})) {
        run(member, *known, at.member(key));
      } else if (additional != nullptr && additional->is_object()) {
        run(member, *additional, at.member(key));
      } else if (!open && !is_header(key, embedded || at.pointer.empty()) && additional == nullptr) {
        std::vector<std::string> names;
        for (const auto& [name, unused] : properties->items()) names.push_back(name);
        const std::string hint = did_you_mean(key, names);
        add(at.member(key), "is an unknown field" + (hint.empty() ? "" : ", " + hint));
      }
    }
    const Json* required = find(schema, {"required"});
    if (required == nullptr || !required->is_array()) return;
    for (const Json& name : *required) {
      if (!name.is_string()) continue;
      const std::string key = name.get<std::string>();
      if (const Json* member = find(value, {key}); member != nullptr && !member->is_null()) continue;
      const Json* default_value = properties == nullptr ? nullptr : find(*properties, {key, "default"});
      if (!may_be_missing(at.component, key, default_value)) add(at.member(key), "is missing");
    }
  }

  /// A default of a definition is filled in, whatever it is; one of a Go type only where it is more than nothing.
  static bool may_be_missing(std::string_view component, const std::string& key, const Json* default_value) {
    if (is_lenient(component, key)) return true;
    if (default_value == nullptr) return false;
    if (!is_of_go(component)) return true;
    return !default_value->empty() && *default_value != Json("") && *default_value != Json(0) &&
           *default_value != Json(false);
  }

  static bool is_header(const std::string& key, bool resource) {
    static constexpr std::array<std::string_view, 4> header = {"apiVersion", "kind", "metadata", "status"};
    return resource && std::ranges::find(header, key) != header.end();
  }

  const Json& document_;
  int steps_ = 0;
};

}  // namespace

std::vector<SchemaProblem> check_schema(const Json& value, const Json& schema, const Json& document) {
  Check check(document);
  check.run(value, schema, {.component = name_of_component(document, schema)});
  return std::move(check.problems);
}

const Json* schema_of_kind(const Json& document, const std::string& group, const std::string& version,
                           const std::string& kind) {
  const Json* schemas = find(document, {"components", "schemas"});
  if (schemas == nullptr || !schemas->is_object()) return nullptr;
  for (const auto& [name, schema] : schemas->items()) {
    const Json* kinds = find(schema, {"x-kubernetes-group-version-kind"});
    if (kinds == nullptr || !kinds->is_array() || kinds->size() != 1) continue;
    const Json& one = kinds->front();
    if (string_at(one, {"kind"}) == kind && string_at(one, {"group"}) == group &&
        string_at(one, {"version"}) == version)
      return &schema;
  }
  return nullptr;
}

}  // namespace cloudflow
