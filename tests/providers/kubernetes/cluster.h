// A namespace of its own on a real API server, for one test.
#pragma once

#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "providers/kubernetes/api/api_client.h"
#include "providers/kubernetes/api/api_discovery.h"
#include "tests/providers/kubernetes/opened_cluster.h"
#include "tests/support/eventually.h"
#include "tests/support/kubebed.h"

namespace cloudflow::testing {

struct Cluster {
  explicit Cluster(std::string_view hint, bool with_namespace = true)
      : ns(fresh_space(hint)), admin(*read_kubeconfig(kubebed(), ""), real_clock()) {
    if (with_namespace) make({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}}}});
  }

  OpenedCluster open(const std::string& application = "shop", const std::string& as = "") const {
    return open_cluster({.kubeconfig = kubebed(), .as = as, .ns = ns, .application = application, .version = "1.0.0"},
                        real_clock());
  }

  static ApiResource resource(const std::string& kind) { return *well_known_resource(kind); }
  ApiPath path(const std::string& kind, const std::string& name) const { return resource(kind).object(ns, name); }

  /// As another tool would: a create with its own manager.
  void make(const Json& body, const std::string& manager = "kubectl") {
    const std::string api_version = body.at("apiVersion");
    const std::size_t slash = api_version.find('/');
    const std::string kind = body.at("kind").get<std::string>() +
                             (slash == std::string::npos ? "" : fmt::format(".{}", api_version.substr(0, slash)));
    const auto made = admin.create(resource(kind).collection(ns), body, {.manager = manager}, {});
    INFO((made ? "" : made.error().message));
    REQUIRE(made.has_value());
  }

  /// A change by hand.
  void edit(const std::string& kind, const std::string& name, const Json& patch,
            const std::string& manager = "kubectl") {
    const auto done = admin.merge_patch(path(kind, name), patch, {.manager = manager}, {});
    INFO((done ? "" : done.error().message));
    REQUIRE(done.has_value());
  }

  Json get(const std::string& kind, const std::string& name) {
    const auto object = admin.get(path(kind, name), {});
    INFO((object ? "" : object.error().message));
    REQUIRE(object.has_value());
    return *object;
  }

  std::string ns;
  ApiClient admin;
};

}  // namespace cloudflow::testing
