// What status tells of pods and Deployments that others have changed.
#include "providers/kubernetes/cluster/streamlet_status.h"

#include <catch2/catch_all.hpp>

#include "tests/providers/kubernetes/scripted_cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;

TEST_CASE("the image of a streamlet is that of its own container, wherever others put theirs", "[kubernetes]") {
  ScriptedCluster bench;
  const Json containers = {{{"name", "sidecar"}, {"image", "registry.example.com/sidecar:9"}},
                           {{"name", "shop-web"}, {"image", "registry.example.com/web:1"}}};
  const Json labels = {{"com.lightbend.cloudflow/app-id", "shop"},
                       {"com.lightbend.cloudflow/streamlet-name", "web"},
                       {"app.kubernetes.io/name", "shop-web"}};
  const Json spec = {{"containers", containers}};
  const Json deployment = {{"metadata", {{"name", "shop-web"}}},
                           {"spec", {{"template", {{"metadata", {{"labels", labels}}}, {"spec", spec}}}}}};
  const Json pod = {{"metadata", {{"name", "shop-web-1"}, {"labels", labels}}}, {"spec", spec}};
  const auto list = [](const Json& item) { return dump(Json{{"items", Json::array({item})}}); };
  bench.server.on("GET", "/apis/apps/v1/namespaces/shop/deployments?*", {{.body = list(deployment)}});
  bench.server.on("GET", "/api/v1/namespaces/shop/pods?*", {{.body = list(pod)}});
  bench.server.on("GET", "/version", {{.body = "{}"}});
  bench.server.on("GET", "/api/v1/namespaces/shop/events?*", {{.body = R"({"items": []})"}});
  const auto status = streamlet_status(*bench.provider.cluster, {});
  INFO((status ? "" : status.error().message));
  REQUIRE(status);
  REQUIRE(status->size() == 1);
  CHECK(status->front().image == "registry.example.com/web:1");
  REQUIRE(status->front().pods.size() == 1);
  CHECK(status->front().pods.front().image == "registry.example.com/web:1");
}
