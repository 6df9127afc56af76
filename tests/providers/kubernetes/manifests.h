// Desired resources of usual shapes.
#pragma once

#include <fmt/format.h>

#include "cloudflow/resource.h"

namespace cloudflow::testing {

inline Resource config_map(const std::string& ns, const std::string& name, const std::string& value = "1") {
  return {.id = {"kubernetes", "ConfigMap", ns, name},
          .spec = {
              {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}}}, {"data", {{"key", value}}}}};
}

inline Resource secret(const std::string& ns, const std::string& name, const std::string& document) {
  return {.id = {"kubernetes", "Secret", ns, name},
          .spec = {{"apiVersion", "v1"},
                   {"kind", "Secret"},
                   {"metadata", {{"name", name}}},
                   {"type", "Opaque"},
                   {"stringData", {{"secret.conf", document}}}}};
}

/// As the akka runtime makes them.
inline Resource deployment(const std::string& ns, const std::string& name, int replicas = 1) {
  Json spec = Json::parse(
      R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": {"app.kubernetes.io/part-of": "shop"}},
    "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}, "template": {
      "metadata": {"labels": {"com.lightbend.cloudflow/app-id": "shop"}, "annotations": {"prometheus.io/scrape": "true"}},
      "spec": {"serviceAccountName": "default", "terminationGracePeriodSeconds": 0, "securityContext": {"fsGroup": 185}, "hostNetwork": false,
        "imagePullSecrets": [{"name": "pull"}], "tolerations": [{"key": "k", "operator": "Exists"}],
        "containers": [{"name": "main", "image": "registry.example.com/a:1", "imagePullPolicy": "Always", "args": [],
          "livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "true"]}, "initialDelaySeconds": 10, "timeoutSeconds": 1, "periodSeconds": 10},
          "ports": [{"name": "prom-metrics", "containerPort": 2050}],
          "env": [{"name": "JAVA_OPTS", "value": "-XX:MaxRAMPercentage=50.0"}, {"name": "EMPTY", "value": ""},
                  {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                  {"name": "CPU", "valueFrom": {"resourceFieldRef": {"containerName": "main", "resource": "limits.cpu"}}}],
          "resources": {"requests": {"cpu": "0.1", "memory": "128M"}, "limits": {"memory": "2048M", "cpu": 2}},
          "volumeMounts": [{"name": "secret", "mountPath": "/etc/cloudflow-runner-secret", "readOnly": true},
                           {"name": "down", "mountPath": "/mnt/downward-api-volume/"}]}],
        "volumes": [{"name": "secret", "secret": {"secretName": "a"}}, {"name": "tmp", "emptyDir": {}},
          {"name": "tokens", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}, {"configMap": {"name": "c"}}]}},
          {"name": "down", "downwardAPI": {"items": [{"path": "metadata.uid", "fieldRef": {"fieldPath": "metadata.uid"}},
            {"path": "cpu", "resourceFieldRef": {"containerName": "main", "resource": "limits.cpu"}}]}}]}}}})");
  spec["metadata"]["name"] = name;
  spec["spec"]["replicas"] = replicas;
  spec["spec"]["selector"]["matchLabels"]["app"] = name;
  spec["spec"]["template"]["metadata"]["labels"]["app"] = name;
  spec["spec"]["template"]["metadata"]["labels"]["com.lightbend.cloudflow/streamlet-name"] = name;
  return {.id = {"kubernetes", "Deployment.apps", ns, name}, .spec = std::move(spec)};
}

/// Any object by its manifest.
inline Resource manifest(const std::string& ns, const std::string& text) {
  Json spec = Json::parse(text);
  const std::string api_version = spec.at("apiVersion");
  const std::size_t slash = api_version.find('/');
  const std::string group = slash == std::string::npos ? "" : fmt::format(".{}", api_version.substr(0, slash));
  return {.id = {"kubernetes", spec.at("kind").get<std::string>() + group, ns, spec.at("metadata").at("name")},
          .spec = spec};
}

}  // namespace cloudflow::testing
