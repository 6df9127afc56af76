// The lock on a real API server.
#include "providers/kubernetes/lease.h"

#include "tests/kubernetes/cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;

TEST_CASE("a lock is given back although its last renewal was cut off", "[kubernetes][integration][lock]") {
  Cluster cluster("lease");
  const std::string kind = "Lease.coordination.k8s.io";
  {
    const auto lease = Lease::take(cluster.admin, real_clock(), cluster.space, "mine", "me", {});
    REQUIRE(lease.has_value());
    // Written by us, but without an answer: the version that we know is old.
    cluster.edit(kind, "mine", {{"spec", {{"renewTime", "2026-11-28T21:04:07.000000Z"}}}}, "cloudflow");
  }
  CHECK(cluster.admin.get(cluster.path(kind, "mine"), {}).error().kind == ErrorKind::not_found);
}

TEST_CASE("a lock that somebody else has taken is left alone", "[kubernetes][integration][lock]") {
  Cluster cluster("lease");
  const std::string kind = "Lease.coordination.k8s.io";
  {
    const auto lease = Lease::take(cluster.admin, real_clock(), cluster.space, "mine", "me", {});
    REQUIRE(lease.has_value());
    cluster.edit(kind, "mine", {{"spec", {{"acquireTime", "2026-11-28T21:04:07.000000Z"}}}}, "cloudflow");
  }
  CHECK(cluster.admin.get(cluster.path(kind, "mine"), {}).has_value());
}
