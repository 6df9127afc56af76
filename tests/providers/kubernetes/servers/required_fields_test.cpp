// What the local check calls missing, against the server: a schema requires fields that the server fills in.
#include <catch2/catch_all.hpp>

#include "providers/kubernetes/schema/openapi_check.h"
#include "providers/kubernetes/schema/schema_documents.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// Valid manifests with many nested fields.
std::vector<std::string> corpus() {
  return {
      R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "spec": {"completionMode": "Indexed", "completions": 2,
        "parallelism": 2, "backoffLimit": 1, "successPolicy": {"rules": [{"succeededCount": 1}]},
        "podFailurePolicy": {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
          {"action": "FailJob", "onExitCodes": {"containerName": "m", "operator": "In", "values": [3]}}]},
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "registry.example.com/a:1"}]}}}})",
      R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"selector": {"matchLabels": {"app": "a"},
        "matchExpressions": [{"key": "app", "operator": "Exists"}]}, "template": {"metadata": {"labels": {"app": "a"}}, "spec": {
        "containers": [{"name": "m", "image": "registry.example.com/a:1",
          "ports": [{"containerPort": 80, "protocol": "TCP"}], "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
          "env": [{"name": "A", "value": ""}, {"name": "N", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
            {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "R", "valueFrom": {"resourceFieldRef": {"containerName": "m", "resource": "limits.cpu"}}}],
          "livenessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "X", "value": ""}]}}, "readinessProbe": {"grpc": {"port": 1}},
          "startupProbe": {"tcpSocket": {"port": 1}}, "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
          "volumeMounts": [{"name": "h", "mountPath": "/h"}], "volumeDevices": [{"name": "c", "devicePath": "/dev/x"}]}],
        "hostAliases": [{"ip": "10.1.2.3", "hostnames": ["x"]}], "readinessGates": [{"conditionType": "x.example.com/y"}],
        "schedulingGates": [{"name": "g.example.com/x"}], "os": {"name": "linux"},
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}, "appArmorProfile": {"type": "Unconfined"},
          "sysctls": [{"name": "kernel.shm_rmid_forced", "value": ""}]},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]},
          "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]},
          "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": {"topologyKey": "zone"}}]}},
        "volumes": [{"name": "h", "hostPath": {"path": "/x", "type": ""}}, {"name": "c", "persistentVolumeClaim": {"claimName": "c"}},
          {"name": "i", "iscsi": {"targetPortal": "p", "iqn": "iqn.2001-04.com.example:x", "lun": 0}}, {"name": "n", "nfs": {"server": "s", "path": "/p"}},
          {"name": "p", "projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}},
            {"secret": {"name": "s", "items": [{"key": "k", "path": "p"}]}}, {"downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}},
          {"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
            "dataSource": {"kind": "PersistentVolumeClaim", "name": "x"}}}}},
          {"name": "csi", "csi": {"driver": "d.example.com"}}]}}}})",
      R"({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"}, "spec": {"serviceName": "a", "ordinals": {"start": 1},
        "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [
          {"name": "m", "image": "registry.example.com/a:1"}]}}}})",
      R"({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "registry.example.com/a:1"}]}}}}}})",
      R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}]}})",
      R"({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "a"}, "spec": {"rules": [{"host": "a.example.com",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "a", "port": {"number": 80}}}},
          {"path": "/r", "pathType": "Exact", "backend": {"resource": {"kind": "X", "name": "y", "apiGroup": "z.example.com"}}}]}}]}})",
      R"({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}, "spec": {"podSelector": {},
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}], "ports": [{"port": 80}]}]}})",
      R"({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "a"}, "spec": {"minAvailable": 1, "selector": {}}})",
      R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": {"maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
        "behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}},
          {"type": "Object", "object": {"describedObject": {"apiVersion": "v1", "kind": "Service", "name": "a"}, "metric": {"name": "m"}, "target": {"type": "Value", "value": "1"}}},
          {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "m", "target": {"type": "Utilization", "averageUtilization": 80}}}]}})",
      R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "a"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "a"}, "subjects": [{"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}]})",
      R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "a"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})",
      R"({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "a"}, "spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}})",
      R"({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "a"}, "spec": {"hard": {"pods": "1"}, "scopeSelector": {
        "matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists"}]}}})",
      R"({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "a"}, "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.1.2.3"], "hints": {"forZones": [{"name": "z"}]}}]})",
      R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}, "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "x"}}})",
  };
}

/// Every object in a manifest with the pointers of its members, deepest last.
void members(const Json& value, const std::string& pointer, std::vector<std::string>& out) {
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) members(value[i], fmt::format("{}/{}", pointer, i), out);
  }
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) {
    const std::string below = pointer + "/" + key;
    out.push_back(below);
    members(member, below, out);
  }
}

}  // namespace

TEST_CASE("what the local check calls missing the server misses too", "[kubernetes][servers][openapi]") {
  Cluster cluster("required");
  SchemaDocuments documents(cluster.admin);
  int asked = 0;
  for (const std::string& text : corpus()) {
    const Resource whole = manifest(cluster.ns, text);
    const ApiResource kind = Cluster::resource(whole.id.kind);
    const auto document = documents.document(kind.api_version(), {});
    REQUIRE(document);
    const Json* schema = schema_of_kind(*document, kind.group, kind.version, kind.kind);
    REQUIRE(schema);
    const auto accepted = [&](const Json& body) {
      return cluster.admin.create(kind.collection(cluster.ns), body, {.dry_run = true}, {});
    };
    const auto valid = accepted(whole.spec);
    INFO(whole.id.text() << " " << (valid ? "" : valid.error().message));
    REQUIRE(valid.has_value());
    CHECK(check_schema(whole.spec, *schema, *document).empty());
    std::vector<std::string> pointers;
    members(whole.spec, "", pointers);
    for (const std::string& pointer : pointers) {
      if (pointer.starts_with("/metadata") || pointer == "/apiVersion" || pointer == "/kind") continue;
      Json body = whole.spec;
      const std::size_t slash = pointer.rfind('/');
      body[Json::json_pointer(pointer.substr(0, slash))].erase(pointer.substr(slash + 1));
      if (check_schema(body, *schema, *document).empty()) continue;
      ++asked;
      CAPTURE(whole.id.text(), pointer);
      CHECK_FALSE(accepted(body).has_value());
    }
  }
  CHECK(asked > 80);
}
