// The ownership labels and the inventory object.
#include "providers/kubernetes/ownership/applyset.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {
const ApplySet set{.application = "shop", .ns = "prod", .version = "1.2.3"};
}

TEST_CASE("an ApplySet's id follows from its parent", "[kubernetes][applyset]") {
  // printf 'cloudflow-shop.prod.ConfigMap.' | openssl dgst -sha256 -binary | basenc --base64url
  CHECK(set.id() == "applyset-gDgOpewSVAFjtR-1cFrIIao2UAdmiioihr57mIYitOU-v1");
}

TEST_CASE("an inventory survives its object", "[kubernetes][applyset]") {
  Inventory inventory{.exists = true, .application = "shop"};
  inventory.topics["4L6g"] = {"a", "b"};
  inventory.resources = {{"kubernetes", "Secret", "prod", "a"}, {"kubernetes", "Deployment.apps", "other", "b"}};
  inventory.last = {{"commit", "3f2a91c"}, {"state", "applied"}};
  const Json parent = parent_body(inventory, set);
  CHECK(parent["metadata"]["annotations"] == Json::parse(R"({"applyset.kubernetes.io/tooling": "cloudflow/1.2.3",
    "applyset.kubernetes.io/contains-group-kinds": "Deployment.apps,Secret", "applyset.kubernetes.io/additional-namespaces": "other"})"));
  const auto read = read_parent(parent, set);
  REQUIRE(read.has_value());
  CHECK(read->exists);
  CHECK(read->application == "shop");
  CHECK(read->topics == inventory.topics);
  CHECK(read->resources == inventory.resources);
  CHECK(read->last == inventory.last);
}

TEST_CASE("a parent that is not ours is refused", "[kubernetes][applyset]") {
  Json parent = parent_body({}, set);
  SECTION("of another tool") {
    parent["metadata"]["annotations"]["applyset.kubernetes.io/tooling"] = "kubectl/v1.34";
    CHECK(read_parent(parent, set).error().message ==
          "configmap/cloudflow-shop belongs to another tool, \"kubectl/v1.34\"");
  }
  SECTION("of nobody") {
    parent["metadata"].erase("annotations");
    CHECK(read_parent(parent, set).error().message ==
          "configmap/cloudflow-shop exists and is not an inventory of cloudflow");
  }
  SECTION("of a newer version") {
    parent["data"]["inventory.json"] = R"({"format": 2})";
    const std::string words =
        "configmap/cloudflow-shop is in format 2, and this version, cloudflow/1.2.3, knows formats up to 1";
    CHECK(read_parent(parent, set).error().message == words);
    CHECK(read_parent(parent, set).error().hint == "use a newer version");
    parent["metadata"]["annotations"]["applyset.kubernetes.io/tooling"] = "cloudflow/1.3.0";
    CHECK(read_parent(parent, set).error().message == words);
    CHECK(read_parent(parent, set).error().hint == "use the version that wrote it: cloudflow/1.3.0");
  }
}

TEST_CASE("names that no topic can have are left out of the record", "[kubernetes][applyset]") {
  Json parent = parent_body({.topics = {{"c", {"orders"}}}, .topic_ids = {{"c", {{"orders", "id"}}}}}, set);
  const auto is_edited = [&] {
    bool edited = false;
    CHECK(read_parent(parent, set, &edited).has_value());
    return edited;
  };
  CHECK_FALSE(is_edited());
  const auto with_name = [&](const std::string& name) {
    parent["data"]["inventory.json"] = dump(Json{
        {"format", 1}, {"topics", {{"c", {"orders", name}}}}, {"topic_ids", {{"c", {{"orders", "id"}, {name, "x"}}}}}});
  };
  for (const std::string& name : {std::string(), std::string("../x"), std::string("."), std::string(250, 'a')}) {
    CAPTURE(name);
    with_name(name);
    CHECK(is_edited());
    const Inventory read = read_parent(parent, set).value();
    CHECK(read.topics == std::map<std::string, std::vector<std::string>>{{"c", {"orders"}}});
    CHECK(read.topic_ids.at("c").size() == 1);
  }
  with_name(std::string(249, 'a'));
  CHECK_FALSE(is_edited());
}

TEST_CASE("kinds of the annotation are searched even when the document lost them", "[kubernetes][applyset]") {
  Json parent = parent_body({.resources = {{"kubernetes", "Secret", "prod", "a"}}}, set);
  parent["data"].erase("inventory.json");
  CHECK(read_parent(parent, set)->resources == std::vector<ResourceId>{{"kubernetes", "Secret", "prod", ""}});
}

TEST_CASE("a manifest is applied with the label and without what the server sets", "[kubernetes][applyset]") {
  Resource desired{
      .id = {"kubernetes", "Secret", "prod", "a"},
      .spec = Json::parse(R"({"kind": "Secret", "metadata": {"name": "a", "uid": "x", "creationTimestamp": null},
                     "data": {"k": "b2xk"}, "stringData": {"k": "new"}, "status": {}})"),
      .secrets = {"/data/k"}};
  CHECK(applied_body(desired, set) == Json{{"kind", "Secret"},
                                           {"metadata",
                                            {{"name", "a"},
                                             {"namespace", "prod"},
                                             {"labels", {{"applyset.kubernetes.io/part-of", set.id()}}},
                                             {"annotations", {{"cloudflow/secret-values", "[\"/data/k\"]"}}}}},
                                           {"data", {{"k", "bmV3"}}}});
  desired.id = {"kubernetes", "Namespace", "", "prod"};
  desired.spec = Json::parse(R"({"metadata": {"name": "prod"}})");
  CHECK(applied_body(desired, set) == desired.spec);
}
