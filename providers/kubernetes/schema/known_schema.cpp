// How the API server merges and reads the fields of the kinds that come with Kubernetes.
#include "providers/kubernetes/schema/known_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <unordered_map>

#include "sdk/support/text.h"

namespace cloudflow {

/// The fields of a type that are more than plain values.
struct ObjectSchema {
  std::string_view name{};
  std::unordered_map<std::string_view, const FieldSchema*> fields{};
};

namespace {

using Shape = FieldSchema::Shape;

/// The table as places that refer to each other. Read once; never changed afterwards.
class KnownSchemas {
 public:
  KnownSchemas() {
    for (std::string_view rest = known_schema_table(); !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (!line.empty()) read_line(line);
    }
    ObjectSchema& unknown = types_["any"];
    unknown.fields["metadata"] = &object("meta.v1.ObjectMeta");
    any_ = &object("any");
  }

  const FieldSchema& root(std::string_view api_version, std::string_view kind) const {
    const auto found = roots_.find(fmt::format("{}/{}", api_version, kind));
    return found == roots_.end() ? *any_ : *found->second;
  }
  bool is_any(const ObjectSchema* type) const { return type == any_->type; }

 private:
  FieldSchema& place(Shape shape) { return places_.emplace_back(FieldSchema{.shape = shape}); }

  const FieldSchema& object(std::string_view type) {
    FieldSchema& out = place(Shape::object);
    ObjectSchema& named = types_[type];
    named.name = type;
    out.type = &named;
    return out;
  }

  /// "=apps/v1/Deployment apps.v1.Deployment", or "core.v1.Volume name:description …".
  void read_line(std::string_view line) {
    const std::size_t blank = line.find(' ');
    const std::string_view name = line.substr(0, blank);
    std::string_view rest = line.substr(std::min(line.size(), blank + 1));
    if (name.starts_with('=')) {
      roots_.emplace(std::string(name.substr(1)), &object(rest));
      return;
    }
    ObjectSchema& type = types_[name];
    type.name = name;
    while (!rest.empty()) {
      const std::string_view field = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), field.size() + 1));
      const std::size_t colon = field.rfind(':');
      const std::string_view head = field.substr(0, colon);
      const std::size_t equals = head.find('=');
      FieldSchema& described = read(field.substr(colon + 1));
      if (equals != std::string_view::npos) described.default_value = head.substr(equals + 1);
      type.fields.emplace(head.substr(0, equals), &described);
    }
  }

  /// One description; see tests/providers/kubernetes/schema/known_schema_test.cpp, which writes them.
  FieldSchema& read(std::string_view text) {
    const char sign = text.empty() ? '*' : text.front();
    const std::string_view rest = text.substr(std::min<std::size_t>(text.size(), 1));
    switch (sign) {
      case '.':
        return place(Shape::plain);
      case 'q':
        return place(Shape::quantity);
      case 'o':
      case 'a': {
        FieldSchema& out = place(Shape::object);
        ObjectSchema& named = types_[rest];
        named.name = rest;
        out.type = &named;
        out.atomic = sign == 'a';
        return out;
      }
      case 'm':
      case 'M': {
        FieldSchema& out = place(Shape::map);
        out.atomic = sign == 'M';
        out.inner = &read(rest);
        return out;
      }
      case 'l':
      case 's': {
        FieldSchema& out = place(Shape::list);
        out.atomic = sign == 'l';
        out.set = sign == 's';
        out.inner = &read(rest);
        return out;
      }
      case 'k': {
        FieldSchema& out = place(Shape::list);
        const std::size_t end = rest.find(']');
        for (std::string_view keys = rest.substr(1, end - 1); !keys.empty();) {
          out.keys.push_back(keys.substr(0, keys.find(',')));
          keys.remove_prefix(std::min(keys.size(), out.keys.back().size() + 1));
        }
        out.inner = &read(rest.substr(end + 1));
        return out;
      }
      default:
        return place(Shape::open);
    }
  }

  std::deque<FieldSchema> places_{};
  std::map<std::string_view, ObjectSchema> types_{};
  std::map<std::string, const FieldSchema*, std::less<>> roots_{};
  const FieldSchema* any_ = nullptr;
};

