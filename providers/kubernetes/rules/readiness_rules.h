// When an object is ready, by kind: the rules of kstatus without their soft spots.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/json.h"
#include "cloudflow/provider.h"

namespace cloudflow {

/// What one object says about itself. `kind` as in ResourceId. Never State::missing.
/// A claim that waits for its first consumer needs `first_consumer`: its storage class binds then.
Readiness readiness_of(std::string_view kind, const Json& object, bool first_consumer = false);

/// "is being deleted", with the finalizers that it waits for.
std::string deletion_of(const Json& object);

/// Why a pod is not ready, in one line; "" when it is ready, done, or on its way out.
std::string pod_reason(const Json& pod);

/// How bad that is, to name the worst of many: 0 is fine.
int pod_severity(const Json& pod);

/// What `kubectl get pods` would say, as docs/compatibility.md, Status has it: "Running", "CrashLoopBackOff" …
std::string pod_status(const Json& pod);

/// A server's words on one line. Of a long text the middle goes: it begins with what was done and ends with what is
/// wrong.
std::string on_one_line(std::string text);

/// How a run of a container ended: "exit code 1 (Error): no such topic".
std::string ending_of(const Json& terminated);

/// Whether a container of the pod is a sidecar: among the init containers, but to run for as long as the pod.
bool is_sidecar(const Json& pod, std::string_view container);

/// Whether the node controller, and not the kubelet, says that the pod is not ready.
bool node_is_silent(const Json& pod);

/// A condition in a pod's status; null when it is not there.
const Json* pod_condition(const Json& pod, std::string_view type);

/// What waiting alone does not change, in a word ("image not found"); "" where the pod may become ready.
std::string lasting_trouble(const Json& pod);

/// Whether a pod belongs to a workload: its labels hold the selector's matchLabels.
bool selects(const Json& workload, const Json& pod);

/// The selector's matchLabels as a label selector: "a=b,c=d"; "" when there are none.
std::string match_labels_of(const Json& workload);

}  // namespace cloudflow
