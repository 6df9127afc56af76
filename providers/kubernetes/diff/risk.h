// What a change of an object costs, by kind and by what hangs on the object.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "cloudflow/resource.h"
#include "providers/kubernetes/diff/difference.h"

namespace cloudflow {

/// What becomes of the storage behind a claim when the claim is deleted.
enum class Reclaim {
  unknown,  ///< its volume may not be looked at
  unbound,  ///< it has no volume yet
  goes,     ///< with the claim (reclaim policy Delete, Recycle)
  stays,    ///< reclaim policy Retain
};

/// A PersistentVolumeClaim and what is behind it.
struct Claim {
  std::string name{};
  std::string volume{};  ///< empty when it is not bound
  Reclaim reclaim = Reclaim::unknown;
  bool owned = false;  ///< the object that the question is about owns it: it is collected with its owner
};

/// Objects of one kind.
struct ObjectCount {
  int objects = 0;
  int namespaces = 0;
};

/// What hangs on an object, as far as the server was asked and has told.
struct Dependents {
  /// Of a StatefulSet: those made from its templates. Of a PersistentVolumeClaim: itself. Empty: not known.
  std::optional<std::vector<Claim>> claims{};
  /// Of a CustomResourceDefinition: the objects of its kind. Empty: not known.
  std::optional<ObjectCount> objects{};
};

/// Whether the server refuses to change this field of this kind in an object that exists.
bool is_immutable(std::string_view kind, const Difference& difference, const Json& live);

/// Sets risk and restarts, and adds notes, for an action that is already decided. Of what hangs on the object nothing
/// is known yet.
void judge(Change& change, std::span<const Difference> found, const Json* desired, const Json* live);

/// Pods that a workload asks for, or has where it leaves their number to others; 0 of what is none.
int pods_asked_for(const Resource& desired, const Live* live);
/// Whether a change starts again what somebody has scaled to nothing.
bool starts_stopped(const Change& change);

/// How many pods of a StatefulSet end and are made under another ordinal, because its ordinals begin elsewhere. None of
/// other kinds.
int moved_pods(std::string_view kind, const Json& desired, const Json& live);

/// Whether what this change loses depends on what the server says of other objects: by its kind and action alone, and
/// by what really changes.
bool may_have_dependents(const Change& change);
bool has_dependents(const Change& change, const Json* desired, const Json& live);
/// Says again what the change loses, now that they are known.
void judge_losses(Change& change, const Json* desired, const Json* live, const Dependents& dependents);

/// Whether the losses that were approved say this one, too: of a claim or the objects of a kind by its name, as what is
/// behind them has its own way. What was only possible does not cover what is certain.
bool is_approved(std::span<const Loss> approved, const Loss& loss);

/// Says what is lost with a claim that the object owns, unless it is said already. Not `certain`: another owner may
/// keep it.
void lose_owned_claim(Change& change, const Claim& claim, bool certain);

/// Whether the API server itself serves a kind: what its objects mean is known.
bool is_built_in(std::string_view kind);

/// Says what of others' values goes when an object that they made is taken over.
void judge_take_over(Change& change);

/// Takes back risk, restarts, losses, and the notes of judge(), of a change that turned out to be another.
void forget_judgement(Change& change, const Json* desired, const Json* live);

/// The claims that a StatefulSet's templates make have names of this form: "<template>-<set>-<ordinal>". The ordinal;
/// nothing when the name is another's.
std::optional<long long> ordinal_of_claim(std::string_view claim, const Json& stateful_set);

}  // namespace cloudflow
