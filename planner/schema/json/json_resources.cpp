// The schemas inside one JSON Schema text, by the URIs, anchors and pointers that name them.
#include "planner/schema/json/json_resources.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct Uri {
  std::string scheme{};     ///< with ':'
  std::string authority{};  ///< with "//"
  std::string path{};
  std::string query{};  ///< with '?'
};

Uri split_uri(std::string_view text) {
  Uri out;
  text = text.substr(0, text.find('#'));
  const std::size_t colon = text.find_first_of(":/?");
  if (colon != std::string_view::npos && colon > 0 && text[colon] == ':') {
    out.scheme = lower(text.substr(0, colon + 1));
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    const std::size_t end = std::min(text.find_first_of("/?", 2), text.size());
    out.authority = std::string(text.substr(0, end));
    text.remove_prefix(end);
  }
  const std::size_t question = std::min(text.find('?'), text.size());
  out.path = std::string(text.substr(0, question));
  out.query = std::string(text.substr(question));
  return out;
}

/// Without "." and "..": those that would leave an absolute path go, those before a relative one stay.
std::string without_dots(std::string_view path) {
  const bool absolute = path.starts_with('/');
  std::vector<std::string> out;
  for (const std::string& part : split(absolute ? path.substr(1) : path, '/')) {
    if (part == ".") continue;
    const bool leaves = part == ".." && !out.empty() && out.back() != "..";
    if (leaves) {
      out.pop_back();
    } else if (part != ".." || !absolute) {
      out.push_back(part);
    }
  }
  const bool folder = path.ends_with("/.") || path.ends_with("/..");
  return (absolute ? "/" : "") + join(out, "/") + (folder && !out.empty() ? "/" : "");
}

std::string unescaped_percent(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string pair = text[i] == '%' && i + 2 < text.size() ? lower(text.substr(i + 1, 2)) : "";
    const std::size_t high = pair.empty() ? std::string_view::npos : digits.find(pair[0]);
    const std::size_t low = pair.empty() ? std::string_view::npos : digits.find(pair[1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      out += text[i];
    } else {
      out += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

std::string unescaped_step(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && i + 1 < text.size()) {
      out += text[++i] == '1' ? '/' : '~';
    } else {
      out += text[i];
    }
  }
  return out;
}

const Json* step(const Json& json, const std::string& key) {
  if (json.is_object()) return find(json, {key});
  if (!json.is_array()) return nullptr;
  std::size_t index = 0;
  const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), index);
  const bool good = problem == std::errc{} && end == key.data() + key.size() && index < json.size();
  return good ? &json[index] : nullptr;
}

JsonDraft draft_of(std::string uri) {
  while (uri.ends_with('#') || uri.ends_with('/')) uri.pop_back();
  if (uri.starts_with("http:")) uri.replace(0, 5, "https:");
  static const std::map<std::string, JsonDraft> known{
      {"https://json-schema.org/draft-04/schema", JsonDraft::draft_4},
      {"https://json-schema.org/draft-06/schema", JsonDraft::draft_6},
      {"https://json-schema.org/draft-07/schema", JsonDraft::draft_7},
      {"https://json-schema.org/draft/2019-09/schema", JsonDraft::draft_2019_09},
      {"https://json-schema.org/draft/2020-12/schema", JsonDraft::draft_2020_12}};
  const auto found = known.find(uri);
  return found == known.end() ? JsonDraft::unknown : found->second;
}

/// In these drafts a reference hides what stands beside it.
bool reference_hides(JsonDraft draft) {
  return draft == JsonDraft::draft_4 || draft == JsonDraft::draft_6 || draft == JsonDraft::draft_7;
}

std::string id_of(const Json& schema, JsonDraft draft) {
  if (!schema.is_object() || (reference_hides(draft) && schema.contains("$ref"))) return "";
  return string_at(schema, {draft == JsonDraft::draft_4 ? "id" : "$id"});
}

}  // namespace

std::vector<std::pair<std::string, const Json*>> json_subschemas(const Json& schema) {
  static constexpr std::array<const char*, 13> single{"not",
                                                      "if",
                                                      "then",
                                                      "else",
                                                      "items",
                                                      "additionalItems",
                                                      "additionalProperties",
                                                      "contains",
                                                      "propertyNames",
                                                      "unevaluatedItems",
                                                      "unevaluatedProperties",
                                                      "contentSchema",
                                                      "extends"};
  static constexpr std::array<const char*, 5> lists{"allOf", "anyOf", "oneOf", "prefixItems", "items"};
  static constexpr std::array<const char*, 6> maps{"properties",  "patternProperties", "$defs",
                                                   "definitions", "dependentSchemas",  "dependencies"};
  std::vector<std::pair<std::string, const Json*>> out;
  if (!schema.is_object()) return out;
  const auto schema_like = [](const Json& json) { return json.is_object() || json.is_boolean(); };
  for (const char* key : single) {
    const Json* inner = find(schema, {key});
    if (inner != nullptr && schema_like(*inner)) out.emplace_back("/" + std::string(key), inner);
  }
  for (const char* key : lists) {
    const Json* list = find(schema, {key});
    if (list == nullptr || !list->is_array()) continue;
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (schema_like((*list)[i])) out.emplace_back("/" + std::string(key) + "/" + std::to_string(i), &(*list)[i]);
    }
  }
  for (const char* key : maps) {
    const Json* map = find(schema, {key});
    if (map == nullptr || !map->is_object()) continue;
    for (const auto& [name, inner] : map->items()) {
      if (schema_like(inner)) out.emplace_back("/" + std::string(key) + "/" + pointer_step(name), &inner);
    }
  }
  return out;
}

