// A JSON Schema as a graph of simple nodes, which tells where two differ.
#include "planner/schema/json/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "planner/schema/json/json_resources.h"
#include "planner/schema/json_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 7> type_names = {"null",   "boolean", "object", "array",
                                                        "number", "integer", "string"};

/// Which keywords mean something for which type.
struct KeywordsOf {
  std::string_view type;
  std::vector<std::string_view> keywords;
};

const std::vector<KeywordsOf>& keyword_table() {
  static const std::vector<KeywordsOf> table = {
      {"number", {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}},
      {"string", {"minLength", "maxLength", "pattern"}},
      {"array",
       {"items", "prefixItems", "additionalItems", "unevaluatedItems", "minItems", "maxItems", "uniqueItems",
        "contains", "minContains", "maxContains"}},
      {"object",
       {"properties", "required", "additionalProperties", "unevaluatedProperties", "patternProperties", "minProperties",
        "maxProperties", "propertyNames", "dependencies", "dependentRequired", "dependentSchemas"}}};
  return table;
}

class Builder {
 public:
  Builder(JsonSchemaGraph& graph, std::string_view text, std::string_view file, const Json& root)
      : graph_(graph), text_(text), file_(file), root_(root), resources_(root) {
    draft_7_ = string_at(root, {"$schema"}).find("draft-0") != std::string::npos;
  }

  Result<std::size_t> build() {
    CF_TRY(const std::size_t root, schema(root_, ""));
    for (; !targets_.empty(); targets_.pop_front()) CF_CHECK(schema(*targets_.front().first, targets_.front().second));
    return root;
  }

 private:
  using Index = Result<std::size_t>;
  using Done = Result<void>;

  std::unexpected<Error> bad(const std::string& path, std::string message) const {
    if (!path.empty()) message += fmt::format(" (at {})", path);
    return std::unexpected(schema_error(text_, path, file_, std::move(message)));
  }

  std::size_t add(JsonSchemaNode node) {
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.size() - 1;
  }

  std::size_t index_of(const Json& json) {
    const auto [place, fresh] = indexes_.try_emplace(&json, graph_.nodes.size());
    if (fresh) add({});
    return place->second;
  }

  /// A schema has its index before it is read, so that it may refer to itself.
  Index schema(const Json& json, const std::string& path) {
    const std::size_t index = index_of(json);
    if (!read_.insert(&json).second) return index;
    if (json.is_boolean()) {
      graph_.nodes[index].kind = json.get<bool>() ? JsonNodeKind::anything : JsonNodeKind::nothing;
      return index;
    }
    if (!json.is_object())
      return bad(path, fmt::format("a schema must be an object or a boolean, not {}", json.type_name()));
    std::vector<JsonSchemaNode> facets;
    CF_CHECK(read_facets(json, path, facets));
    JsonSchemaNode node;
    if (facets.size() == 1) {
      node = std::move(facets[0]);
    } else if (!facets.empty()) {
      node.kind = JsonNodeKind::combined;
      for (JsonSchemaNode& facet : facets) node.inner.push_back(add(std::move(facet)));
    }
    node.has_default = json.contains("default");
    graph_.nodes[index] = std::move(node);
    return index;
  }

  Done read_facets(const Json& json, const std::string& path, std::vector<JsonSchemaNode>& facets) {
    if (const Json* ref = find(json, {"$ref"})) {
      CF_CHECK(reference(json, *ref, path + "/$ref", facets));
      if (draft_7_) return {};
    }
    CF_CHECK(types(json, path, facets));
    if (const Json* one = find(json, {"const"}))
      facets.push_back({.kind = JsonNodeKind::enumeration, .values = {*one}});
    if (const Json* list = find(json, {"enum"})) {
      if (!list->is_array()) return bad(path + "/enum", "\"enum\" must be a list");
      facets.push_back({.kind = JsonNodeKind::enumeration, .values = std::vector<Json>(list->begin(), list->end())});
    }
    CF_CHECK(combination(json, "allOf", JsonCriterion::all_of, path, facets));
    CF_CHECK(combination(json, "anyOf", JsonCriterion::any_of, path, facets));
    CF_CHECK(combination(json, "oneOf", JsonCriterion::one_of, path, facets));
    if (const Json* inner = find(json, {"not"})) {
      CF_TRY(const std::size_t of, schema(*inner, path + "/not"));
      facets.push_back({.kind = JsonNodeKind::negation, .inner = {of}});
    }
    if (const Json* condition = find(json, {"if"})) {
      const Json empty = nullptr;
      const Json* then = find(json, {"then"});
      const Json* otherwise = find(json, {"else"});
      facets.push_back(
          {.kind = JsonNodeKind::opaque,
           .values = {*condition, then == nullptr ? empty : *then, otherwise == nullptr ? empty : *otherwise}});
    }
    return {};
  }

