// A custom kind of a test's own.
#pragma once

#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"

namespace cloudflow::testing {

/// Kind Widget of the group. `rule` is what a change of its spec has to fulfil, as CEL; empty for none.
inline Resource widget_definition(const std::string& group, const std::string& rule = "") {
  Resource out = manifest("", fmt::format(R"({{"apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition", "metadata": {{"name": "widgets.{0}"}}, "spec": {{"group": "{0}", "scope": "Namespaced",
      "names": {{"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}},
      "versions": [{{"name": "v1", "served": true, "storage": true, "schema": {{"openAPIV3Schema": {{"type": "object",
        "properties": {{"spec": {{"type": "object", "properties": {{"size": {{"type": "integer"}}}}}}}}}}}}}}]}}}})",
                                          group));
  if (!rule.empty())
    out.spec["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-validations"] =
        Json::array({Json{{"rule", rule}, {"message", "field is immutable"}}});
  return out;
}

inline ApiResource widgets_of(const std::string& group) {
  return {.group = group, .version = "v1", .kind = "Widget", .plural = "widgets", .namespaced = true};
}

inline Resource widget(const std::string& ns, const std::string& group, const std::string& name, int size = 1) {
  return manifest(ns, fmt::format(R"({{"apiVersion": "{}/v1", "kind": "Widget", "metadata": {{"name": "{}"}},
    "spec": {{"size": {}}}}})",
                                  group, name, size));
}

/// Until the server serves the kind.
inline void wait_for_widgets(Cluster& cluster, const std::string& group) {
  const ApiPath path = widgets_of(group).collection(cluster.ns);
  REQUIRE(eventually([&] { return cluster.admin.get(path, {}).has_value(); }));
}

}  // namespace cloudflow::testing