std::string resolve_uri(std::string_view base, std::string_view reference) {
  Uri to = split_uri(reference);
  const Uri from = split_uri(base);
  if (to.scheme.empty()) {
    to.scheme = from.scheme;
    if (to.authority.empty()) {
      to.authority = from.authority;
      if (to.path.empty()) {
        to.path = from.path;
        if (to.query.empty()) to.query = from.query;
      } else if (!to.path.starts_with('/')) {
        const std::size_t slash = from.path.rfind('/');
        const std::string folder = slash != std::string::npos ? from.path.substr(0, slash + 1)
                                   : from.authority.empty()   ? ""
                                                              : "/";
        to.path = folder + to.path;
      }
    }
  }
  const bool opaque = !to.scheme.empty() && to.authority.empty() && !to.path.starts_with('/');
  return to.scheme + to.authority + (opaque ? to.path : without_dots(to.path)) + to.query;
}

JsonResources::JsonResources(const Json& root) {
  const JsonDraft draft =
      root.is_object() && root.contains("$schema") ? draft_of(string_at(root, {"$schema"})) : JsonDraft::none;
  JsonResource whole{.root = &root, .draft = draft};
  const std::string id = id_of(root, draft);
  if (!id.starts_with('#')) whole.uri = resolve_uri("", id);
  by_uri_.emplace(whole.uri, 0);
  by_uri_.emplace("", 0);
  all_.push_back(std::move(whole));
  walk(root, 0, "");
}

std::size_t JsonResources::entered(const Json& schema, std::size_t resource) const {
  const Json* named = schema.is_object() ? find(schema, {"$schema"}) : nullptr;
  const JsonDraft draft =
      named == nullptr || !named->is_string() ? all_[resource].draft : draft_of(named->get<std::string>());
  const std::string id = id_of(schema, draft);
  if (id.empty() || id.starts_with('#') || &schema == all_[resource].root) return resource;
  JsonResource inner{.uri = resolve_uri(all_[resource].uri, id), .root = &schema, .draft = draft};
  by_uri_.emplace(inner.uri, all_.size());
  all_.push_back(std::move(inner));
  return all_.size() - 1;
}

void JsonResources::walk(const Json& schema, std::size_t resource, const std::string& path) const {
  if (places_.contains(&schema)) return;
  resource = entered(schema, resource);
  places_.emplace(&schema, Place{resource, path});
  if (!schema.is_object()) return;
  JsonResource& mine = all_[resource];
  const std::string id = id_of(schema, mine.draft);
  if (id.starts_with('#') && id.size() > 1) mine.anchors.emplace(id.substr(1), &schema);
  const bool hidden = reference_hides(mine.draft) && schema.contains("$ref");
  if (const std::string anchor = string_at(schema, {"$anchor"}); !anchor.empty() && !hidden)
    mine.anchors.emplace(anchor, &schema);
  if (const std::string anchor = string_at(schema, {"$dynamicAnchor"}); !anchor.empty() && !hidden) {
    mine.anchors.emplace(anchor, &schema);
    mine.dynamic_anchors.insert(anchor);
  }
  if (&schema == mine.root) mine.recursive_anchor = bool_at(schema, {"$recursiveAnchor"});
  for (const auto& [where, inner] : json_subschemas(schema)) walk(*inner, resource, path + where);
}

std::size_t JsonResources::index_of(const Json& schema) const {
  const auto found = places_.find(&schema);
  return found == places_.end() ? 0 : found->second.resource;
}

const std::string& JsonResources::path_of(const Json& schema) const {
  static const std::string none;
  const auto found = places_.find(&schema);
  return found == places_.end() ? none : found->second.path;
}

const Json* JsonResources::stepped(std::size_t resource, std::string_view pointer) const {
  const Json* at = all_[resource].root;
  std::string path = path_of(*at);
  while (!pointer.empty()) {
    if (pointer[0] != '/') return nullptr;
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string key = unescaped_step(pointer.substr(1, end - 1));
    at = step(*at, key);
    if (at == nullptr) return nullptr;
    path += "/" + pointer_step(key);
    pointer.remove_prefix(end);
    if (const auto known = places_.find(at); known != places_.end()) resource = known->second.resource;
  }
  walk(*at, resource, path);
  return at;
}

JsonTarget JsonResources::resolve(const Json& from, std::string_view reference) const {
  const std::size_t hash = std::min(reference.find('#'), reference.size());
  const std::string_view address = reference.substr(0, hash);
  JsonTarget out{.fragment = unescaped_percent(reference.substr(std::min(hash + 1, reference.size())))};
  std::size_t resource = index_of(from);
  out.uri = all_[resource].uri;
  if (!address.empty()) {
    out.uri = resolve_uri(all_[resource].uri, address);
    const auto found = by_uri_.find(out.uri);
    if (found == by_uri_.end()) {
      out.found = JsonTarget::Found::elsewhere;
      return out;
    }
    resource = found->second;
  }
  if (out.fragment.empty() || out.fragment.starts_with('/')) {
    out.schema = stepped(resource, out.fragment);
  } else if (const auto anchor = all_[resource].anchors.find(out.fragment); anchor != all_[resource].anchors.end()) {
    out.schema = anchor->second;
  }
  if (out.schema != nullptr) out.found = JsonTarget::Found::here;
  return out;
}

}  // namespace cloudflow