const KnownSchemas& schemas() {
  static const KnownSchemas all;
  return all;
}

/// What the server fills in without saying so in its OpenAPI, inside what is applied as one value: there what is left
/// out would otherwise look removed. A default that is missing here costs a dry run, never a wrong verdict.
struct Default {
  std::string_view type;
  std::string_view field;
  std::string_view value;  ///< JSON
};
constexpr std::array<Default, 17> unsaid_defaults = {{
    {"core.v1.ObjectFieldSelector", "apiVersion", R"("v1")"},
    {"core.v1.ResourceFieldSelector", "divisor", R"("0")"},
    {"core.v1.ServiceAccountTokenProjection", "expirationSeconds", "3600"},
    {"core.v1.PersistentVolumeClaim", "apiVersion", R"("v1")"},
    {"core.v1.PersistentVolumeClaim", "kind", R"("PersistentVolumeClaim")"},
    {"core.v1.PersistentVolumeClaim", "status", R"({"phase":"Pending"})"},
    {"core.v1.PersistentVolumeClaimSpec", "volumeMode", R"("Filesystem")"},
    {"core.v1.PersistentVolumeClaimSpec", "resources", "{}"},
    {"meta.v1.ObjectMeta", "creationTimestamp", "null"},
    {"networking.v1.NetworkPolicyPort", "protocol", R"("TCP")"},
    {"admissionregistration.v1.RuleWithOperations", "scope", R"("*")"},
    {"admissionregistration.v1.NamedRuleWithOperations", "scope", R"("*")"},
    {"core.v1.EndpointPort", "protocol", R"("TCP")"},
    {"rbac.v1.Subject", "apiGroup", R"("rbac.authorization.k8s.io")"},
    {"discovery.v1.EndpointPort", "protocol", R"("TCP")"},
    {"discovery.v1.EndpointPort", "name", R"("")"},
    {"batch.v1.PodFailurePolicyOnPodConditionsPattern", "status", R"("True")"},
}};

}  // namespace

const FieldSchema& schema_of(std::string_view api_version, std::string_view kind) {
  return schemas().root(api_version, kind);
}

bool has_known_schema(std::string_view api_version, std::string_view kind) {
  return !schemas().is_any(schema_of(api_version, kind).type);
}

const FieldSchema* schema_member(const FieldSchema* place, std::string_view name) {
  static const FieldSchema plain;
  if (place == nullptr) return nullptr;
  if (place->shape == Shape::map) return place->inner;
  if (place->shape != Shape::object) return nullptr;
  const auto found = place->type->fields.find(name);
  if (found != place->type->fields.end()) return found->second->shape == Shape::open ? nullptr : found->second;
  return schemas().is_any(place->type) ? nullptr : &plain;
}

const FieldSchema* schema_element(const FieldSchema* place) {
  if (place == nullptr || place->inner == nullptr || place->inner->shape == Shape::open) return nullptr;
  return place->shape == Shape::list ? place->inner : nullptr;
}

bool is_known_default(const FieldSchema* object, std::string_view member, const Json& value) {
  if (object == nullptr || object->shape != Shape::object) return false;
  const auto field = object->type->fields.find(member);
  if (field != object->type->fields.end() && !field->second->default_value.empty()) {
    const std::string_view text = field->second->default_value;
    return value.is_string() ? value.get_ref<const std::string&>() == text : dump(value) == text;
  }
  return std::ranges::any_of(unsaid_defaults, [&](const Default& one) {
    return one.field == member && one.type == object->type->name && dump(value) == one.value;
  });
}

}  // namespace cloudflow
