// The application of tests/fixtures/original/sensors on the real servers.
#include "tests/e2e/sensors.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "sdk/support/text.h"
#include "tests/support/eventually.h"
#include "tests/support/kubebed.h"

namespace cloudflow::testing {
namespace {

ApiClient& admin() {
  static const std::unique_ptr<ApiClient> client = [] {
    const Result<ClusterAccess> access = read_kubeconfig(kubebed(), "");
    REQUIRE(access);
    return std::make_unique<ApiClient>(*access, real_clock());
  }();
  return *client;
}

std::string fixture(const std::string& file) {
  std::ifstream in(std::string(CLOUDFLOW_SOURCE_DIR) + "/tests/fixtures/original/sensors/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

const std::string applications = "/apis/cloudflow.lightbend.com/v1alpha1/namespaces/{}/cloudflowapplications";

/// The definition of Cloudflow 2's resource, as far as these tests need it; several processes may make it.
void ensure_definition() {
  const Json open = {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  const Json schema = {{"type", "object"}, {"properties", {{"spec", open}, {"status", open}}}};
  const Json version = {{"name", "v1alpha1"},
                        {"served", true},
                        {"storage", true},
                        {"subresources", {{"status", Json::object()}}},
                        {"schema", {{"openAPIV3Schema", schema}}}};
  const Json body = {
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "CustomResourceDefinition"},
      {"metadata", {{"name", "cloudflowapplications.cloudflow.lightbend.com"}}},
      {"spec",
       {{"group", "cloudflow.lightbend.com"},
        {"scope", "Namespaced"},
        {"names",
         {{"plural", "cloudflowapplications"}, {"singular", "cloudflowapplication"}, {"kind", "CloudflowApplication"}}},
        {"versions", Json::array({version})}}}};
  const auto made =
      admin().create({"/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "definition"}, body, {}, {});
  if (!made) REQUIRE(made.error().kind == ErrorKind::conflict);
  REQUIRE(eventually([] { return !read_path(fmt::format(fmt::runtime(applications), "default")).is_null(); }));
}

/// Where objects of a kind are made.
std::string collection(const std::string& kind, const std::string& ns) {
  static const std::map<std::string, std::string> groups = {
      {"Deployment", "apis/apps/v1"},
      {"Role", "apis/rbac.authorization.k8s.io/v1"},
      {"RoleBinding", "apis/rbac.authorization.k8s.io/v1"},
      {"CloudflowApplication", "apis/cloudflow.lightbend.com/v1alpha1"}};
  const auto found = groups.find(kind);
  return fmt::format("/{}/namespaces/{}/{}s", found == groups.end() ? "api/v1" : found->second, ns, lower(kind));
}

}  // namespace

Json create_as(const std::string& manager, const std::string& path, const Json& body) {
  const auto made = admin().create({path, path}, body, {.manager = manager}, {});
  if (!made) FAIL(path << ": " << made.error().message);
  return *made;
}

Json read_path(const std::string& path) {
  const auto found = admin().get({path, path}, {});
  return found ? *found : Json();
}

bool delete_path(const std::string& path) { return admin().remove({path, path}, {}, {}).has_value(); }

Sensors::Sensors(World& world) : world_(world) {
  const std::string ns = world.ns();
  world.create("api/v1", "namespaces", {{"metadata", {{"name", ns}}}}, "");
  for (const auto& [claim, mode] : {std::pair("pvc-data", "ReadWriteMany"), std::pair("pvc-ref", "ReadOnlyMany")}) {
    world.create(
        "api/v1", "persistentvolumeclaims",
        {{"metadata", {{"name", claim}}},
         {"spec", {{"accessModes", Json::array({mode})}, {"resources", {{"requests", {{"storage", "1Mi"}}}}}}}},
        ns);
  }
  world.create("api/v1", "secrets",
               {{"metadata",
                 {{"name", "cloudflow-kafka-cluster-default"},
                  {"labels", {{"cloudflow.lightbend.com/kafka-cluster-name", "default"}}}}},
                {"stringData",
                 {{"secret.conf", fmt::format("bootstrap.servers = \"{}\"\npartitions = 3\nreplicas = 1\n"
                                              "connection-config {{}}\nproducer-config {{}}\nconsumer-config {{}}\n",
                                              World::brokers())}}}},
               ns);
  // Its pods mount it.
  world.create("api/v1", "secrets", {{"metadata", {{"name", "my-secret"}}}, {"stringData", {{"key", "value"}}}}, ns);
  // What is wrong with a cluster that the application does not use is nothing to it.
  world.create("api/v1", "secrets",
               {{"metadata",
                 {{"name", "cloudflow-kafka-cluster-theirs"},
                  {"labels", {{"cloudflow.lightbend.com/kafka-cluster-name", "theirs"}}}}},
                {"stringData", {{"secret.conf", "bootstrap.servers = broken:9092:"}}}},
               ns);
  world.write("app.json", with_own_names(fixture("app.json")));
  world.write("app.conf", with_own_names(fixture("app.conf")));
  recording_ = Json::parse(with_own_names(fixture("recorded.json")));
}

std::string Sensors::with_own_names(std::string text) const {
  for (const char* name : {"good-real", "raw-v2", "bad-topic"}) replace_all(text, name, topic(name));
  replace_all(text, "127.0.0.1:59997", World::brokers());
  // The blueprint leaves this one to others, who are not here.
  replace_all(text, "\"managed\": false", "\"managed\": true");
  return text;
}

ProcessOutput Sensors::cloudflow2(int status, std::vector<std::string> arguments, const std::string& input) const {
  const std::filesystem::path program = std::filesystem::path(binary()).replace_filename("kubectl-cloudflow");
  const std::string command = fmt::format("kubectl-cloudflow {}", fmt::join(arguments, " "));
  arguments.insert(arguments.begin(), program.string());
  for (const char* option : {"--namespace", "--operator-namespace"}) {
    arguments.emplace_back(option);
    arguments.push_back(world_.ns());
  }
  const auto output = run_process({.command = std::move(arguments),
                                   .environment = {{"KUBECONFIG", world_.kubeconfig()}},
                                   .directory = world_.folder(),
                                   .input = input,
                                   .deadline = std::chrono::minutes(3)},
                                  {});
  REQUIRE(output);
  INFO(command << "\n" << output->output << output->errors);
  REQUIRE(output->status == status);
  return *output;
}

ProcessOutput Sensors::deploy(std::vector<std::string> more) const {
  std::vector<std::string> arguments = {"deploy",
                                        "app.json",
                                        "--no-registry-credentials",
                                        "--volume-mount",
                                        "proc.data=pvc-data",
                                        "--volume-mount",
                                        "proc.ref=pvc-ref",
                                        "--conf",
                                        "app.conf"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return cloudflow2(0, std::move(arguments));
}

Json Sensors::recorded(const std::string& kind, const std::string& name) const {
  for (const Json& object : recording_.at("objects")) {
    if (object.at("kind") == kind && object.at("metadata").at("name") == name) return object;
  }
  return {};
}

void Sensors::make_as_original() {
  ensure_definition();
  const std::string ns = world_.ns();
  Json application = recorded("CloudflowApplication", "sensors");
  application["metadata"]["namespace"] = ns;
  application.erase("status");
  const std::string uid =
      string_at(create_as("okhttp", collection("CloudflowApplication", ns), application), {"metadata", "uid"});
  for (Json object : recording_.at("objects")) {
    const std::string kind = object.at("kind");
    if (kind == "CloudflowApplication" || kind == "Namespace") continue;
    Json& metadata = object["metadata"];
    metadata["namespace"] = ns;
    if (metadata.contains("ownerReferences")) metadata["ownerReferences"][0]["uid"] = uid;
    if (metadata["labels"].contains("com.lightbend.cloudflow/created-at"))
      metadata["labels"]["com.lightbend.cloudflow/created-at"] = "1700000000000";
    if (kind == "Secret") {
      for (const auto& [key, document] : object.at("decoded").items())
        object["data"][key] = to_base64(document.is_string() ? document.get<std::string>() : document.dump());
      object.erase("decoded");
    }
    if (kind == "Deployment") object["spec"]["template"]["metadata"]["namespace"] = ns;
    if (kind == "RoleBinding") object["subjects"][0]["namespace"] = ns;
    object.erase("status");
    create_as("okhttp", collection(kind, ns), object);
  }
}

void Sensors::write_project() {
  world_.write("cloudflow.yaml", fmt::format(R"(application: sensors
from: app.json
config: [app.conf]
environments:
  test:
    kubernetes: {{namespace: {}}}
    volume-mounts:
      proc: {{data: pvc-data, ref: pvc-ref}}
)",
                                             world_.ns()));
}

void Sensors::wait_for_collector() const {
  ensure_definition();
  // What is deleted in the foreground is gone only when the collector has seen it go.
  const std::string all = collection("CloudflowApplication", world_.ns());
  const Json seen = {{"apiVersion", "cloudflow.lightbend.com/v1alpha1"},
                     {"kind", "CloudflowApplication"},
                     {"metadata", {{"name", "seen"}}}};
  create_as("test", all, seen);
  const std::string path = all + "/seen";
  REQUIRE(admin().remove({path, path}, {.propagation = "Foreground"}, {}));
  REQUIRE(eventually([&] { return read_path(path).is_null(); }));
}

bool Sensors::delete_original() const {
  wait_for_collector();
  return delete_path(collection("CloudflowApplication", world_.ns()) + "/sensors");
}

}  // namespace cloudflow::testing
