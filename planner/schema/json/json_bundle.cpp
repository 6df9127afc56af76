// A JSON Schema with the other files of the tree that it refers to, in one text.
#include "planner/schema/json/json_bundle.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "planner/schema/json/json_resources.h"
#include "planner/schema/json/json_schema.h"
#include "planner/schema/json_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_files = 200;
constexpr std::string_view mark = "file ";

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

bool has_scheme(std::string_view uri) {
  const std::size_t colon = uri.find_first_of(":/?");
  return colon != std::string_view::npos && uri[colon] == ':';
}

/// "$id", in draft 4 "id".
std::string id_key(const Json& schema) {
  return string_at(schema, {"$schema"}).find("draft-04") == std::string::npos ? "$id" : "id";
}

/// A reference to another file, where it stands in the bundle.
struct Outward {
  std::string pointer{};  ///< of the schema that holds it
  std::string key{};      ///< "$ref" or "$dynamicRef"
  std::string uri{};
  std::string fragment{};
  std::string base{};  ///< URI of the resource it stands in
};

struct FoundFile {
  std::string path{};
  Json schema{};
};

class Bundle {
 public:
  Bundle(const SourceTree& tree, std::string_view path, const Json& schema) : tree_(tree), path_(path), all_(schema) {}

  Result<Json> made() {
    while (files_.size() < max_files) {
      const std::optional<Outward> next = first_outward();
      if (!next) break;
      CF_TRY(const std::optional<FoundFile> file, find_file(*next));
      // One that was embedded and is still not found has a name that leads elsewhere.
      if (!file || !tried_.insert(next->pointer + " " + next->uri).second) {
        not_here_.insert(next->uri);
        continue;
      }
      embed(*next, *file);
    }
    return std::move(all_);
  }

 private:
  std::optional<Outward> first_outward() const {
    const JsonResources resources(all_);
    std::vector<const Json*> open{&all_};
    while (!open.empty()) {
      const Json& schema = *open.back();
      open.pop_back();
      if (!schema.is_object()) continue;
      for (const char* key : {"$ref", "$dynamicRef"}) {
        const Json* to = find(schema, {key});
        if (to == nullptr || !to->is_string()) continue;
        const JsonTarget target = resources.resolve(schema, to->get<std::string>());
        if (target.found != JsonTarget::Found::elsewhere || not_here_.contains(target.uri)) continue;
        return Outward{resources.path_of(schema), key, target.uri, target.fragment, resources.resource_of(schema).uri};
      }
      for (const auto& [path, inner] : json_subschemas(schema)) open.push_back(inner);
    }
    return std::nullopt;
  }

  /// The file that holds the schema in which a reference stands.
  std::string file_at(const std::string& pointer) const {
    for (const auto& [place, path] : files_) {
      if (pointer == place || pointer.starts_with(place + "/")) return path;
    }
    return path_;
  }

  Result<std::optional<FoundFile>> find_file(const Outward& to) const {
    for (const std::string& path : places(to)) {
      if (!tree_.exists(path)) continue;
      CF_TRY(Json schema, read(path));
      const std::string id = string_at(schema, {id_key(schema)});
      // A file that calls itself something else is not the one that is meant by a full name.
      if (has_scheme(to.uri) && !id.empty() && resolve_uri("", id) != to.uri) continue;
      return FoundFile{path, std::move(schema)};
    }
    if (!has_scheme(to.uri)) return std::nullopt;
    CF_TRY(const std::vector<std::string> all, tree_.list(""));
    for (const std::string& path : all) {
      if (!path.ends_with(".json")) continue;
      const Result<std::string> text = tree_.read(path);
      if (!text || text->find(to.uri) == std::string::npos) continue;
      const Result<Json> schema = read_schema_json(*text, "json schema", tree_.display(path));
      if (schema && schema->is_object() && resolve_uri("", string_at(*schema, {id_key(*schema)})) == to.uri)
        return FoundFile{path, *schema};
    }
    return std::nullopt;
  }

  /// Where the file can be by its name.
  std::vector<std::string> places(const Outward& to) const {
    std::vector<std::string> out;
    const auto add = [&](const std::string& folder, std::string_view relative) {
      if (const auto path = resolve_path(folder, relative)) out.push_back(*path);
    };
    const std::string_view uri = to.uri;
    if (!has_scheme(uri) && uri.starts_with('/')) add("", uri.substr(1));
    if (!has_scheme(uri) && !uri.starts_with('/')) add(folder_of(path_), uri);
    // Files often lie to each other as their names do.
    const std::string folder = folder_of(to.base) + "/";
    if (has_scheme(uri) && uri.starts_with(folder)) add(folder_of(file_at(to.pointer)), uri.substr(folder.size()));
    return out;
  }

  Result<Json> read(const std::string& path) const {
    CF_TRY(const std::string text, tree_.read(path));
    const std::string name = tree_.display(path);
    JsonSchemaGraph graph;
    CF_TRY([[maybe_unused]] const std::size_t root, add_json_schema(graph, text, name));
    return read_schema_json(text, "json schema", name);
  }

  /// Up to draft 7 a reference hides all that stands beside it, also a name.
  bool hides(const Json& schema) const {
    return schema.contains("$ref") &&
           string_at(schema, {"$schema"}, string_at(all_, {"$schema"})).find("draft-0") != std::string::npos;
  }

  /// The same with the reference in a branch.
  static Json shown(const Json& schema) {
    Json out = Json::object();
    for (const char* key : {"$schema", "definitions", "$defs"}) {
      if (schema.contains(key)) out[key] = schema[key];
    }
    out["allOf"] = Json::array({Json{{"$ref", schema["$ref"]}}});
    return out;
  }

  void embed(const Outward& from, const FoundFile& file) {
    Json schema = file.schema;
    if (!schema.is_object()) schema = schema == Json(true) ? Json::object() : Json::object({{"not", Json::object()}});
    const std::string key = id_key(schema.contains("$schema") ? schema : all_);
    const std::string own = string_at(schema, {key});
    const std::string id = has_scheme(own) ? resolve_uri("", own) : from.uri;
    if (hides(schema)) schema = shown(schema);
    schema[key] = id;
    const std::string definitions = all_.contains("definitions") || key == "id" ? "definitions" : "$defs";
    const std::string name = std::string(mark) + id;
    const std::string place = fmt::format("/{}/{}", definitions, pointer_step(name));
    if (files_.emplace(place, file.path).second) all_[definitions][name] = std::move(schema);
    if (id == from.uri) return;
    // The file has a name of its own: it is called by it.
    Json& reference = all_[Json::json_pointer(from.pointer)][from.key];
    reference = id + (from.fragment.empty() ? "" : "#" + from.fragment);
  }

  const SourceTree& tree_;
  std::string path_;
  Json all_;
  std::map<std::string, std::string> files_{};  ///< place in the bundle → path in the tree
  std::set<std::string> not_here_{};
  std::set<std::string> tried_{};
};

}  // namespace

Result<Json> bundled_json_schema(const SourceTree& tree, std::string_view path, const Json& schema) {
  return Bundle(tree, path, schema).made();
}

}  // namespace cloudflow
