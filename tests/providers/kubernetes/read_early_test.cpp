// What is asked for before the record is known, and when it may be used.
#include "providers/kubernetes/ownership/applyset.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/scripted_cluster.h"
#include "tests/support/eventually.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

const std::string in_shop = "/api/v1/namespaces/shop";
const std::string record_path = in_shop + "/configmaps/cloudflow-shop";
const std::string lists = in_shop + "/configmaps?*";

FaultAnswer missing() { return {.status = 404, .body = status_body(404, "NotFound", "not found")}; }

FaultAnswer record(const std::string& version) {
  Json out =
      parent_body({.exists = true, .application = "shop", .resources = {{"kubernetes", "ConfigMap", "shop", ""}}},
                  {.application = "shop", .ns = "shop"});
  out["metadata"]["resourceVersion"] = version;
  return {.body = dump(out)};
}

FaultAnswer list(const std::string& version, const std::vector<std::string>& names) {
  Json items = Json::array();
  for (const std::string& name : names) items.push_back({{"metadata", {{"name", name}}}});
  return {.body = dump(
              {{"kind", "ConfigMapList"}, {"metadata", {{"resourceVersion", version}}}, {"items", std::move(items)}})};
}

std::vector<std::string> names_of(const Result<std::vector<Live>>& live) {
  REQUIRE(live);
  std::vector<std::string> out;
  for (const Live& one : *live) out.push_back(one.id.text());
  return out;
}

}  // namespace

TEST_CASE("a list from before the record is used where it is as new as that", "[kubernetes]") {
  struct Row {
    std::string list_version;
    FaultAnswer record_answer;
    std::vector<std::string> early;
    int asked;
  };
  const Row row = GENERATE(values<Row>({
      {"20", record("20"), {}, 1},
      {"21", record("20"), {}, 1},
      {"100", record("20"), {}, 1},
      {"19", record("20"), {}, 2},    // what was made between the two is not in it
      {"9", record("20"), {}, 2},     //
      {"new", record("old"), {}, 2},  // nobody knows
      {"", record("20"), {}, 2},      //
      {"20", missing(), {}, 1},       // nothing was made before, and nothing since
      {"20", missing(), {"b"}, 2},    // a destroy may have come between
  }));
  ScriptedCluster bed;
  bed.server.on("GET", record_path, {row.record_answer});
  bed.server.on("GET", lists, {list(row.list_version, row.early), list("200", {"a"})});
  const std::vector<Resource> desired = {config_map("shop", "a")};
  bed.provider->read_early(desired, false, {});
  REQUIRE(eventually([&] { return bed.server.count("GET", lists) == 1; }));
  const Result<Inventory> inventory = bed.provider.record().read({});
  REQUIRE(inventory);
  // Without a record all that is found is looked into: no more is asked of this server.
  if (inventory->exists || row.asked == 1) {
    const std::vector<std::string> seen = names_of(bed.provider->read(desired, *inventory, {}));
    CHECK(seen == (row.asked == 1 ? std::vector<std::string>{} : std::vector<std::string>{"configmap/a"}));
  } else {
    static_cast<void>(bed.provider->read(desired, *inventory, {}));
  }
  CHECK(bed.server.count("GET", lists) == row.asked);
}

TEST_CASE("lists by the record and lists from before it are not asked for twice", "[kubernetes]") {
  ScriptedCluster bed;
  bed.server.on("GET", record_path, {record("20")});
  bed.server.on("GET", lists, {list("30", {"a"})});
  const std::vector<Resource> desired = {config_map("shop", "a")};
  const Result<Inventory> inventory = bed.provider.record().read({});
  REQUIRE(inventory);
  const bool record_first = GENERATE(true, false);
  if (record_first) bed.provider->read_ahead(*inventory, {});
  bed.provider->read_early(desired, false, {});
  if (!record_first) bed.provider->read_ahead(*inventory, {});
  CHECK(names_of(bed.provider->read(desired, *inventory, {})) == std::vector<std::string>{"configmap/a"});
  CHECK(bed.server.count("GET", lists) == 1);
  // The next one asks anew.
  CHECK(names_of(bed.provider->read(desired, *inventory, {})) == std::vector<std::string>{"configmap/a"});
  CHECK(bed.server.count("GET", lists) == 2);
}

