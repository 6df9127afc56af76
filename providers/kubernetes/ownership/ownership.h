// Whose a live object is: this application's, somebody else's, or nobody's that says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "providers/kubernetes/ownership/applyset.h"

namespace cloudflow {

/// Why a live object is not this application's to change.
struct Stranger {
  std::string reason{};
  bool adoptable = false;  ///< Cloudflow 2's operator made it for this application
};

/// Nothing when the object is ours, or when nothing says whose it is.
std::optional<Stranger> stranger(const Json& live, const ApplySet& set);

/// Whether nothing in the object says that this application has anything to do with it: neither its label, nor a field
/// that we manage, nor what Cloudflow 2 and its command line write. Only who names it takes it over.
/// The pull secret is the namespace's: all write their registries into it.
bool is_unmarked(const ResourceId& id, const Json& live, const ApplySet& set);

/// Whether it has our mark and no field of ours: somebody made it from a copy of ours, or has cleared its managers.
/// What is asked for of it would stay when it leaves the source.
bool has_only_label(const Json& live, const ApplySet& set);

/// Registries whose credentials others put into a live pull secret of ours, sorted; empty for other objects.
std::vector<std::string> other_registries(const ResourceId& id, const Json& live);

/// Whether a leftover with our label was made by us. Controllers copy labels onto what they derive from an object
/// (EndpointSlices of a Service, copies of a Secret); nothing in those is managed by us.
bool is_made_by_us(const Json& live, const ApplySet& set);

/// What is left of an object for others when we let go of it.
struct Kept {
  std::vector<std::string> keys{};  ///< of a Secret or ConfigMap that others wrote, sorted
  bool all = false;                 ///< nothing but our mark is ours
  bool any() const { return all || !keys.empty(); }
};

/// Whether a change of the pull secret's document leaves everybody's credentials in it as they are.
bool keeps_registries(const ResourceId& id, const FieldChange& field);

/// What others keep in a live object of ours. Where there is any, removing the object means letting go of it.
Kept kept_by_others(std::string_view kind, const Json& live);

/// The annotation by which a live object asks not to be deleted, with its value: "cloudflow/keep"; empty where it has
/// none. Those of cli-utils and Helm count, too.
std::string keep_annotation(const Json& live);

/// Says it in a change that removes the object, and fills Change::others: the object stays, and only what is ours goes.
void note_kept(Change& change, const Json& live);
/// Whether a change means that: the object stays, all of it or what others have in it.
bool lets_go(const Change& change);
/// Whether all of it stays, as it asks for that.
bool stays_whole(const Change& change);

/// The manifest with which an object is let go of: applied by us it takes away what only we manage.
Json release_body(const Json& live);

}  // namespace cloudflow
