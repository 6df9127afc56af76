// When objects are ready, and what pods say when they are not.
#include <catch2/catch_all.hpp>

#include "providers/kubernetes/rules/readiness_rules.h"

using namespace cloudflow;
using State = Readiness::State;

TEST_CASE("an object is ready by the rule of its kind", "[kubernetes][readiness]") {
  struct Row {
    const char* kind;
    const char* object;
    State state;
    const char* reason;
  };
  const auto row = GENERATE(values<Row>({
      {"Deployment.apps", R"({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}})", State::waiting,
       "the controller has not seen the change"},
      {"Deployment.apps", R"({"metadata": {"generation": 1}})", State::waiting,
       "the controller has not seen the change"},
      {"Deployment.apps",
       R"({"spec": {"replicas": 3}, "status": {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}})",
       State::ready, ""},
      {"Deployment.apps",
       R"({"spec": {"replicas": 3}, "status": {"replicas": 4, "updatedReplicas": 1, "availableReplicas": 3}})",
       State::waiting, "1 of 3 pods updated"},
      {"Deployment.apps",
       R"({"spec": {"replicas": 3}, "status": {"replicas": 4, "updatedReplicas": 3, "availableReplicas": 4}})",
       State::waiting, "1 old pod still to end"},
      {"Deployment.apps",
       R"({"spec": {"replicas": 1}, "status": {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}})",
       State::waiting, "1 pod still to end"},
      {"Deployment.apps",
       R"({"spec": {"replicas": 3}, "status": {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 1}})",
       State::waiting, "1 of 3 pods ready"},
      {"Deployment.apps", R"({"spec": {"replicas": 0}, "status": {}})", State::ready, ""},
      {"Deployment.apps", R"({"spec": {"paused": true}, "status": {}})", State::ready, ""},
      {"Deployment.apps", R"({"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}},
         "spec": {"paused": true, "replicas": 2}, "status": {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 1}})",
       State::waiting, "1 of 2 pods ready; its rollout is paused"},
      {"Deployment.apps", R"({"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}},
         "spec": {"paused": true, "replicas": 2}, "status": {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}})",
       State::ready, ""},
      {"Deployment.apps", R"({"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}},
         "spec": {"paused": true, "replicas": 2}, "status": {"replicas": 2, "availableReplicas": 2}})",
       State::failed, "its rollout is paused, with 2 old pods: `kubectl rollout resume` lets it go on"},
      {"Deployment.apps",
       R"({"status": {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
         "message": "timed out"}]}})",
       State::failed, "ProgressDeadlineExceeded: timed out"},
      {"Deployment.apps",
       R"({"status": {"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
         "message": "exceeded quota"}]}})",
       State::waiting, "0 of 1 pod updated; FailedCreate: exceeded quota"},
      {"StatefulSet.apps",
       R"({"spec": {"replicas": 2}, "status": {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2,
         "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"}})",
       State::waiting, "1 of 2 pods updated"},
      {"StatefulSet.apps", R"({"spec": {"replicas": 2}, "status": {"replicas": 2, "readyReplicas": 1}})",
       State::waiting, "1 of 2 pods ready"},
      {"StatefulSet.apps",
       R"({"spec": {"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}}, "status": {"replicas": 2,
         "readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"}})",
       State::ready, ""},
      {"StatefulSet.apps", R"({"spec": {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}})", State::waiting,
       "0 of 2 pods ready"},
      // Which template its pods have is up to those who delete them.
      {"StatefulSet.apps",
       R"({"spec": {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}, "status": {"replicas": 2,
         "readyReplicas": 2, "availableReplicas": 2, "currentRevision": "a", "updateRevision": "b"}})",
       State::ready, ""},
      {"ReplicationController", R"({"spec": {"replicas": 1}, "status": {"conditions": [{"type": "ReplicaFailure",
         "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}]}})",
       State::waiting, "0 of 1 pod ready; FailedCreate: exceeded quota"},
      {"FlinkDeployment.flink.apache.org", R"({})", State::waiting, "flink's operator has not seen it"},
      {"FlinkDeployment.flink.apache.org",
       R"({"status": {"lifecycleState": "STABLE", "jobStatus": {"state": "RUNNING"}}})", State::ready, ""},
      {"FlinkDeployment.flink.apache.org",
       R"({"spec": {"job": {"state": "suspended"}}, "status": {"lifecycleState": "STABLE"}})", State::ready, ""},
      {"FlinkDeployment.flink.apache.org",
       R"({"status": {"lifecycleState": "DEPLOYED", "jobStatus": {"state": "RECONCILING"}, "error": "no slots\nat x"}})",
       State::waiting, "deployed, job reconciling; no slots"},
      {"FlinkDeployment.flink.apache.org", R"({"status": {"lifecycleState": "FAILED", "error": "bad jar"}})",
       State::failed, "the job failed; bad jar"},
      {"SparkApplication.sparkoperator.k8s.io", R"({"status": {"applicationState": {"state": "RUNNING"}}})",
       State::ready, ""},
      {"SparkApplication.sparkoperator.k8s.io", R"({})", State::waiting, "the spark operator has not seen it"},
      {"SparkApplication.sparkoperator.k8s.io",
       R"({"status": {"applicationState": {"state": "SUBMISSION_FAILED", "errorMessage": "no image"}}})",
       State::waiting, "submission_failed; no image"},
      {"DaemonSet.apps", R"({"status": {}})", State::waiting, "the controller has not seen it"},
      {"DaemonSet.apps",
       R"({"status": {"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2,
         "numberAvailable": 1}, "metadata": {"generation": 1}})",
       State::waiting, "1 of 2 pods ready"},
      {"Job.batch", R"({"status": {"startTime": "2026-11-21T08:00:00Z", "active": 1}})", State::waiting,
       "0 of 1 completed"},
      {"Job.batch", R"({"spec": {"completions": 3}, "status": {"succeeded": 1, "failed": 2}})", State::waiting,
       "1 of 3 completed; 2 pods failed"},
      {"Job.batch", R"({"status": {"conditions": [{"type": "Complete", "status": "True"}]}})", State::ready, ""},
      {"Job.batch",
       R"({"status": {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}})",
       State::failed, "BackoffLimitExceeded"},
      {"Job.batch", R"({"spec": {"suspend": true}})", State::ready, ""},
      {"Pod", R"({"status": {"phase": "Failed", "reason": "Evicted", "message": "node was low on memory"}})",
       State::failed, "Evicted: node was low on memory"},
      {"Pod", R"({"status": {"phase": "Succeeded"}})", State::ready, ""},
      {"Pod", R"({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})", State::ready,
       ""},
      {"PersistentVolumeClaim", R"({"status": {"phase": "Bound"}})", State::ready, ""},
      {"PersistentVolumeClaim", R"({"status": {"phase": "Pending"}})", State::waiting, "not bound to a volume"},
      {"PersistentVolumeClaim", R"({"status": {"phase": "Lost"}})", State::failed, "its volume is lost"},
      {"Service", R"({"spec": {"type": "LoadBalancer"}})", State::waiting, "the load balancer has no address"},
      {"Service", R"({"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}})",
       State::ready, ""},
      {"Service", R"({"spec": {"type": "ClusterIP"}})", State::ready, ""},
      {"CustomResourceDefinition.apiextensions.k8s.io",
       R"({"status": {"conditions": [{"type": "Established", "status": "True"}]}})", State::waiting, "not served yet"},
      {"CustomResourceDefinition.apiextensions.k8s.io",
       R"({"status": {"conditions": [{"type": "Established", "status": "True"},
         {"type": "NamesAccepted", "status": "True"}]}})",
       State::ready, ""},
      {"CustomResourceDefinition.apiextensions.k8s.io",
       R"({"status": {"conditions": [{"type": "NamesAccepted", "status": "False",
         "reason": "PluralConflict"}]}})",
       State::failed, "PluralConflict"},
      {"CustomResourceDefinition.apiextensions.k8s.io",
       R"({"status": {"conditions": [{"type": "Established", "status": "False",
         "reason": "Installing"}]}})",
       State::waiting, "not served yet"},
      {"Namespace", R"({"status": {"phase": "Terminating"}})", State::waiting, "is being deleted"},
      {"Widget.example.com", "{}", State::ready, ""},
      {"Widget.example.com", R"({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}})", State::waiting,
       "the controller has not seen the change"},
      {"Widget.example.com",
       R"({"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Starting"}]}})", State::waiting,
       "Ready is False; Starting"},
      {"Widget.example.com",
       R"({"status": {"conditions": [{"type": "Stalled", "status": "True", "reason": "BadSpec"}]}})", State::failed,
       "BadSpec"},
      // What a condition says of an older generation is not said of this one.
      {"Certificate.cert-manager.io", R"({"metadata": {"generation": 2}, "status": {"conditions": [{"type": "Ready",
         "status": "True", "observedGeneration": 1}]}})",
       State::waiting, "the controller has not seen the change"},
      {"Certificate.cert-manager.io", R"({"metadata": {"generation": 2}, "status": {"conditions": [{"type": "Ready",
         "status": "True", "observedGeneration": 2}]}})",
       State::ready, ""},
      {"Widget.example.com", R"({"metadata": {"generation": 2}, "status": {"conditions": [{"type": "Stalled",
         "status": "True", "reason": "BadSpec", "observedGeneration": 1}]}})",
       State::waiting, "the controller has not seen the change"},
      {"ConfigMap", R"({"metadata": {"deletionTimestamp": "2026-11-21T08:00:00Z"}})", State::waiting,
       "is being deleted"},
  }));
  CAPTURE(row.kind, row.object);
  const Readiness answer = readiness_of(row.kind, Json::parse(row.object));
  CHECK(answer.state == row.state);
  CHECK(answer.reason == row.reason);
}

