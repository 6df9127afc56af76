// The known schemas are what a real API server publishes.
#include "providers/kubernetes/schema/known_schema.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

constexpr std::array group_versions = {"v1",
                                       "apps/v1",
                                       "batch/v1",
                                       "autoscaling/v1",
                                       "autoscaling/v2",
                                       "policy/v1",
                                       "networking.k8s.io/v1",
                                       "rbac.authorization.k8s.io/v1",
                                       "storage.k8s.io/v1",
                                       "scheduling.k8s.io/v1",
                                       "admissionregistration.k8s.io/v1",
                                       "apiextensions.k8s.io/v1",
                                       "apiregistration.k8s.io/v1",
                                       "coordination.k8s.io/v1",
                                       "discovery.k8s.io/v1",
                                       "node.k8s.io/v1",
                                       "flowcontrol.apiserver.k8s.io/v1",
                                       "certificates.k8s.io/v1",
                                       "events.k8s.io/v1"};

/// Writes the table of known_schema_table.cpp from OpenAPI documents. A description begins with its sign: "." plain,
/// "q" quantity, "o"/"a" object (atomic) and its type, "m"/"M" map (atomic), "l" atomic list, "s" set, "k[keys]" list
/// merged by keys, "*" anything.
class TableWriter {
 public:
  void add(const std::string& group_version, const Json& document) {
    document_ = &document;
    for (const auto& [name, schema] : document.at("components").at("schemas").items()) {
      const Json* kinds = find(schema, {"x-kubernetes-group-version-kind"});
      if (kinds == nullptr || find(schema, {"properties", "metadata"}) == nullptr) continue;
      for (const Json& one : *kinds) {
        const std::string group = string_at(one, {"group"});
        const std::string version = (group.empty() ? "" : group + "/") + string_at(one, {"version"});
        const std::string kind = string_at(one, {"kind"});
        if (version != group_version || kind.ends_with("List") || kind == "DeleteOptions") continue;
        roots_.insert(fmt::format("={}/{} {}", version, kind, type(name)));
      }
    }
  }

  std::string text() const {
    std::string out;
    for (const std::string& root : roots_) out += root + "\n";
    for (const auto& [name, fields] : types_) {
      if (!fields.empty()) out += fmt::format("{} {}\n", name, join(fields, " "));
    }
    return out;
  }

 private:
  static std::string shortened(const std::string& name) {
    std::vector<std::string> steps = split(name, '.');
    if (steps.size() > 3) steps.erase(steps.begin(), steps.end() - 3);
    return join(steps, ".");
  }

  const Json& schema_named(const std::string& name) const { return document_->at("components").at("schemas").at(name); }

  std::string type(const std::string& name) {
    const std::string out = shortened(name);
    if (types_.contains(out)) return out;
    types_[out];
    types_[out] = fields_of(schema_named(name), out);
    return out;
  }

  std::vector<std::string> fields_of(const Json& schema, const std::string& name) {
    std::vector<std::string> out;
    const Json* properties = find(schema, {"properties"});
    if (properties == nullptr) return out;
    for (const auto& [field, below] : properties->items()) {
      if (name == "meta.v1.ObjectMeta" && field == "managedFields") continue;
      const std::string described = describe(below, fmt::format("{}/{}", name, field));
      const Json* given = find(below, {"default"});
      std::string value;
      if (given != nullptr && given->is_string()) value = given->get<std::string>();
      if (given != nullptr && (given->is_number() || given->is_boolean()) && *given != 0 && *given != false)
        value = dump(*given);
      if (described == "." && value.empty()) continue;
      out.push_back(fmt::format("{}{}:{}", field, value.empty() ? "" : "=" + value, described));
    }
    return out;
  }

  std::string describe(const Json& schema, const std::string& at, const Json* outer = nullptr) {
    const Json* all = find(schema, {"allOf"});
    if (all != nullptr && all->size() == 1) return describe(all->at(0), at, &schema);
    const auto said = [&](const char* what) {
      const std::string here = string_at(schema, {what});
      return here.empty() && outer != nullptr ? string_at(*outer, {what}) : here;
    };
    if (const std::string target = string_at(schema, {"$ref"}); !target.empty()) {
      const std::string name = target.substr(target.rfind('/') + 1);
      const Json& referred = schema_named(name);
      if (name.ends_with(".resource.Quantity")) return "q";
      const bool has_fields = find(referred, {"properties"}) != nullptr;
      if (!has_fields) return describe(referred, at, outer);
      const bool atomic =
          said("x-kubernetes-map-type") == "atomic" || string_at(referred, {"x-kubernetes-map-type"}) == "atomic";
      return (atomic ? "a" : "o") + type(name);
    }
    const std::string kind = string_at(schema, {"type"});
    if (kind == "array") {
      const std::string merge = said("x-kubernetes-list-type");
      const std::string inner = describe(schema.at("items"), at);
      if (merge == "set") return "s" + inner;
      if (merge != "map") return "l" + inner;
      std::vector<std::string> keys;
      for (const Json& key : schema.at("x-kubernetes-list-map-keys")) keys.push_back(key.get<std::string>());
      return fmt::format("k[{}]{}", join(keys, ","), inner);
    }
    if (kind == "object") {
      const bool atomic = said("x-kubernetes-map-type") == "atomic";
      if (const Json* more = find(schema, {"additionalProperties"}); more != nullptr && more->is_object())
        return (atomic ? "M" : "m") + describe(*more, at);
      if (find(schema, {"properties"}) == nullptr) return "*";
      types_[at];
      types_[at] = fields_of(schema, at);
      return (atomic ? "a" : "o") + at;
    }
    if (!kind.empty() || find(schema, {"oneOf"}) != nullptr) return ".";
    return "*";
  }