  Done reference(const Json& json, const Json& ref, const std::string& path, std::vector<JsonSchemaNode>& facets) {
    if (!ref.is_string()) return bad(path, "\"$ref\" must be a string");
    const std::string& to = ref.get_ref<const std::string&>();
    const JsonTarget target = resources_.resolve(json, to);
    if (target.found == JsonTarget::Found::nowhere) return bad(path, fmt::format("{} leads nowhere", quote(to)));
    if (target.found == JsonTarget::Found::elsewhere) {
      facets.push_back({.kind = JsonNodeKind::opaque, .values = {ref}});
      return {};
    }
    targets_.emplace_back(target.schema, resources_.path_of(*target.schema));
    facets.push_back({.kind = JsonNodeKind::reference, .inner = {index_of(*target.schema)}});
    return {};
  }

  Done combination(const Json& json, const char* key, JsonCriterion criterion, const std::string& path,
                   std::vector<JsonSchemaNode>& facets) {
    const Json* list = find(json, {key});
    if (list == nullptr) return {};
    const std::string here = fmt::format("{}/{}", path, key);
    if (!list->is_array() || list->empty()) return bad(here, fmt::format("{} must be a list of schemas", quote(key)));
    JsonSchemaNode node{.kind = JsonNodeKind::combined, .criterion = criterion, .written = true};
    for (std::size_t i = 0; i < list->size(); ++i) {
      CF_TRY(const std::size_t branch, schema((*list)[i], fmt::format("{}/{}", here, i)));
      node.inner.push_back(branch);
    }
    facets.push_back(std::move(node));
    return {};
  }

  Done types(const Json& json, const std::string& path, std::vector<JsonSchemaNode>& facets) {
    const Json* type = find(json, {"type"});
    if (type == nullptr) {
      for (const KeywordsOf& row : keyword_table()) {
        const bool said = std::any_of(row.keywords.begin(), row.keywords.end(),
                                      [&](std::string_view key) { return json.contains(std::string(key)); });
        if (!said) continue;
        CF_TRY(JsonSchemaNode node, typed(json, std::string(row.type), path));
        facets.push_back(std::move(node));
      }
      return {};
    }
    if (type->is_string()) {
      CF_TRY(JsonSchemaNode node, typed(json, type->get<std::string>(), path));
      facets.push_back(std::move(node));
      return {};
    }
    if (!type->is_array() || type->empty()) return bad(path + "/type", "\"type\" must be a type or a list of types");
    JsonSchemaNode any{.kind = JsonNodeKind::combined, .criterion = JsonCriterion::any_of};
    for (const Json& one : *type) {
      if (!one.is_string()) return bad(path + "/type", "\"type\" must be a type or a list of types");
      CF_TRY(JsonSchemaNode node, typed(json, one.get<std::string>(), path));
      any.inner.push_back(add(std::move(node)));
    }
    facets.push_back(any.inner.size() == 1 ? graph_.nodes[any.inner[0]] : std::move(any));
    return {};
  }

