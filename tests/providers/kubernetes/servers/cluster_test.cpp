// What the command line asks of a real cluster beside the provider: lock, record, facts.
#include "providers/kubernetes/cluster/cluster.h"

#include <catch2/catch_all.hpp>

#include "providers/kubernetes/cluster/facts.h"
#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"

using namespace cloudflow;
using namespace cloudflow::testing;

TEST_CASE("the inventory is kept in the cluster", "[kubernetes][servers]") {
  const Cluster cluster("inventory");
  const auto provider = cluster.open();
  const auto none = provider.record().read({});
  REQUIRE(none.has_value());
  CHECK_FALSE(none->exists);
  Inventory inventory = inventory_of({config_map(cluster.ns, "a")});
  inventory.application = "shop";
  inventory.topics["c1"] = {"t1", "t2"};
  inventory.last = {{"state", "applying"}};
  REQUIRE(provider.record().write(inventory, {}).has_value());
  inventory.last = {{"state", "applied"}};
  REQUIRE(provider.record().write(inventory, {}).has_value());
  const auto kept = provider.record().read({});
  REQUIRE(kept.has_value());
  CHECK(kept->exists);
  CHECK(kept->topics == inventory.topics);
  CHECK(kept->resources == inventory.resources);
  CHECK(kept->last == inventory.last);
  REQUIRE(provider.record().remove({}).has_value());
  REQUIRE(provider.record().remove({}).has_value());
  CHECK_FALSE(provider.record().read({})->exists);
}