  const Json* document_ = nullptr;
  std::set<std::string> roots_{};
  std::map<std::string, std::vector<std::string>> types_{};
};

/// As a C++ source.
std::string source_of(std::string_view table) {
  std::string out =
      "// What the schemas of Kubernetes say of how fields are merged and read.\n"
      "// Written by CLOUDFLOW_UPDATE_SCHEMAS=1 build/dev/kubernetes_tests \"the known schemas are the server's\".\n"
      "#include \"providers/kubernetes/schema/known_schema.h\"\n\nnamespace cloudflow {\n\n// clang-format off\n"
      "std::string_view known_schema_table() {\n  return\n";
  for (const std::string& line : split(table, '\n')) {
    if (!line.empty()) out += fmt::format("    R\"({}\n)\"\n", line);
  }
  return out + "    ;\n}\n// clang-format on\n\n}  // namespace cloudflow\n";
}

}  // namespace

TEST_CASE("the known schemas are the server's", "[kubernetes][schema][servers]") {
  Cluster cluster("schemas", false);
  TableWriter table;
  std::vector<Json> documents;
  documents.reserve(group_versions.size());
  for (const std::string version : group_versions) {
    const std::string path =
        fmt::format("/openapi/v3/{}/{}", version.find('/') == std::string::npos ? "api" : "apis", version);
    const auto document = cluster.admin.get({path, "schemas of " + version}, {});
    INFO(path);
    REQUIRE(document.has_value());
    documents.push_back(*document);
    table.add(version, documents.back());
  }
  if (std::getenv("CLOUDFLOW_UPDATE_SCHEMAS") != nullptr) {  // NOLINT(concurrency-mt-unsafe): nothing here sets it
    std::ofstream(CLOUDFLOW_SOURCE_DIR "/providers/kubernetes/known_schema_table.cpp") << source_of(table.text());
  }
  CHECK(table.text() == known_schema_table());
}

TEST_CASE("a known schema tells amounts, keys and what is one value", "[kubernetes][schema]") {
  const FieldSchema* pod =
      schema_member(schema_member(schema_member(&schema_of("apps/v1", "Deployment"), "spec"), "template"), "spec");
  REQUIRE(pod != nullptr);
  const FieldSchema* containers = schema_member(pod, "containers");
  CHECK(containers->keys == std::vector<std::string_view>{"name"});
  const FieldSchema* container = schema_element(containers);
  const FieldSchema* limits = schema_member(schema_member(container, "resources"), "limits");
  CHECK(schema_member(limits, "anything")->shape == FieldSchema::Shape::quantity);
  CHECK(schema_member(container, "image")->shape == FieldSchema::Shape::plain);
  CHECK(schema_member(container, "args")->atomic);
  CHECK(schema_member(pod, "nodeSelector")->atomic);
  CHECK(schema_member(schema_member(&schema_of("apps/v1", "Deployment"), "spec"), "selector")->atomic);
  CHECK(schema_member(&schema_of("v1", "ConfigMap"), "data")->inner->shape == FieldSchema::Shape::plain);

  const FieldSchema& custom = schema_of("example.com/v1", "Site");
  CHECK(schema_member(&custom, "spec") == nullptr);
  CHECK(schema_member(schema_member(&custom, "metadata"), "finalizers")->set);
}

TEST_CASE("what the server fills in is known by type, not by name", "[kubernetes][schema]") {
  const FieldSchema* ports = schema_member(schema_member(&schema_of("v1", "Service"), "spec"), "ports");
  CHECK(is_known_default(schema_element(ports), "protocol", "TCP"));
  CHECK_FALSE(is_known_default(schema_element(ports), "protocol", "UDP"));
  CHECK_FALSE(is_known_default(&schema_of("example.com/v1", "Site"), "protocol", "TCP"));
  CHECK_FALSE(is_known_default(nullptr, "protocol", "TCP"));
}