TEST_CASE("what was asked for before the record is forgotten with all that was read ahead", "[kubernetes]") {
  ScriptedCluster bed;
  bed.server.on("GET", record_path, {record("20")});
  bed.server.on("GET", lists, {list("30", {"old"}), list("40", {"a"})});
  const std::vector<Resource> desired = {config_map("shop", "a")};
  bed.provider->read_early(desired, true, {});
  REQUIRE(eventually([&] { return bed.server.count("GET", lists) == 1; }));
  bed.provider->forget_read_ahead();
  const Result<Inventory> inventory = bed.provider.record().read({});
  REQUIRE(inventory);
  CHECK(names_of(bed.provider->read(desired, *inventory, {})) == std::vector<std::string>{"configmap/a"});
}

TEST_CASE("a list that could not be had before the record is not tried all over again", "[kubernetes]") {
  ScriptedCluster bed;
  bed.server.on("GET", record_path, {record("20")});
  bed.server.on("GET", lists, {{.status = 403, .body = status_body(403, "Forbidden", "configmaps is forbidden")}});
  const std::vector<Resource> desired = {config_map("shop", "a")};
  bed.provider->read_early(desired, false, {});
  const Result<Inventory> inventory = bed.provider.record().read({});
  REQUIRE(inventory);
  const auto live = bed.provider->read(desired, *inventory, {});
  REQUIRE_FALSE(live);
  CHECK(live.error().kind == ErrorKind::denied);
  CHECK(bed.server.count("GET", lists) == 1);
}

TEST_CASE("nothing is asked for by name in a namespace that is missing", "[kubernetes]") {
  ScriptedCluster bed;
  const std::string ns = "/api/v1/namespaces/shop";
  bed.server.on("GET", lists, {list("30", {})});
  const std::vector<Resource> desired = {
      {.id = {"kubernetes", "Namespace", "", "shop"},
       .spec = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "shop"}}}}},
      config_map("shop", "a")};
  SECTION("where there is no record") {
    bed.server.on("GET", record_path, {missing()});
    bed.server.on("GET", ns, {missing()});
    bed.provider->read_early(desired, false, {});
    const Result<Inventory> inventory = bed.provider.record().read({});
    REQUIRE(inventory);
    CHECK(names_of(bed.provider->read(desired, *inventory, {})).empty());
    CHECK(bed.server.count("GET", ns) == 1);
    CHECK(bed.server.count("GET", in_shop + "/configmaps/a") == 0);
    CHECK(bed.server.count("GET", in_shop + "/secrets/*") == 0);
    // The plan will hold its manifests against these, as no dry run is possible.
    CHECK(eventually([&] { return bed.server.count("GET", "/openapi/v3/api/v1") == 1; }));
  }
  SECTION("but a record says that it is there by now") {
    bed.server.on("GET", record_path, {record("20")});
    bed.server.on("GET", ns, {missing(), {.body = R"({"metadata": {"name": "shop"}})"}});
    bed.server.on("GET", in_shop + "/configmaps/a", {{.body = R"({"metadata": {"name": "a"}})"}});
    bed.provider->read_early(desired, false, {});
    REQUIRE(eventually([&] { return bed.server.count("GET", ns) == 1; }));
    const Result<Inventory> inventory = bed.provider.record().read({});
    REQUIRE(inventory);
    CHECK(names_of(bed.provider->read(desired, *inventory, {})) ==
          std::vector<std::string>{"configmap/a", "namespace/shop"});
  }
}
