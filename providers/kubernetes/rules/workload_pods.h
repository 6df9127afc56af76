// What the pods of a workload add to what it says of itself: crashing is not ready, still running is not gone.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/provider.h"

namespace cloudflow {

/// For so long a container that was just started is looked at before it counts as ready. A kubelet looks at its
/// containers once a second: one that ends after a second may be reported as running up to two seconds after its start.
inline constexpr std::chrono::milliseconds first_watch{2100};
/// For so long trouble that waiting does not end is looked at before it is believed.
inline constexpr std::chrono::seconds trouble_watch{15};

/// Whether things of this kind run pods. `kind` as in ResourceId.
bool has_pods(std::string_view kind);

/// Pods by the workload that they were made for, told by who controls them: also when that is gone already.
/// The pods must outlive it.
class PodsByWorkload {
 public:
  explicit PodsByWorkload(std::span<const Json> pods);
  std::span<const Json* const> of(std::string_view kind, std::string_view name) const;

 private:
  std::map<std::string, std::vector<const Json*>, std::less<>> pods_{};
};

/// Whether nothing in a pod runs any more.
bool has_ended(const Json& pod);

/// "2 old pods still to end: a-1, a-2", where `what` is "old pod".
std::string still_to_end(std::span<const Json* const> pods, std::string_view what);

/// How long things have been as they are.
struct PodTimes {
  /// How long this run has known something by this name; 0 when it is the first time that it hears of it.
  std::function<std::chrono::milliseconds(const std::string& name)> known_for{};
  /// The cluster's time.
  std::function<std::chrono::system_clock::time_point()> now{};
};

/// A workload as far as its pods matter.
struct Workload {
  std::string_view kind{};
  std::string_view name{};
  bool fresh = false;          ///< written by this run: its containers were just started
  bool own_watch = false;      ///< the user has said how long a pod must be ready (minReadySeconds)
  bool going = false;          ///< being deleted: waits for the end of its pods, whatever trouble they have
  bool pods_decide = true;     ///< false: paused, or replaced by hand; what it says of itself is all there is
  bool has_new_pods = true;    ///< false: its controller has made none yet of the template that is asked for now
  std::string new_revision{};  ///< of a StatefulSet: the name of the template that is asked for now
};

/// Makes of a waiting answer one that waiting does not change.
void give_up(Readiness& said);

/// `said` corrected by the pods of the workload. Waiting without a reason means that
/// everything is up and is only watched for another moment. A workload that is missing waits for its pods to end.
Readiness with_pods(Readiness said, const Workload& workload, std::span<const Json* const> pods, const PodTimes& times);

/// The pod of the workload that is furthest from being ready; null when all are fine, and where only pods of a
/// template that is being replaced are not.
const Json* worst_pod(const Workload& workload, std::span<const Json* const> pods);

/// The workload in an object; `kind` and `name` must outlive it.
Workload workload_of(std::string_view kind, std::string_view name, const Json& object);

}  // namespace cloudflow