TEST_CASE("the record of another run is never overwritten", "[kubernetes][servers][lock]") {
  Cluster cluster("record");
  const auto text = [&] { return string_at(cluster.get("ConfigMap", "cloudflow-shop"), {"data", "inventory.json"}); };
  const auto about = [](const std::string& commit) { return Inventory{.last = {{"commit", commit}}}; };
  const auto old_run = cluster.open();
  REQUIRE(old_run.lock().take({.who = "ann@laptop"}, {}).has_value());
  REQUIRE_FALSE(old_run.record().read({})->exists);

  SECTION("one that was made meanwhile") {
    REQUIRE(cluster.open().record().write(about("new"), {}).has_value());
    const auto refused = old_run.record().write(about("old"), {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::conflict);
    CHECK(refused.error().message.starts_with(
        "record the inventory: another run has written the record of what is deployed (configmap/cloudflow-shop)"));
    CHECK(text().find("new") != std::string::npos);
  }
  SECTION("one that was changed meanwhile") {
    REQUIRE(old_run.record().write(about("old"), {}).has_value());
    const auto second = cluster.open();
    REQUIRE(second.record().read({}).has_value());
    REQUIRE(second.record().write(about("new"), {}).has_value());
    CHECK_FALSE(old_run.record().write(about("old again"), {}).has_value());
    CHECK_FALSE(old_run.record().remove({}).has_value());
    CHECK(text().find("new") != std::string::npos);
  }
  SECTION("one that was removed meanwhile") {
    REQUIRE(old_run.record().write(about("old"), {}).has_value());
    const auto second = cluster.open();
    REQUIRE(second.record().read({}).has_value());
    REQUIRE(old_run.record().remove({}).has_value());
    const auto refused = second.record().write(about("new"), {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message ==
          "record the inventory: the record of what is deployed (configmap/cloudflow-shop) was removed since this run "
          "read it");
  }
  SECTION("a label on it is no other record") {
    REQUIRE(old_run.record().write(about("old"), {}).has_value());
    cluster.edit("ConfigMap", "cloudflow-shop", {{"metadata", {{"labels", {{"theirs", "x"}}}}}});
    CHECK(old_run.record().write(about("old again"), {}).has_value());
    CHECK(string_at(cluster.get("ConfigMap", "cloudflow-shop"), {"metadata", "annotations", "cloudflow/written-by"})
              .starts_with("ann@laptop, process "));
    CHECK(string_at(cluster.get("ConfigMap", "cloudflow-shop"),
                    {"metadata", "annotations", "cloudflow/lock-transitions"}) == "1");
  }
}

TEST_CASE("the lock is held by one and given back", "[kubernetes][servers][lock]") {
  {
    // The lock is taken before anybody agreed to anything, so it never makes the namespace.
    Cluster absent("nowhere", false);
    const auto early = absent.open().lock().take({.who = "ann@laptop"}, {});
    REQUIRE_FALSE(early.has_value());
    CHECK(early.error().kind == ErrorKind::not_found);
  }
  Cluster cluster("lock");
  const auto one = cluster.open();
  const auto two = cluster.open();
  REQUIRE(one.lock().take({.who = "ann@laptop"}, {}).has_value());
  const auto refused = two.lock().take({.who = "ann@laptop"}, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(refused.error().message.starts_with("locked by \"ann@laptop, process "));
  one.lock().give_back();
  REQUIRE(two.lock().take({.who = "bob@ci"}, {}).has_value());

  SECTION("it can be taken away, and whoever lost it writes nothing more") {
    const std::stop_token lost = two.lock().lost();
    CHECK_FALSE(lost.stop_requested());
    const auto seen = one.lock().holder({});
    REQUIRE(seen.has_value());
    REQUIRE(seen->has_value());
    CHECK((*seen)->holder.starts_with("bob@ci, process "));
    CHECK_FALSE((*seen)->is_dead);
    CHECK(one.lock().is_at_work(**seen, {}).value());
    REQUIRE(one.lock().take_away_from(**seen, {}).has_value());
    CHECK(testing::eventually([&] { return lost.stop_requested(); }));
    CHECK(one.lock().holder({})->has_value() == false);
    const std::vector<Change> changes = plan(*two, {config_map(cluster.ns, "late")});
    const auto late = two->apply(changes[0], {});
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().message ==
          "apply configmap \"late\" in namespace \"" + cluster.ns + "\": the lock of this run was taken away");
    std::string said;
    CHECK(one.lock().take({.who = "ann@laptop", .say = [&](const std::string& line) { said = line; }}, {}).has_value());
    CHECK(said == "The lock was taken away from " + quote((*seen)->holder) +
                      ", which may still be writing: waiting for 15 seconds.");
    CHECK_FALSE(two.lock().take_away_from(**seen, {}).has_value());  // it has another holder now
  }
}

TEST_CASE("facts are read from the namespace", "[kubernetes][servers]") {
  Cluster cluster("facts");
  const auto provider = cluster.open();
  cluster.make(
      Json::parse(R"({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cloudflow-kafka-cluster-main",
    "labels": {"cloudflow.lightbend.com/kafka-cluster-name": "main"}}, "stringData": {"secret.conf": "bootstrap.servers = k:9092"}})"));
  cluster.make(Json::parse(R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
    "spec": {"accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "resources": {"requests": {"storage": "1Gi"}}}})"));
  const auto clusters = kafka_clusters(*provider.cluster, "", {}, {});
  REQUIRE(clusters.has_value());
  CHECK(clusters->size() == 1);
  CHECK(clusters->at("main").reveal() == "bootstrap.servers = k:9092");
  // Another namespace has two: one of the same name, and one that only it has.
  Cluster elsewhere("facts");
  for (const char* name : {"main", "far"}) {
    elsewhere.make({{"apiVersion", "v1"},
                    {"kind", "Secret"},
                    {"metadata",
                     {{"name", std::string("cloudflow-kafka-cluster-") + name},
                      {"labels", {{"cloudflow.lightbend.com/kafka-cluster-name", name}}}}},
                    {"stringData", {{"secret.conf", "bootstrap.servers = other:9092"}}}});
  }
  const auto both = kafka_clusters(*provider.cluster, elsewhere.ns, {"main"}, {});
  REQUIRE(both.has_value());
  CHECK(both->size() == 2);
  CHECK(both->at("main").reveal() == "bootstrap.servers = k:9092");
  CHECK(both->at("far").reveal() == "bootstrap.servers = other:9092");
  // Seen from a third one, "main" means two clusters: a mistake for those who use it only.
  Cluster third("facts");
  const auto stranger = third.open();
  const auto all = kafka_clusters(*stranger.cluster, "*", {"far"}, {});
  REQUIRE(all.has_value());
  CHECK(!all->contains("main"));
  const auto two = kafka_clusters(*stranger.cluster, "*", {"main"}, {});
  REQUIRE(!two.has_value());
  CHECK(two.error().message.starts_with("Kafka cluster \"main\" is described differently in namespaces \"facts-"));
  CHECK(two.error().hint == "name the namespace whose cluster secrets are meant");
  CHECK(*claims(*provider.cluster, {}) == std::map<std::string, std::string>{{"c", "ReadWriteOnce,ReadOnlyMany"}});
  CHECK(secret_value(*provider.cluster, "cloudflow-kafka-cluster-main", "secret.conf", {})->reveal() ==
        "bootstrap.servers = k:9092");
  const auto wrong = secret_value(*provider.cluster, "cloudflow-kafka-cluster-main", "secret.cnf", {});
  CHECK(wrong.error().message ==
        "secret \"cloudflow-kafka-cluster-main\" in namespace \"" + cluster.ns + "\" has no key \"secret.cnf\"");
  CHECK(wrong.error().hint == "did you mean \"secret.conf\"?");
}