  Result<JsonSchemaNode> typed(const Json& json, const std::string& type, const std::string& path) {
    JsonSchemaNode node;
    Done done{};
    if (type == "null") {
      node.kind = JsonNodeKind::null;
    } else if (type == "boolean") {
      node.kind = JsonNodeKind::boolean;
    } else if (type == "number" || type == "integer") {
      node.integer = type == "integer";
      done = number(node, json, path);
    } else if (type == "string") {
      done = string(node, json, path);
    } else if (type == "array") {
      done = array(node, json, path);
    } else if (type == "object") {
      done = object(node, json, path);
    } else {
      const std::vector<std::string> known(type_names.begin(), type_names.end());
      Error error = bad(path + "/type", fmt::format("{} is not a type", quote(type))).error();
      error.hint = did_you_mean(type, known);
      return std::unexpected(std::move(error));
    }
    if (!done) return std::unexpected(std::move(done).error());
    return node;
  }

  Result<std::optional<double>> limit(const Json& json, const char* key, const std::string& path) const {
    const Json* value = find(json, {key});
    if (value == nullptr) return std::nullopt;
    if (!value->is_number())
      return bad(fmt::format("{}/{}", path, key), fmt::format("{} must be a number", quote(key)));
    return value->get<double>();
  }

  Done range(JsonSchemaNode& node, const Json& json, const char* low, const char* high, const std::string& path) const {
    CF_TRY(const auto least, limit(json, low, path));
    CF_TRY(const auto most, limit(json, high, path));
    if (least) node.low = JsonBound{*least, false};
    if (most) node.high = JsonBound{*most, false};
    return {};
  }

  /// In draft 4 it says of `bound` that the bound itself is left out.
  Result<std::optional<double>> exclusive(const Json& json, const char* key, std::optional<JsonBound>& bound,
                                          const std::string& path) const {
    const Json* value = find(json, {key});
    const JsonDraft draft = resources_.resource_of(json).draft;
    if (value == nullptr || !value->is_boolean() || (draft != JsonDraft::draft_4 && draft != JsonDraft::none))
      return limit(json, key, path);
    if (bound) bound->exclusive = value->get<bool>();
    return std::nullopt;
  }

  Done number(JsonSchemaNode& node, const Json& json, const std::string& path) const {
    node.kind = JsonNodeKind::number;
    CF_CHECK(range(node, json, "minimum", "maximum", path));
    CF_TRY(const auto above, exclusive(json, "exclusiveMinimum", node.low, path));
    CF_TRY(const auto below, exclusive(json, "exclusiveMaximum", node.high, path));
    if (above && (!node.low || *above >= node.low->value)) node.low = JsonBound{*above, true};
    if (below && (!node.high || *below <= node.high->value)) node.high = JsonBound{*below, true};
    CF_TRY(node.multiple_of, limit(json, "multipleOf", path));
    if (node.multiple_of && *node.multiple_of <= 0) return bad(path + "/multipleOf", "\"multipleOf\" must be above 0");
    return {};
  }

  Done string(JsonSchemaNode& node, const Json& json, const std::string& path) const {
    node.kind = JsonNodeKind::string;
    CF_CHECK(range(node, json, "minLength", "maxLength", path));
    if (const Json* pattern = find(json, {"pattern"})) {
      if (!pattern->is_string()) return bad(path + "/pattern", "\"pattern\" must be a string");
      node.pattern = pattern->get<std::string>();
    }
    return {};
  }

  Result<std::optional<std::size_t>> optional_schema(const Json& json, const char* key, const std::string& path) {
    const Json* inner = find(json, {key});
    if (inner == nullptr) return std::nullopt;
    CF_TRY(const std::size_t index, schema(*inner, fmt::format("{}/{}", path, key)));
    return index;
  }

  Done array(JsonSchemaNode& node, const Json& json, const std::string& path) {
    node.kind = JsonNodeKind::array;
    CF_CHECK(range(node, json, "minItems", "maxItems", path));
    node.unique = bool_at(json, {"uniqueItems"});
    const Json* items = find(json, {"items"});
    const bool tuple = items != nullptr && items->is_array();
    const char* prefix_key = tuple ? "items" : "prefixItems";
    if (const Json* prefix = find(json, {prefix_key})) {
      if (!prefix->is_array())
        return bad(fmt::format("{}/{}", path, prefix_key),
                   fmt::format("{} must be a list of schemas", quote(prefix_key)));
      for (std::size_t i = 0; i < prefix->size(); ++i) {
        CF_TRY(const std::size_t index, schema((*prefix)[i], fmt::format("{}/{}/{}", path, prefix_key, i)));
        node.prefix.push_back(index);
      }
    }
    CF_TRY(node.rest, optional_schema(json, tuple ? "additionalItems" : "items", path));
    if (!node.rest) {
      CF_TRY(node.rest, optional_schema(json, "unevaluatedItems", path));
    }
    CF_TRY(node.contains, optional_schema(json, "contains", path));
    CF_TRY(node.min_contains, limit(json, "minContains", path));
    CF_TRY(node.max_contains, limit(json, "maxContains", path));
    return {};
  }

