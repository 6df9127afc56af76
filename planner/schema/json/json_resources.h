// The schemas inside one JSON Schema text, by the URIs, anchors and pointers that name them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

/// `none`: the text does not say which; `unknown`: it names one that is no draft known here.
enum class JsonDraft { none, unknown, draft_4, draft_6, draft_7, draft_2019_09, draft_2020_12 };

/// A schema with its own $id (or the whole text), and what is named in it.
struct JsonResource {
  std::string uri{};  ///< without fragment; "" when the text says none
  const Json* root = nullptr;
  JsonDraft draft = JsonDraft::none;
  std::map<std::string, const Json*> anchors{};
  std::set<std::string> dynamic_anchors{};  ///< of $dynamicAnchor
  bool recursive_anchor = false;
};

/// What a reference leads to.
struct JsonTarget {
  enum class Found { here, elsewhere, nowhere };
  Found found = Found::nowhere;
  const Json* schema = nullptr;
  std::string uri{};       ///< of the resource, resolved; for what is elsewhere, too
  std::string fragment{};  ///< after '#', unescaped
};

/// Points into the text, which has to outlive it.
class JsonResources {
 public:
  explicit JsonResources(const Json& root);

  /// `from` is the schema that holds the reference.
  JsonTarget resolve(const Json& from, std::string_view reference) const;
  const JsonResource& resource_of(const Json& schema) const { return all_[index_of(schema)]; }
  std::size_t index_of(const Json& schema) const;
  const JsonResource& at(std::size_t index) const { return all_[index]; }
  /// A JSON pointer from the start of the text; "" for the text itself.
  const std::string& path_of(const Json& schema) const;
  std::size_t size() const { return all_.size(); }

 private:
  void walk(const Json& schema, std::size_t resource, const std::string& path) const;
  std::size_t entered(const Json& schema, std::size_t resource) const;
  const Json* stepped(std::size_t resource, std::string_view pointer) const;

  struct Place {
    std::size_t resource = 0;
    std::string path{};
  };
  // A pointer may lead to a schema in a place that holds none by the drafts: it is walked when it is first named.
  mutable std::vector<JsonResource> all_{};
  mutable std::map<std::string, std::size_t> by_uri_{};
  mutable std::map<const Json*, Place> places_{};
};

/// RFC 3986, without the fragment. A relative base stays relative: "a/b.json" + "../c.json" → "c.json".
std::string resolve_uri(std::string_view base, std::string_view reference);

/// The schemas that stand directly in a schema, with the pointer that leads to each.
std::vector<std::pair<std::string, const Json*>> json_subschemas(const Json& schema);

}  // namespace cloudflow