TEST_CASE("a claim that waits for its first consumer keeps nobody waiting", "[kubernetes][readiness]") {
  const Readiness answer =
      readiness_of("PersistentVolumeClaim", Json::parse(R"({"status": {"phase": "Pending"}})"), true);
  CHECK(answer.state == State::ready);
  CHECK(answer.reason == "binds with its first pod");
}

TEST_CASE("a pod says why it is not ready", "[kubernetes][readiness]") {
  struct Row {
    const char* status;
    const char* reason;
    int severity;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})", "", 0},
      {R"({"phase": "Pending"})", "Pending", 1},
      {R"({"phase": "Pending", "containerStatuses": [{"name": "m", "state": {"waiting": {"reason": "ContainerCreating"}}}]})",
       "ContainerCreating", 1},
      {R"({"phase": "Running", "containerStatuses": [{"name": "m", "ready": false, "state": {"running": {}}}]})",
       "container m runs but is not ready", 2},
      {R"({"phase": "Pending", "containerStatuses": [{"name": "m", "state": {"waiting": {"reason": "ErrImagePull", "message": "no\nsuch"}}}]})",
       "ErrImagePull: no such", 3},
      {R"({"phase": "Running", "containerStatuses": [{"name": "m", "restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
         "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]})",
       "CrashLoopBackOff: exit code 137 (OOMKilled), 1 restart", 3},
      {R"({"phase": "Running", "containerStatuses": [{"name": "m", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
         "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no such topic\n"}}}]})",
       "CrashLoopBackOff: exit code 1 (Error): no such topic, 5 restarts", 3},
      {R"({"phase": "Pending", "initContainerStatuses": [{"name": "i", "ready": false, "state": {"running": {}}}],
         "containerStatuses": [{"name": "m", "state": {"waiting": {"reason": "PodInitializing"}}}]})",
       "init container i is running", 2},
      {R"({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
         "message": "0/2 nodes are available"}]})",
       "Unschedulable: 0/2 nodes are available", 3},
      {R"({"phase": "Failed", "containerStatuses": [{"name": "m", "state": {"terminated": {"exitCode": 2}}}]})",
       "container m ended with exit code 2", 3},
  }));
  CAPTURE(row.status);
  const Json pod = {{"status", Json::parse(row.status)}};
  CHECK(pod_reason(pod) == row.reason);
  CHECK(pod_severity(pod) == row.severity);
}

TEST_CASE("a pod's status is what kubectl says", "[kubernetes][readiness]") {
  struct Row {
    const char* pod;
    const char* status;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Running"}})", "Terminating"},
      {R"({"status": {"phase": "Succeeded"}})", "Succeeded"},
      {R"({"status": {"phase": "Pending"}})", "Pending"},
      {R"({"status": {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}})", "Running"},
      {R"({"status": {"phase": "Running", "containerStatuses": [{"state": {"terminated": {}}}]}})", "Terminated"},
      {R"({"status": {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}, {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}})",
       "CrashLoopBackOff"},
  }));
  CHECK(pod_status(Json::parse(row.pod)) == row.status);
}
