// A provider on an API server that says what a test wants.
#pragma once

#include <catch2/catch_all.hpp>

#include "tests/providers/kubernetes/opened_cluster.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_server.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

/// Application "shop" in namespace "shop".
struct ScriptedCluster {
  FaultServer server{};
  FakeClock clock{};
  TempFolder folder{};
  OpenedCluster provider{};

  ScriptedCluster() {
    folder.write("config",
                 R"({"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
      "users": [{"name": "u", "user": {"token": "t"}}], "clusters": [{"name": "c", "cluster": {"server": ")" +
                     server.url() + R"("}}]})");
    provider = open_cluster({.kubeconfig = folder.path("config"), .ns = "shop", .application = "shop"}, clock);
  }
};

}  // namespace cloudflow::testing
