// Who owns an object: the labels of an ApplySet and its parent, the ConfigMap that holds the inventory.
#include "providers/kubernetes/ownership/applyset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "providers/kubernetes/schema/known_schema.h"
#include "sdk/support/digest.h"
#include "sdk/support/kafka_names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view tooling = "applyset.kubernetes.io/tooling";
constexpr std::string_view group_kinds = "applyset.kubernetes.io/contains-group-kinds";
constexpr std::string_view more_namespaces = "applyset.kubernetes.io/additional-namespaces";
constexpr std::string_view inventory_key = "inventory.json";
constexpr long long inventory_format = 1;

std::string base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

/// A value of stringData is in data once it is applied.
std::string data_pointer(const std::string& pointer) {
  constexpr std::string_view plain = "/stringData";
  return pointer.starts_with(plain) ? "/data" + pointer.substr(plain.size()) : pointer;
}

/// stringData wins over data, as on the server.
void merge_string_data(Json& body) {
  const auto plain = body.find("stringData");
  if (plain == body.end()) return;
  if (plain->is_object() && !plain->empty()) {
    Json& data = body["data"];
    if (!data.is_object()) data = Json::object();
    for (const auto& [key, value] : plain->items()) {
      if (value.is_string()) data[key] = to_base64(value.get_ref<const std::string&>());
    }
  }
  body.erase("stringData");
}

/// Leaves out the nulls of a manifest, which mean nothing there: in a map of texts the server would store "" for them.
/// Those that may mean something stay: where the schema is not known, or says that anything may be there.
void drop_nulls(Json& value, const FieldSchema* place) {
  if (place == nullptr) return;
  if (value.is_object()) {
    for (auto member = value.begin(); member != value.end();) {
      const FieldSchema* below = schema_member(place, member.key());
      if (member->is_null() && below != nullptr) {
        member = value.erase(member);
        continue;
      }
      drop_nulls(*member, below);
      ++member;
    }
  } else if (value.is_array()) {
    for (Json& element : value) drop_nulls(element, schema_element(place));
  }
}

std::string joined(const std::set<std::string>& values) {
  const std::vector<std::string> list(values.begin(), values.end());
  return join(list, ",");
}

Json encode(const Inventory& inventory) {
  Json resources = Json::array();
  for (const ResourceId& id : inventory.resources) {
    resources.push_back({{"kind", id.kind}, {"scope", id.scope}, {"name", id.name}});
  }
  return {{"format", inventory_format},       {"application", inventory.application}, {"topics", inventory.topics},
          {"topic_ids", inventory.topic_ids}, {"resources", std::move(resources)},    {"last", inventory.last}};
}

/// No topic of another name can have been created: whoever edited the record wrote it, and Kafka refuses to be asked.
bool is_legal_topic(const Json& name) { return name.is_string() && is_topic_name(name.get_ref<const std::string&>()); }

/// Whether it was all legal.
bool decode(const Json& document, Inventory& inventory) {
  bool legal = true;
  inventory.application = string_at(document, {"application"}, inventory.application);
  if (const Json* topics = find(document, {"topics"}); topics != nullptr && topics->is_object()) {
    for (const auto& [cluster, names] : topics->items()) {
      std::vector<std::string>& list = inventory.topics[cluster];
      for (const Json& topic : names) {
        if (is_legal_topic(topic)) {
          list.push_back(topic.get<std::string>());
        } else {
          legal = false;
        }
      }
    }
  }
  if (const Json* ids = find(document, {"topic_ids"}); ids != nullptr && ids->is_object()) {
    for (const auto& [cluster, topics] : ids->items()) {
      for (const auto& [topic, id] : topics.items()) {
        if (id.is_string() && is_topic_name(topic)) inventory.topic_ids[cluster].emplace(topic, id.get<std::string>());
      }
    }
  }
  if (const Json* resources = find(document, {"resources"}); resources != nullptr && resources->is_array()) {
    for (const Json& item : *resources) {
      inventory.resources.push_back({.provider = "kubernetes",
                                     .kind = string_at(item, {"kind"}),
                                     .scope = string_at(item, {"scope"}),
                                     .name = string_at(item, {"name"})});
    }
  }
  if (const Json* last = find(document, {"last"})) inventory.last = *last;
  return legal;
}

}  // namespace

std::string ApplySet::id() const {
  return fmt::format("applyset-{}-v1", base64url(sha256(fmt::format("{}.{}.ConfigMap.", parent(), ns))));
}

