// What is taken off an object that is left to itself.
#include "providers/kubernetes/ownership/unmarking.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {

const ApplySet shop{.application = "shop", .ns = "prod", .version = "1.0.0"};

Json live() {
  Json out = Json::parse(R"({"apiVersion": "v1", "kind": "Secret", "metadata": {
    "name": "a", "namespace": "prod", "uid": "u1", "resourceVersion": "7",
    "labels": {"app.kubernetes.io/managed-by": "cloudflow", "app.kubernetes.io/part-of": "shop"},
    "annotations": {"cloudflow/secret-values": "a", "mine": "b"},
    "managedFields": [
      {"manager": "cloudflow", "operation": "Apply", "fieldsV1": {"f:data": {}}},
      {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {"f:b": {}}}}]}})");
  out["metadata"]["labels"][std::string(part_of_label)] = shop.id();
  return out;
}

}  // namespace

TEST_CASE("only the mark goes, and what others manage stays theirs") {
  const Json patch = unmarking_patch(live(), shop);
  CHECK(patch == Json{{"metadata",
                       {{"uid", "u1"},
                        {"resourceVersion", "7"},
                        {"labels", {{std::string(part_of_label), nullptr}, {"app.kubernetes.io/managed-by", nullptr}}},
                        {"annotations", {{"cloudflow/secret-values", nullptr}}},
                        {"managedFields", Json::array({{{"manager", "kubectl"},
                                                        {"operation", "Update"},
                                                        {"fieldsV1", {{"f:data", {{"f:b", Json::object()}}}}}}})}}}});
}

TEST_CASE("where only we manage an object, nobody does afterwards") {
  Json object = live();
  object["metadata"]["managedFields"].erase(1);
  // An empty list would leave them as they are.
  CHECK(unmarking_patch(object, shop).at("metadata").at("managedFields") == Json::array({Json::object()}));
}

TEST_CASE("a label that says somebody else manages it stays, and so does what has no annotation of ours") {
  Json object = live();
  object["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "helm";
  object["metadata"].erase("annotations");
  const Json patch = unmarking_patch(object, shop);
  CHECK(patch.at("metadata").at("labels") == Json{{std::string(part_of_label), nullptr}});
  CHECK_FALSE(patch.at("metadata").contains("annotations"));
}

TEST_CASE("what has no mark of this set is left alone") {
  Json object = live();
  object["metadata"]["labels"][std::string(part_of_label)] = "applyset-other-v1";
  CHECK(unmarking_patch(object, shop).is_null());
  object["metadata"].erase("labels");
  CHECK(unmarking_patch(object, shop).is_null());
}
