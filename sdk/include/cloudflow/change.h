// One difference between what is asked for and what runs, with its cause and its risk.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloudflow/resource.h"
#include "cloudflow/traits.h"

namespace cloudflow {

enum class Action { none, create, update, replace, remove };

/// What a change may cost. Ordered: a higher one includes the lower.
enum class Risk {
  none,
  restart,     ///< pods are restarted
  disruptive,  ///< behaviour changes for others (keys move between partitions, a Service is made anew)
  data_loss,   ///< records, offsets or volumes are gone afterwards
};

/// Why a field differs.
enum class Cause {
  git,      ///< the source asks for something else than what was applied last
  drift,    ///< somebody changed the live object; see manager and since
  adopted,  ///< the live object was not made by us
};

/// One field of a change.
struct FieldChange {
  std::string path{};            ///< for people: "spec.replicas", "secret.conf: cloudflow.streamlets.a.rate"
  std::string pointer{};         ///< as in Resource::origins
  std::optional<Json> before{};  ///< empty: was not there
  std::optional<Json> after{};   ///< empty: is removed
  bool secret = false;           ///< neither value is ever printed or saved
  Cause cause = Cause::git;
  std::string manager{};   ///< drift: the field manager that owns the live value
  std::string since{};     ///< drift: when it wrote, RFC 3339
  bool take_over = false;  ///< applying this takes the field from `manager` (a conflict that is planned)
  std::optional<SourcePos> origin{};
};

/// Fields inside a live thing of ours that somebody else keeps.
struct OtherFields {
  std::string manager{};
  std::vector<std::string> paths{};  ///< as FieldChange::path, sorted
};

/// Something that is gone once a change is made, or may be gone.
struct Loss {
  std::string what{};   ///< one line: "15 records of calls that group app.sink.in has not read"
  bool certain = true;  ///< false: nothing shows that it is kept; it is held back like a certain loss
};

/// How far the outside system has confirmed that it will accept a change.
enum class Verified { no, local, server };

/// What turns live into desired. A value: printing, saving and executing it need nothing else.
struct Change {
  ResourceId id{};
  Traits traits{};         ///< of its kind; filled by the planner
  std::string headline{};  ///< of what is made, see Provider::headline; filled by the planner
  Action action = Action::none;
  Risk risk = Risk::none;
  std::vector<FieldChange> fields{};
  std::vector<OtherFields> others{};  ///< what others keep in the live thing; lost when it is replaced
  std::vector<std::string> notes{};   ///< further things a reader must know, one line each
  std::vector<Loss> losses{};         ///< why the risk is data_loss; filled by lose()
  /// What goes with `id`, or may go, by the outside system's own rules, as the claims of a StatefulSet do; the policy's
  /// `protect` holds for these, too. In kind and name '*' stands for any text. Filled by take_along().
  std::vector<ResourceId> takes{};
  int restarts = 0;                      ///< pods restarted
  int pods = 0;                          ///< pods that it asks for
  bool starts_stopped = false;           ///< starts what somebody has scaled to nothing
  std::optional<std::string> refused{};  ///< why this will not be done; the rest of the plan can still go on
  /// The live thing belongs to somebody else: not only this change, the plan as a whole is refused.
  bool foreign = false;
  /// Exists, and `adopt` would take it over: of Cloudflow 2's operator (foreign, too), or nobody's until it is named.
  bool adoptable = false;
  Verified verified = Verified::no;
  /// True when the live thing is only looked at (a topic with managed=no): never written.
  bool check_only = false;

  Resource desired{};  ///< empty id when removing
  /// What the source asks for where a rule leaves it to others, and `desired` does not have it: JSON pointer → value.
  /// Filled by the planner.
  std::vector<std::pair<std::string, Json>> left_to_others{};
  Json precondition{};              ///< what the provider saw when planning, e.g. {"uid","resourceVersion"}
  std::vector<ResourceId> after{};  ///< finished before this one starts; filled by the planner
};

/// Adds a loss and raises the risk to data_loss.
void lose(Change& change, Loss loss);

/// Adds what goes with it, once.
void take_along(Change& change, ResourceId id);

/// Whether a change has the risk data_loss only because losses cannot be excluded.
bool only_may_lose(const Change& change);

std::string_view name_of(Action action);  ///< "create", "update", "replace", "remove", "none"
std::string_view name_of(Risk risk);      ///< "none", "restart", "disruptive", "data_loss"
std::string_view name_of(Cause cause);    ///< "git", "drift", "adopted"
std::string_view name_of(Verified verified);

}  // namespace cloudflow
