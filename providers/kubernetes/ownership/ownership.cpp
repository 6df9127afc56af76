// Whose a live object is, read from its labels, owners and managers.
#include "providers/kubernetes/ownership/ownership.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "providers/kubernetes/ownership/adoption.h"
#include "providers/kubernetes/ownership/other_fields.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "providers/kubernetes/ownership/pull_secret.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr const char* managed_by = "app.kubernetes.io/managed-by";
constexpr const char* part_of = "app.kubernetes.io/part-of";

std::string label(const Json& live, std::string_view name) { return string_at(live, {"metadata", "labels", name}); }

/// What Cloudflow 2, and its command line in ours, says of what it makes.
bool is_labelled_by_cloudflow2(const Json& live, const ApplySet& set) {
  const std::string of = label(live, part_of);
  return label(live, managed_by) == "cloudflow" && (of == set.application || of == set.ns);
}

/// As planner/render/secret_resources.cpp names it, which a provider does not see.
bool is_pull_secret(const ResourceId& id) { return id.kind == "Secret" && id.name == pull_secret_name; }

bool has_managers(const Json& live) {
  const Json* managers = find(live, {"metadata", "managedFields"});
  return managers != nullptr && managers->is_array() && !managers->empty();
}

/// Under any operation: the pull secret is merged, not applied.
bool is_managed_by_us(const Json& live) {
  return std::ranges::any_of(field_owners(live),
                             [](const FieldOwner& owner) { return owner.manager == field_manager; });
}

/// The keys of a map that one owner has.
void add_keys(const Json* fields, const char* map, std::set<std::string>& out) {
  const Json* tree = fields == nullptr ? nullptr : find(*fields, {map});
  if (tree == nullptr || !tree->is_object()) return;
  for (const auto& [step, below] : tree->items()) {
    if (step.starts_with("f:")) out.insert(step.substr(2));
  }
}

/// Kinds whose content is what people and controllers put in, key by key.
bool is_key_store(std::string_view kind) { return kind == "Secret" || kind == "ConfigMap"; }

}  // namespace

std::optional<Stranger> stranger(const Json& live, const ApplySet& set) {
  const std::string owner = label(live, part_of_label);
  if (!owner.empty()) {
    if (owner == set.id()) return std::nullopt;
    const std::string application = owner_by_labels(live);
    if (application.empty()) return Stranger{fmt::format("belongs to another set of objects, {}", owner)};
    return Stranger{fmt::format("belongs to application {}", quote(application))};
  }
  const auto original = cloudflow2_owner(live);
  if (!original || (set.adopt && *original == set.application)) return std::nullopt;
  const bool adoptable = *original == set.application;
  return Stranger{fmt::format("belongs to Cloudflow 2's application {}{}", quote(*original),
                              adoptable ? ": take it over with `cloudflow adopt`" : ""),
                  adoptable};
}

bool is_unmarked(const ResourceId& id, const Json& live, const ApplySet& set) {
  return !is_pull_secret(id) && label(live, part_of_label).empty() && !cloudflow2_owner(live) &&
         !is_labelled_by_cloudflow2(live, set) && !is_managed_by_us(live);
}

bool has_only_label(const Json& live, const ApplySet& set) {
  return label(live, part_of_label) == set.id() && !is_managed_by_us(live);
}

std::vector<std::string> other_registries(const ResourceId& id, const Json& live) {
  std::vector<std::string> out;
  if (!is_pull_secret(id)) return out;
  const Json registries = registries_in(string_at(live, {"data", pull_key})).value_or(Json::object());
  const std::string own = string_at(live, {"metadata", "annotations", registry_annotation});
  for (const auto& [registry, credentials] : registries.items()) {
    if (registry != own) out.push_back(registry);
  }
  return out;
}