Json applied_body(const Resource& desired, const ApplySet& set) {
  Json body = desired.spec.is_object() ? desired.spec : Json::object();
  body.erase("status");
  drop_nulls(body, &schema_of(string_at(body, {"apiVersion"}), string_at(body, {"kind"})));
  // The control plane writes the rules of such a role; what we sent would empty it until then.
  if (find(body, {"aggregationRule"}) != nullptr && desired.id.kind.starts_with("ClusterRole.")) body.erase("rules");
  Json& metadata = body["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  constexpr std::array<const char*, 8> by_server = {
      "uid",      "resourceVersion", "generation",        "creationTimestamp",
      "selfLink", "managedFields",   "deletionTimestamp", "deletionGracePeriodSeconds"};
  for (const char* field : by_server) metadata.erase(field);
  if (!desired.id.scope.empty()) metadata["namespace"] = desired.id.scope;
  if (desired.id.kind == "Namespace") return body;
  for (const char* map : {"labels", "annotations"}) {
    if (metadata.contains(map) && !metadata[map].is_object()) metadata.erase(map);
  }
  metadata["labels"][std::string(part_of_label)] = set.id();
  if (desired.id.kind == "Secret") {
    merge_string_data(body);
    if (!desired.secrets.empty()) {
      std::set<std::string> pointers;
      for (const std::string& pointer : desired.secrets) pointers.insert(data_pointer(pointer));
      metadata["annotations"][std::string(secret_values_annotation)] = dump(Json(pointers));
    }
  }
  return body;
}

Json parent_body(const Inventory& inventory, const ApplySet& set) {
  std::set<std::string> kinds;
  std::set<std::string> namespaces;
  for (const ResourceId& id : inventory.resources) {
    if (id.provider != "kubernetes") continue;
    kinds.insert(id.kind);
    if (!id.scope.empty() && id.scope != set.ns) namespaces.insert(id.scope);
  }
  Json annotations = {{std::string(tooling), "cloudflow/" + set.version}, {std::string(group_kinds), joined(kinds)}};
  if (!namespaces.empty()) annotations[std::string(more_namespaces)] = joined(namespaces);
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", set.parent()},
            {"namespace", set.ns},
            {"labels",
             {{set_label, set.id()},
              {"app.kubernetes.io/part-of", set.application},
              {"app.kubernetes.io/managed-by", "cloudflow"}}},
            {"annotations", std::move(annotations)}}},
          {"data", {{std::string(inventory_key), dump(encode(inventory))}}}};
}

Result<Inventory> read_parent(const Json& parent, const ApplySet& set, bool* edited) {
  const std::string tool = string_at(parent, {"metadata", "annotations", tooling});
  if (tool.substr(0, tool.rfind('/')) != "cloudflow") {
    return failure(ErrorKind::conflict,
                   tool.empty() ? fmt::format("configmap/{} exists and is not an inventory of cloudflow", set.parent())
                                : fmt::format("configmap/{} belongs to another tool, {}", set.parent(), quote(tool)),
                   "choose another application name or namespace");
  }
  if (string_at(parent, {"metadata", "labels", set_label}) != set.id()) {
    return failure(ErrorKind::conflict,
                   fmt::format("configmap/{} was made for another name or namespace", set.parent()));
  }
  Inventory inventory{.exists = true, .application = set.application, .topics = {}, .resources = {}, .last = {}};
  const std::string text = string_at(parent, {"data", inventory_key});
  if (!text.empty()) {
    const Result<Json> read = parse_json(text, fmt::format("{} in configmap/{}", inventory_key, set.parent()));
    if (!read)
      return failure(ErrorKind::invalid_input, read.error().message,
                     "somebody has edited the record; delete it, and the next apply looks for all that is there and "
                     "writes it again");
    const Json& document = *read;
    if (const long long format = int_at(document, {"format"}); format > inventory_format) {
      const bool is_other = tool != "cloudflow/" + set.version;
      return failure(ErrorKind::unsupported,
                     fmt::format("configmap/{} is in format {}, and this version, cloudflow/{}, knows formats up to {}",
                                 set.parent(), format, set.version, inventory_format),
                     is_other ? fmt::format("use the version that wrote it: {}", tool) : "use a newer version");
    }
    const bool legal = decode(document, inventory);
    if (edited != nullptr) *edited = !legal;
  }
  // Kinds of the annotation count even where the document lost them: another tool may have edited it.
  for (const std::string& kind : split(string_at(parent, {"metadata", "annotations", group_kinds}), ',')) {
    const auto same = [&](const ResourceId& id) { return id.kind == kind; };
    if (kind.empty() || std::ranges::any_of(inventory.resources, same)) continue;
    inventory.resources.push_back({.provider = "kubernetes", .kind = kind, .scope = set.ns, .name = ""});
  }
  return inventory;
}

std::string owner_by_labels(const Json& live) {
  for (const char* label : {"app.kubernetes.io/part-of", "com.lightbend.cloudflow/app-id"}) {
    if (std::string owner = string_at(live, {"metadata", "labels", label}); !owner.empty()) return owner;
  }
  return "";
}

}  // namespace cloudflow
