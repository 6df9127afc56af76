// The part of OpenAPI that Kubernetes uses, walked along a manifest.
#include "providers/kubernetes/openapi_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/base/text.h"

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

/// The path of a member.
std::string below(const std::string& path, const std::string& key) {
  return path.empty() ? key : fmt::format("{}.{}", path, key);
}

class Check {
 public:
  explicit Check(const Json& document) : document_(document) {}

  void run(const Json& value, const Json& schema, const std::string& path, const std::string& pointer, int depth) {
    if (value.is_null() || depth > max_depth || !schema.is_object() || ++steps_ > most_steps) return;
    if (const std::string target = string_at(schema, {"$ref"}); !target.empty()) {
      if (const Json* found = resolve(target)) run(value, *found, path, pointer, depth + 1);
      return;
    }
    if (const Json* all = find(schema, {"allOf"}); all != nullptr && all->is_array()) {
      for (const Json& one : *all) run(value, one, path, pointer, depth + 1);
    }
    if (!check_type(value, schema, path, pointer)) return;
    check_value(value, schema, path, pointer);
    if (value.is_object()) check_members(value, schema, path, pointer, depth);
    if (value.is_array()) {
      const Json* items = find(schema, {"items"});
      for (std::size_t i = 0; items != nullptr && i < value.size(); ++i)
        run(value[i], *items, fmt::format("{}[{}]", path, i), fmt::format("{}/{}", pointer, i), depth + 1);
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

  void add(const std::string& path, const std::string& pointer, std::string message) {
    problems.push_back({path, pointer, std::move(message)});
  }

  /// False where there is no sense in looking further.
  bool check_type(const Json& value, const Json& schema, const std::string& path, const std::string& pointer) {
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
    add(path, pointer, fmt::format("is {}, wanted {}", with_article(type_of(value)), join(wanted, " or ")));
    return false;
  }

  void check_value(const Json& value, const Json& schema, const std::string& path, const std::string& pointer) {
    if (const Json* known = find(schema, {"enum"});
        known != nullptr && known->is_array() && std::ranges::find(*known, value) == known->end()) {
      std::vector<std::string> names;
      for (const Json& one : *known) {
        if (!one.is_string() || !one.get<std::string>().empty()) names.push_back(dump(one));
      }
      add(path, pointer, fmt::format("is {}, wanted one of {}", dump(value), join(names, ", ")));
    }
    const auto bound = [&](const char* key, double actual, bool least, std::string_view what) {
      const Json* limit = find(schema, {key});
      if (limit == nullptr || !limit->is_number()) return;
      const double number = limit->get<double>();
      if (least ? actual >= number : actual <= number) return;
      add(path, pointer, fmt::format("{} {}, wanted at {} {}", what, actual, least ? "least" : "most", number));
    };
    if (value.is_number()) {
      bound("minimum", value.get<double>(), true, "is");
      bound("maximum", value.get<double>(), false, "is");
    } else if (value.is_array()) {
      bound("minItems", static_cast<double>(value.size()), true, "has a length of");
      bound("maxItems", static_cast<double>(value.size()), false, "has a length of");
    }
  }

  void check_members(const Json& value, const Json& schema, const std::string& path, const std::string& pointer,
                     int depth) {
    const Json* properties = find(schema, {"properties"});
    const Json* additional = find(schema, {"additionalProperties"});
    // An object inside an object (a CRD's embedded one) has these without saying so.
    const bool embedded = bool_at(schema, {"x-kubernetes-embedded-resource"});
    const bool open = bool_at(schema, {"x-kubernetes-preserve-unknown-fields"}) || properties == nullptr;
    for (const auto& [key, member] : value.items()) {
      const std::string inner = below(path, key);
      const std::string place = pointer + "/" + pointer_step(key);
      if (const Json* known = properties == nullptr ? nullptr : find(*properties, {key})) {
        run(member, *known, inner, place, depth + 1);
      } else if (additional != nullptr && additional->is_object()) {
        run(member, *additional, inner, place, depth + 1);
      } else if (!open && !is_header(key, embedded || pointer.empty()) && additional == nullptr) {
        std::vector<std::string> names;
        for (const auto& [name, unused] : properties->items()) names.push_back(name);
        const std::string hint = did_you_mean(key, names);
        add(inner, place, "is an unknown field" + (hint.empty() ? "" : ", " + hint));
      }
    }
    const Json* required = find(schema, {"required"});
    if (required == nullptr || !required->is_array()) return;
    for (const Json& name : *required) {
      if (!name.is_string()) continue;
      const std::string key = name.get<std::string>();
      if (const Json* member = find(value, {key}); member != nullptr && !member->is_null()) continue;
      const Json* default_value = properties == nullptr ? nullptr : find(*properties, {key, "default"});
      if (may_be_missing(key, default_value, pointer)) continue;
      add(below(path, key), pointer + "/" + pointer_step(key), "is missing");
    }
  }

  /// What the schema requires and the server, in one place each, fills in or does without.
  static bool is_done_without(const std::string& key, const std::string& pointer) {
    struct Exception {
      std::string_view key;
      std::string_view at;  ///< end of the pointer to the object, without positions in lists
    };
    static constexpr std::array<Exception, 8> exceptions = {
        {{"status", "/onPodConditions"},
         {"rules", "/podFailurePolicy"},
         {"preference", "/preferredDuringSchedulingIgnoredDuringExecution"},
         {"seconds", "/sleep"},
         {"apiGroup", "/roleRef"},
         {"name", "/forZones"},
         {"limits", "/spec"},
         {"endpoints", ""}}};
    const std::size_t last = pointer.find_last_not_of("0123456789");
    const bool in_list = last != std::string::npos && last + 1 < pointer.size() && pointer[last] == '/';
    const std::string_view at = std::string_view(pointer).substr(0, in_list ? last : pointer.size());
    return std::ranges::any_of(exceptions, [&](const Exception& one) {
      return one.key == key && (one.at.empty() ? at.empty() : at.ends_with(one.at));
    });
  }

  /// Built-in kinds give every field that Go cannot leave out a default of nothing, and mean that it is required.
  static bool may_be_missing(const std::string& key, const Json* default_value, const std::string& pointer) {
    if (is_done_without(key, pointer)) return true;
    if (default_value == nullptr) return false;
    const bool nothing = default_value->empty() || *default_value == Json("") || *default_value == Json(0) ||
                         *default_value == Json(false);
    // These are required by the schema only; the server takes them as empty.
    static constexpr std::array<std::string_view, 3> lenient = {"value", "lun", "serviceName"};
    return !nothing || std::ranges::find(lenient, key) != lenient.end();
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
  check.run(value, schema, "", "", 0);
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
