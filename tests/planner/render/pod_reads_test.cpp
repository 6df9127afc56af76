#include "planner/render/pod_reads.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {

Resource resource(const char* kind, const char* name, const char* spec = "{}") {
  return {.id = {"kubernetes", kind, "shop", name}, .spec = Json::parse(spec)};
}

std::vector<std::string> texts(const std::vector<Resource>& desired) {
  std::vector<std::string> out;
  for (const PodRead& read : pod_reads(desired))
    out.push_back(read.reader->id.text() + " reads " + read.what.text() + " at " + read.pointer);
  return out;
}

}  // namespace

TEST_CASE("what pods cannot start without is found in volumes and environment variables", "[render]") {
  const Resource web = resource("Deployment.apps", "web", R"({"spec": {"template": {"spec": {
    "volumes": [{"name": "a", "configMap": {"name": "map"}}, {"name": "b", "secret": {"secretName": "key"}},
      {"name": "c", "projected": {"sources": [{"secret": {"name": "part"}}, {"configMap": {"name": "map"}}]}},
      {"name": "d", "configMap": {"name": "maybe", "optional": true}}, {"name": "e", "emptyDir": {}},
      {"name": "f", "persistentVolumeClaim": {"claimName": "disk"}}], "serviceAccountName": "robot",
    "initContainers": [{"envFrom": [{"secretRef": {"name": "early"}}]}],
    "containers": [{"env": [{"name": "A", "value": "b"}, {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "var", "key": "k"}}},
      {"name": "Y", "valueFrom": {"secretKeyRef": {"name": "soft", "key": "k", "optional": true}}}],
      "envFrom": [{"configMapRef": {"name": "all"}}]}]}}}})");
  CHECK(
      texts({web}) ==
      std::vector<std::string>{
          "deployment/web reads serviceaccount/robot at /spec/template/spec/serviceAccountName",
          "deployment/web reads configmap/map at /spec/template/spec/volumes/0/configMap/name",
          "deployment/web reads secret/key at /spec/template/spec/volumes/1/secret/secretName",
          "deployment/web reads secret/part at /spec/template/spec/volumes/2/projected/sources/0/secret/name",
          "deployment/web reads persistentvolumeclaim/disk at "
          "/spec/template/spec/volumes/5/persistentVolumeClaim/claimName",
          "deployment/web reads secret/early at /spec/template/spec/initContainers/0/envFrom/0/secretRef/name",
          "deployment/web reads configmap/var at /spec/template/spec/containers/0/env/1/valueFrom/configMapKeyRef/name",
          "deployment/web reads configmap/all at /spec/template/spec/containers/0/envFrom/0/configMapRef/name"});
}

TEST_CASE("claims that a StatefulSet makes for its pods need not be there", "[render]") {
  const Resource set = resource("StatefulSet.apps", "db", R"({"spec": {"volumeClaimTemplates": [
    {"metadata": {"name": "data"}}]}})");
  const auto reader = [](const char* claim) {
    return resource(
        "Pod", "p",
        fmt::format(R"({{"spec": {{"volumes": [{{"persistentVolumeClaim": {{"claimName": "{}"}}}}]}}}})", claim)
            .c_str());
  };
  CHECK(texts({set, reader("data-db-0")}).empty());
  CHECK(texts({set, reader("logs-db-0")}).size() == 1);
  CHECK(texts({reader("data-db-0")}).size() == 1);
}

TEST_CASE("classes of pods are looked for, which no namespace holds", "[render]") {
  const std::vector<Resource> all{
      resource("Pod", "p", R"({"spec": {"priorityClassName": "high", "runtimeClassName": "kata"}})")};
  CHECK(texts(all) == std::vector<std::string>{"pod/p reads priorityclass/high at /spec/priorityClassName",
                                               "pod/p reads runtimeclass/kata at /spec/runtimeClassName"});
  CHECK(std::ranges::all_of(pod_reads(all), [](const PodRead& read) { return read.what.scope.empty(); }));
}

TEST_CASE("the account that every namespace has is not looked for", "[render]") {
  CHECK(texts({resource("Pod", "p", R"({"spec": {"serviceAccountName": "default"}})")}).empty());
}

TEST_CASE("a name from the environment is not said of what pods read", "[render]") {
  std::vector<Resource> all{
      resource("Pod", "p",
               R"({"spec": {"volumes": [{"secret": {"secretName": "hidden"}}, {"secret": {"secretName": "open"}}]}})")};
  all[0].secrets = {"/spec/volumes/0/secret/secretName"};
  const std::vector<PodRead> reads = pod_reads(all);
  REQUIRE(reads.size() == 2);
  CHECK(printable_name(reads[0]) == "secret/(secret)");
  CHECK(printable_name(reads[1]) == "secret/open");
}

TEST_CASE("what the application makes itself has not to be there", "[render]") {
  const char* const job = R"({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [
    {"envFrom": [{"secretRef": {"name": "own"}}, {"secretRef": {"name": "other"}}]}]}}}}}})";
  CHECK(texts({resource("CronJob.batch", "night", job), resource("Secret", "own")}) ==
        std::vector<std::string>{"cronjob/night reads secret/other at "
                                 "/spec/jobTemplate/spec/template/spec/containers/0/envFrom/1/secretRef/name"});
  CHECK(texts({resource("Service", "s", R"({"spec": {"volumes": [{"secret": {"secretName": "x"}}]}})")}).empty());
}

TEST_CASE("only kinds that somebody else defined may make further objects", "[render]") {
  const auto may = [](const char* kind) { return may_make_others(std::vector{resource(kind, "a")}); };
  CHECK(may("ExternalSecret.external-secrets.io"));
  CHECK_FALSE(may("Secret"));
  CHECK_FALSE(may("Deployment.apps"));
  CHECK_FALSE(may("Ingress.networking.k8s.io"));
  CHECK_FALSE(may("Role.rbac.authorization.k8s.io"));
}