bool keeps_registries(const ResourceId& id, const FieldChange& field) {
  if (!is_pull_secret(id) || field.pointer != fmt::format("/data/{}", pull_key)) return false;
  const auto registries = [](const std::optional<Json>& value) {
    return value && value->is_string() ? registries_in(value->get<std::string>()) : std::nullopt;
  };
  const std::optional<Json> before = registries(field.before);
  const std::optional<Json> after = registries(field.after);
  return before && after && std::ranges::all_of(before->items(), [&](const auto& one) {
           const auto stays = after->find(one.key());
           return stays != after->end() && *stays == one.value();
         });
}

bool is_made_by_us(const Json& live, const ApplySet& set) {
  if (label(live, part_of_label) != set.id()) return false;
  // Managers that somebody has cleared say nothing against us.
  return !has_managers(live) || is_managed_by_us(live);
}

Kept kept_by_others(std::string_view kind, const Json& live) {
  Kept out;
  const std::vector<FieldOwner> owners = field_owners(live);
  const auto ours = std::ranges::find_if(owners, &FieldOwner::ours);
  if (ours == owners.end()) return out;
  out.all = ours->only_mark;
  // The server fills such a Secret for the account that it names; without us it stands for nothing.
  if (!is_key_store(kind) || string_at(live, {"type"}) == "kubernetes.io/service-account-token") return out;
  std::set<std::string> theirs;
  std::set<std::string> mine;
  for (const FieldOwner& owner : owners) {
    for (const char* map : {"f:data", "f:binaryData"})
      add_keys(owner.fields, map, owner.manager == field_manager ? mine : theirs);
  }
  std::ranges::set_difference(theirs, mine, std::back_inserter(out.keys));
  return out;
}

std::string keep_annotation(const Json& live) {
  struct Wish {
    const char* annotation;
    const char* value;  ///< empty: any but "false"
  };
  static constexpr Wish wishes[] = {{"cloudflow/keep", ""},
                                    {"client.lifecycle.config.k8s.io/deletion", "detach"},
                                    {"cli-utils.sigs.k8s.io/on-remove", "keep"},
                                    {"helm.sh/resource-policy", "keep"}};
  for (const auto& [annotation, value] : wishes) {
    const Json* found = find(live, {"metadata", "annotations", annotation});
    if (found == nullptr || !found->is_string()) continue;
    const auto& text = found->get_ref<const std::string&>();
    if (*value == '\0' ? text != "false" : text == value) return annotation;
  }
  return "";
}

namespace {

/// What is not deleted loses nothing, and is not stopped.
void keep_whole(Change& change, const std::string& annotation) {
  change.losses.clear();
  change.takes.clear();
  change.notes = {
      fmt::format("stays as it is, as its annotation {} asks for that: only this application's mark in it "
                  "goes",
                  annotation)};
  change.risk = Risk::none;
}

}  // namespace

void note_kept(Change& change, const Json& live) {
  if (const std::string annotation = keep_annotation(live); !annotation.empty()) return keep_whole(change, annotation);
  const Kept kept = kept_by_others(change.id.kind, live);
  if (!kept.any()) return;
  change.others = fields_of_others(field_owners(live), {});
  if (change.others.empty()) return;
  // What stays is not lost, and nothing of it is stopped.
  change.losses.clear();
  change.takes.clear();
  change.notes.clear();
  change.risk = Risk::none;
  change.notes.push_back(kept.all ? "stays as it is: nothing but the mark in it is this application's"
                                  : fmt::format("stays for others, who wrote {}: only what this application wrote goes",
                                                join(kept.keys, ", ")));
}

bool stays_whole(const Change& change) {
  return change.action == Action::remove && !string_at(change.precondition, {"keep"}).empty();
}

bool lets_go(const Change& change) {
  return change.action == Action::remove && (!change.others.empty() || stays_whole(change));
}

Json release_body(const Json& live) {
  Json metadata = {{"name", string_at(live, {"metadata", "name"})}};
  for (const char* field : {"namespace", "uid", "resourceVersion"}) {
    if (std::string value = string_at(live, {"metadata", field}); !value.empty()) metadata[field] = std::move(value);
  }
  return {{"apiVersion", string_at(live, {"apiVersion"})},
          {"kind", string_at(live, {"kind"})},
          {"metadata", std::move(metadata)}};
}

}  // namespace cloudflow
