// Manifests against published schemas.
#include "providers/kubernetes/schema/schema_documents.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/schema/openapi_check.h"

namespace cloudflow {
namespace {

struct GroupVersion {
  std::string group{};
  std::string version{};
};

GroupVersion group_version(const std::string& api_version) {
  const auto slash = api_version.find('/');
  if (slash == std::string::npos) return {"", api_version};
  return {api_version.substr(0, slash), api_version.substr(slash + 1)};
}

/// The schema that a CustomResourceDefinition of the same plan brings; null when none does.
const Json* schema_of_definition(std::span<const Change> definitions, const GroupVersion& wanted,
                                 const std::string& kind) {
  for (const Change& change : definitions) {
    const Json& spec = change.desired.spec;
    if (string_at(spec, {"spec", "names", "kind"}) != kind || string_at(spec, {"spec", "group"}) != wanted.group)
      continue;
    const Json* versions = find(spec, {"spec", "versions"});
    if (versions == nullptr || !versions->is_array()) continue;
    for (const Json& version : *versions) {
      if (string_at(version, {"name"}) == wanted.version) return find(version, {"schema", "openAPIV3Schema"});
    }
  }
  return nullptr;
}

}  // namespace

std::shared_ptr<const Json> SchemaDocuments::document(const std::string& api_version, const std::stop_token& stop) {
  std::shared_ptr<Entry> entry;
  {
    const std::scoped_lock lock(mutex_);
    std::shared_ptr<Entry>& slot = entries_[api_version];
    if (slot == nullptr) slot = std::make_shared<Entry>();
    entry = slot;
  }
  std::call_once(entry->once, [&] {
    const std::string path =
        fmt::format("/openapi/v3/{}/{}", api_version.find('/') == std::string::npos ? "api" : "apis", api_version);
    // A user without the right to see it, or an old server: then there is no local check, and the plan says so.
    ApiResult<Json> answer = client_.get({path, fmt::format("schemas of {}", api_version)}, stop);
    if (answer) entry->document = std::make_shared<const Json>(std::move(*answer));
  });
  return entry->document;
}

std::optional<std::vector<Error>> check_locally(const Change& change, std::span<const Change> definitions,
                                                SchemaDocuments& documents, const std::stop_token& stop) {
  const std::string api_version = string_at(change.desired.spec, {"apiVersion"});
  const std::string kind = string_at(change.desired.spec, {"kind"});
  const GroupVersion wanted = group_version(api_version);
  std::shared_ptr<const Json> document;
  const Json* schema = schema_of_definition(definitions, wanted, kind);
  if (schema == nullptr) {
    document = documents.document(api_version, stop);
    schema = document ? schema_of_kind(*document, wanted.group, wanted.version, kind) : nullptr;
  }
  if (schema == nullptr) return std::nullopt;
  std::vector<Error> out;
  // A definition refers to nothing outside itself.
  for (const SchemaProblem& problem : check_schema(change.desired.spec, *schema, document ? *document : *schema)) {
    const bool secret = std::ranges::find(change.desired.secrets, problem.pointer) != change.desired.secrets.end();
    out.push_back({.kind = ErrorKind::invalid_input,
                   .message = fmt::format("{}: {} {}", change.id.text(), problem.path,
                                          secret ? "is secret, and does not fit the schema" : problem.message),
                   .where = place_near(change.desired, problem.pointer)});
  }
  return out;
}

std::optional<SourcePos> place_near(const Resource& desired, std::string_view pointer) {
  const auto known = [&](const std::string& at) -> std::optional<SourcePos> {
    const Origins::Places& places = desired.origins.all();
    if (const auto exact = places.find(at); exact != places.end()) return exact->second;
    const auto inside = places.lower_bound(at + "/");
    if (inside != places.end() && inside->first.starts_with(at + "/")) return inside->second;
    return std::nullopt;
  };
  const std::string at(pointer);
  if (const auto place = known(at)) return place;
  // Neighbours further away say nothing about it.
  if (const auto cut = at.find_last_of('/'); cut != std::string::npos && cut > 0) {
    if (const auto place = known(at.substr(0, cut))) return place;
  }
  return desired.origin_of(pointer);
}

}  // namespace cloudflow
