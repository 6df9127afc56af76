#include "cli/pipeline/pod_read_check.h"

#include <catch2/catch_all.hpp>

#include "tests/support/fake_provider.h"
#include "tests/support/note_texts.h"

using namespace cloudflow;
using cloudflow::testing::FakeProvider;

namespace {

const ResourceId keys{"kubernetes", "Secret", "shop", "keys"};

/// A Deployment whose pods read the Secret "keys".
Resource reader() {
  Resource out{.id = {"kubernetes", "Deployment.apps", "shop", "a"}};
  out.spec = Json::parse(
      R"({"spec": {"template": {"spec": {"volumes": [{"name": "v", "secret": {"secretName": "keys"}}]}}}})");
  out.origins.set("", {"kubernetes/a.yaml", 3, 1});
  return out;
}

Plan plan_of(const Resource& changed) {
  Plan out;
  out.changes.push_back({.id = changed.id, .action = Action::update});
  return out;
}

}  // namespace

TEST_CASE("what pods read and is not there stops a plan that starts them", "[pod-reads]") {
  const std::vector<Resource> desired = {reader()};
  FakeProvider kubernetes("kubernetes");
  Plan plan = plan_of(desired.front());
  bool others_make = false;
  bool is_error = true;
  SECTION("it changes") {}
  SECTION("it stays as it is") {
    plan.changes.clear();
    is_error = false;
  }
  SECTION("its change is refused") {
    plan.changes.front().refused = "no";
    is_error = false;
  }
  SECTION("others may make it") {
    others_make = true;
    is_error = false;
  }
  const PodReadsFound found = look_at_pod_reads(desired, kubernetes, {});
  const auto checked = check_pod_reads(desired, found, others_make, plan.changes);
  REQUIRE(checked);
  const Diagnostics& problems = checked->problems;
  const std::string said = "pods of deployment/a read secret/keys of namespace \"shop\", which does not exist";
  if (is_error) {
    REQUIRE(problems.all().size() == 1);
    CHECK(problems.all().front().code == "pod-read-missing");
    CHECK(problems.all().front().message == said);
    CHECK(problems.all().front().where.text() == "kubernetes/a.yaml:3:1");
    CHECK(checked->notes.empty());
  } else {
    CHECK_FALSE(problems.has_errors());
    CHECK(testing::texts(checked->notes) == std::vector<std::string>{said});
  }
}

TEST_CASE("nothing is said of what pods read and is there, or may not be looked at", "[pod-reads]") {
  const std::vector<Resource> desired = {reader()};
  FakeProvider kubernetes("kubernetes");
  Plan plan = plan_of(desired.front());
  SECTION("it is there") { kubernetes.put(keys, Json::object()); }
  SECTION("it may not be looked at") { kubernetes.fail_readiness(keys, {ErrorKind::denied, "forbidden"}); }
  const auto checked = check_pod_reads(desired, look_at_pod_reads(desired, kubernetes, {}), false, plan.changes);
  REQUIRE(checked);
  CHECK(checked->problems.all().empty());
  CHECK(checked->notes.empty());
}

TEST_CASE("what could not be asked is not taken for there", "[pod-reads]") {
  const std::vector<Resource> desired = {reader()};
  FakeProvider kubernetes("kubernetes");
  kubernetes.fail_readiness(keys, {ErrorKind::unavailable, "connection refused"});
  Plan plan = plan_of(desired.front());
  const auto checked = check_pod_reads(desired, look_at_pod_reads(desired, kubernetes, {}), false, plan.changes);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message == "connection refused");
}
