// `forget`: an application that nobody manages any more runs on as it was.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <map>
#include <thread>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "providers/kubernetes/api/kubeconfig.h"
#include "tests/e2e/faulty_run.h"
#include "tests/e2e/world.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kubebed.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* mark = "applyset.kubernetes.io/part-of";

std::map<std::string, Json> objects(const World& world) {
  std::map<std::string, Json> out;
  for (const auto& [api, plural] : application_kinds) {
    for (const Json& object : world.list(api, plural))
      out.emplace(fmt::format("{}/{}", plural, string_at(object, {"metadata", "name"})), object);
  }
  return out;
}

std::map<std::string, Json> marked(const World& world) {
  std::map<std::string, Json> out = objects(world);
  std::erase_if(out, [](const auto& one) { return find(one.second, {"metadata", "labels", mark}) == nullptr; });
  return out;
}

bool has_manager(const Json& object, std::string_view name) {
  const Json* managers = find(object, {"metadata", "managedFields"});
  return managers != nullptr &&
         std::ranges::any_of(*managers, [&](const Json& one) { return string_at(one, {"manager"}) == name; });
}

/// Without what tells whose it is, and without what its controllers write.
Json content(Json object) {
  object.erase("metadata");
  object.erase("status");
  return object;
}

bool topic_exists(const World& world, const std::string& id) {
  const auto admin = LibrdkafkaAdmin::open("default", World::brokers(), *client_properties({}));
  REQUIRE(admin);
  const std::vector<std::string> names{world.topic(id)};
  const auto answers = (*admin)->describe_topics(names, std::nullopt, {});
  REQUIRE(answers);
  return answers->at(0).has_value();
}

std::map<std::string, std::string> pods(const World& world) {
  std::map<std::string, std::string> out;
  for (const Json& pod : world.list("api/v1", "pods"))
    out.emplace(string_at(pod, {"metadata", "name"}), string_at(pod, {"metadata", "uid"}));
  return out;
}

}  // namespace

TEST_CASE("what is forgotten runs on untouched, and can be taken over again", "[e2e][servers][forget]") {
  World world("forget");
  CHECK_THAT(world.expect(0, {"forget", "--yes"}).errors, ContainsSubstring("Nothing here is managed as "));
  world.expect(0, {"apply", "--yes"});
  const std::map<std::string, Json> before = objects(world);
  const std::map<std::string, std::string> pods_before = pods(world);
  const std::map<std::string, Json> ours = marked(world);
  REQUIRE(ours.size() > 15);
  REQUIRE(pods_before.size() >= 6);

  const ProcessOutput unasked = world.expect(1, {"forget"});
  CHECK_THAT(unasked.output, ContainsSubstring("~ deployment/" + world.application() + "-generator") &&
                                 ContainsSubstring("4 topics stay as they are"));
  CHECK_THAT(unasked.errors, ContainsSubstring("pass --yes to forget without being asked"));
  CHECK(marked(world).size() == ours.size());

  const ProcessOutput done = world.expect(0, {"forget", "--yes", "--json"});
  const Json summary = Json::parse(done.output.substr(done.output.rfind('\n', done.output.size() - 2) + 1));
  CHECK(summary.at("type") == "summary");
  CHECK(summary.at("changed") == ours.size() - 1);  // the key of digests goes
  CHECK(summary.at("complete") == true);

  CHECK(marked(world).empty());
  const std::string own = "cloudflow-" + world.application();
  std::map<std::string, Json> after = objects(world);
  std::vector<std::string> gone;
  for (const auto& [name, object] : before) {
    const auto now = after.find(name);
    if (now == after.end()) {
      gone.push_back(name);
      continue;
    }
    INFO(name);
    CHECK(content(now->second) == content(object));
    CHECK(string_at(now->second, {"metadata", "uid"}) == string_at(object, {"metadata", "uid"}));
    CHECK(int_at(now->second, {"metadata", "generation"}) == int_at(object, {"metadata", "generation"}));
    CHECK_FALSE(has_manager(now->second, "cloudflow"));
    CHECK(find(now->second, {"metadata", "annotations", "cloudflow/secret-values"}) == nullptr);
  }
  CHECK(gone.size() == 3);  // record, history and key; the lease is gone between runs
  CHECK_FALSE(after.contains("configmaps/" + own));
  CHECK(std::ranges::none_of(after, [](const auto& one) { return one.first.starts_with("leases/"); }));
  CHECK(pods(world) == pods_before);
  for (const char* topic : {"call-records", "valid-records", "invalid-records", "call-stats"})
    CHECK(topic_exists(world, topic));
  CHECK_THAT(world.expect(0, {"forget", "--yes"}).errors, ContainsSubstring("Nothing here is managed as "));

  const ProcessOutput plan = world.run({"plan"});
  CHECK_THAT(plan.output, ContainsSubstring("it exists already and is not this application's; to take it over: "
                                            "cloudflow adopt deployment/" +
                                            world.application() + "-generator"));
  world.expect(0, {"adopt", "*/*", "--yes"});
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  CHECK(marked(world).size() == ours.size());
  world.expect(0, {"destroy", "--yes", "--delete-topics"});
  CHECK(marked(world).empty());
}

TEST_CASE("killed at any write, forget is ended by the next", "[e2e][servers][forget][kill]") {
  KafkaProxy kafka;  // nothing is asked of it
  KafkaDesk desk(kafka);
  const Result<ClusterAccess> access = read_kubeconfig(kubebed(), "");
  REQUIRE(access);
  Servers servers{access->server, access->tls, desk};
  World world("forget-kill");
  world.expect(0, {"apply", "--yes"});
  const std::string record = "configmaps/cloudflow-" + world.application();
  int killed = 0;
  // With each run fewer writes are left, so the last ones are reached by killing near the end, too.
  for (const int nth : {6, 9, 4, 3, 2, 4, 5, 2}) {
    FaultyRun run(
        servers, "forget",
        {{.what = nth % 2 == 0 ? Mishap::What::kill : Mishap::What::kill_after, .nth = nth, .at_write = true}});
    const std::string kubeconfig = world.write_beside("kill.kubeconfig", run.proxy().kubeconfig());
    REQUIRE(run.start(world.request({"forget", "--yes", "--lock-timeout", "90s"}), kubeconfig));
    const auto until = std::chrono::steady_clock::now() + 5min;
    while (!run.status()) {
      REQUIRE(std::chrono::steady_clock::now() < until);
      run.look();
      std::this_thread::sleep_for(5ms);  // a poll with a deadline
    }
    INFO(run.printed());
    if (run.was_killed()) ++killed;
    // What still has the mark would be lost without the record.
    if (!marked(world).empty()) CHECK(objects(world).contains(record));
    if (!objects(world).contains(record)) break;
  }
  CHECK(killed >= 3);
  world.expect(0, {"forget", "--yes", "--lock-timeout", "90s"});
  CHECK(marked(world).empty());
  CHECK_FALSE(objects(world).contains(record));
  CHECK(world.list("apis/apps/v1", "deployments").size() == 6);
}