  Done schemas(std::map<std::string, std::size_t>& into, const Json& json, const char* key, const std::string& path) {
    const Json* all = find(json, {key});
    if (all == nullptr) return {};
    if (!all->is_object())
      return bad(fmt::format("{}/{}", path, key), fmt::format("{} must be an object of schemas", quote(key)));
    for (const auto& [name, inner] : all->items()) {
      if (std::string_view(key) == "dependencies" && inner.is_array()) continue;
      CF_TRY(const std::size_t index, schema(inner, fmt::format("{}/{}/{}", path, key, pointer_step(name))));
      into[name] = index;
    }
    return {};
  }

  Result<std::set<std::string>> names(const Json& list, const std::string& path) const {
    std::set<std::string> out;
    if (!list.is_array()) return bad(path, "a list of property names is wanted");
    for (const Json& name : list) {
      if (!name.is_string()) return bad(path, "a list of property names is wanted");
      out.insert(name.get<std::string>());
    }
    return out;
  }

  Done object(JsonSchemaNode& node, const Json& json, const std::string& path) {
    node.kind = JsonNodeKind::object;
    CF_CHECK(range(node, json, "minProperties", "maxProperties", path));
    CF_CHECK(schemas(node.properties, json, "properties", path));
    CF_CHECK(schemas(node.patterns, json, "patternProperties", path));
    CF_CHECK(schemas(node.implies, json, "dependentSchemas", path));
    CF_CHECK(schemas(node.implies, json, "dependencies", path));
    if (const Json* required = find(json, {"required"})) {
      CF_TRY(node.required, names(*required, path + "/required"));
    }
    for (const char* key : {"dependentRequired", "dependencies"}) {
      const Json* all = find(json, {key});
      if (all == nullptr || !all->is_object()) continue;
      for (const auto& [name, list] : all->items()) {
        if (!list.is_array()) continue;
        CF_TRY(node.needs[name], names(list, fmt::format("{}/{}/{}", path, key, pointer_step(name))));
      }
    }
    CF_TRY(node.rest, optional_schema(json, "additionalProperties", path));
    if (!node.rest) {
      CF_TRY(node.rest, optional_schema(json, "unevaluatedProperties", path));
    }
    CF_TRY(node.names, optional_schema(json, "propertyNames", path));
    return {};
  }

  JsonSchemaGraph& graph_;
  std::string_view text_;
  std::string_view file_;
  const Json& root_;
  JsonResources resources_;
  bool draft_7_ = false;
  std::map<const Json*, std::size_t> indexes_{};
  std::set<const Json*> read_{};
  std::deque<std::pair<const Json*, std::string>> targets_{};  ///< of references, still to be read
};

}  // namespace

std::size_t JsonSchemaGraph::resolve(std::size_t index) const {
  for (std::size_t steps = 0; nodes[index].kind == JsonNodeKind::reference; ++steps) {
    if (steps > nodes.size()) break;
    index = nodes[index].inner[0];
  }
  return index;
}

const JsonSchemaNode& JsonSchemaGraph::at(std::size_t index) const {
  static const JsonSchemaNode anything{};
  const JsonSchemaNode& node = nodes[resolve(index)];
  return node.kind == JsonNodeKind::reference ? anything : node;
}

Result<std::size_t> add_json_schema(JsonSchemaGraph& graph, std::string_view text, std::string_view file) {
  CF_TRY(const Json json, read_schema_json(text, "json schema", file));
  return Builder(graph, text, file, json).build();
}

}  // namespace cloudflow
