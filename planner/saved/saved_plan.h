// A plan as a file: what was reviewed, so that exactly that is applied.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/change.h"
#include "planner/plan/plan.h"
#include "planner/plan/policy.h"
#include "planner/saved/change_digest.h"
#include "sdk/support/ed25519.h"

namespace cloudflow {

/// Where the same source is read again.
struct SavedSource {
  std::string repository{};  ///< path or URL; empty outside git
  std::string commit{};      ///< full hash; empty outside git
  std::string branch{};
  std::string path{};    ///< folder inside the repository
  std::string folder{};  ///< as the user named it, for a source that no commit has
  std::string file{};    ///< the project file
  bool dirty = false;    ///< the folder differed from the commit

  /// Whether the commit has all of it; else only the folder has.
  bool is_commit() const { return !commit.empty() && !dirty; }
};

/// One of the systems that the plan is for.
struct SavedSystem {
  std::string id{};       ///< its own; empty where it may not be asked for
  std::string address{};  ///< compared where the id is not known
};

struct SavedTarget {
  std::string ns{};
  std::map<std::string, SavedSystem> systems{};  ///< by the names that headings give them
};

/// One change as it was approved.
struct SavedChange {
  ResourceId id{};
  Action action = Action::none;
  Risk risk = Risk::none;
  bool refused = false;
  std::vector<Loss> losses{};
  std::vector<FieldChange> fields{};  ///< of these: path, before, after, secret
  Json precondition{};
  ChangeDigest digest{};
  /// It is not removed although its change is a removal: it is only let go of.
  bool stays = false;
  /// The system was asked about the change, and took it as the comparison had found it.
  bool confirmed = false;
};

struct SavedPlan {
  std::string made_by{};  ///< the version of this program
  std::string application{};
  std::string environment{};
  SavedSource source{};
  SavedTarget target{};
  Allowances allowed{};
  Json base{};         ///< the last apply when the plan was made, see base_of(); null: there was none
  Json shown{};        ///< the plan as `plan --json` prints it
  bool keyed = false;  ///< secret values were digested
  std::vector<SavedChange> changes{};
  std::string digest{};  ///< of all of the file but this and the signature: SHA-256, hex; set by seal() and by reading
  std::optional<Ed25519Signature> signature{};  ///< of signed_bytes()
};

/// Of the record of the last apply, what another apply would change.
Json base_of(const Json& last);

/// Changes as the comparison finds them, before a system is asked about them.
using Compared = std::map<ResourceId, ChangeDigest>;
Compared digests_of(std::span<const Change> changes, const Digester& digester);

/// Completes a saved plan with the plan's changes.
void save_changes(const Plan& plan, const Compared& compared, const Digester& digester, SavedPlan& out);

/// Takes over the answers of the systems for changes that are still as they were when these were asked:
/// Verified::server. Not for what loses something, as that may be more by now.
void take_confirmations(const SavedPlan& saved, const Digester& digester, std::span<Change> changes);

/// Sets the digest.
void seal(SavedPlan& plan);
/// What a signature is of; the plan must be sealed.
std::string signed_bytes(const SavedPlan& plan);
/// The file of a sealed plan: JSON, keys sorted, one member per line.
std::string text_of(const SavedPlan& plan);

/// Reads such a file. Errors name it: cut, edited, too new, no saved plan.
Result<SavedPlan> read_saved_plan(std::string_view text, const std::string& file);

}  // namespace cloudflow
