// A plan of the provider alone, step by step: read, compare, verify, apply.
#pragma once

#include <catch2/catch_all.hpp>

#include <algorithm>

#include "providers/kubernetes/kubernetes_provider.h"

namespace cloudflow::testing {

/// What a plan hands to read(): no more of a manifest than where to look for it.
inline std::vector<Resource> outlines(const std::vector<Resource>& desired) {
  std::vector<Resource> out;
  for (const Resource& resource : desired) {
    out.push_back({.id = resource.id,
                   .spec = {{"apiVersion", string_at(resource.spec, {"apiVersion"})},
                            {"kind", string_at(resource.spec, {"kind"})}}});
  }
  return out;
}

/// The changes of a plan, nothing left out, in the order of desired and then leftovers.
inline std::vector<Change> plan(KubernetesProvider& provider, const std::vector<Resource>& desired,
                                const Inventory& inventory = {}) {
  const auto live = provider.read(outlines(desired), inventory, {});
  INFO((live ? "" : live.error().message));
  REQUIRE(live.has_value());
  std::vector<Change> out;
  for (const Resource& resource : desired) {
    const auto found = std::ranges::find(*live, resource.id, &Live::id);
    const auto change = provider.compare(&resource, found == live->end() ? nullptr : &*found);
    INFO((change ? "" : change.error().message));
    REQUIRE(change.has_value());
    out.push_back(*change);
  }
  for (const Live& one : *live) {
    if (std::ranges::find(desired, one.id, &Resource::id) == desired.end())
      out.push_back(*provider.compare(nullptr, &one));
  }
  return out;
}

inline std::vector<std::string> verified(KubernetesProvider& provider, std::vector<Change>& changes) {
  const auto rejections = provider.verify(changes, {});
  INFO((rejections ? "" : rejections.error().message));
  REQUIRE(rejections.has_value());
  std::vector<std::string> out;
  for (const Error& error : *rejections) out.push_back((error.where ? error.where->text() + ": " : "") + error.message);
  return out;
}

inline void apply_all(KubernetesProvider& provider, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    const auto done = provider.apply(change, {});
    INFO((done ? "" : done.error().message));
    REQUIRE(done.has_value());
  }
}

/// What adopting by name does to an object: it gets our mark and nothing else.
inline Change marking(const ResourceId& id, const Json& live) {
  Change out{.id = id, .action = Action::update};
  out.desired = {
      .id = id,
      .spec = {{"apiVersion", live.at("apiVersion")}, {"kind", live.at("kind")}, {"metadata", {{"name", id.name}}}}};
  out.precondition = {{"uid", live.at("metadata").at("uid")}};
  return out;
}

inline Inventory inventory_of(const std::vector<Resource>& resources) {
  Inventory out{.exists = true};
  for (const Resource& resource : resources) out.resources.push_back(resource.id);
  return out;
}

inline std::vector<std::string> paths(const Change& change) {
  std::vector<std::string> out;
  for (const FieldChange& field : change.fields) out.push_back(field.path);
  return out;
}

}  // namespace cloudflow::testing
