// What configuration files may say.
#include "planner/settings/config_schema.h"

#include <catch2/catch_test_macros.hpp>

#include "planner/settings/config_schema_check.h"
#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

using testing::hocon;
using testing::texts;

std::string checked(const std::string& text) {
  Diagnostics problems;
  check_config(hocon(text), problems);
  return texts(problems);
}

std::string checked_pod(const std::string& text) {
  return checked("cloudflow.streamlets.a.kubernetes.pods.pod {\n" + text + "\n}");
}

TEST_CASE("quantities", "[config]") {
  for (const char* good : {"1", "0.1", ".5", "1.", "500m", "2Gi", "128M", "+1", "-1", "1E", "1n", "1u", "1Ki", "1k"})
    CHECK(is_quantity(good));
  for (const char* bad : {"", "0.1Li", "1MiBu", "2Gb", "1e3", "Gi", ".", "1.2.3", "1 Gi", "1K"})
    CHECK_FALSE(is_quantity(bad));
}

TEST_CASE("port names", "[config]") {
  for (const char* good : {"a", "http", "http-2", "A1", "123456789012-ab"}) CHECK(is_port_name(good));
  for (const char* bad : {"", "1", "-a", "a-", "a--b", "a_b", "1234567890123-ab"}) CHECK_FALSE(is_port_name(bad));
}

TEST_CASE("label names and values", "[config]") {
  for (const char* good : {"a", "A", "0", "a.b_c-d", "example.com/a", "x/a", "my-site.example.com/a"})
    CHECK(is_label_key(good));
  for (const char* bad : {"", "-a", "a-", "a/b/c", "/a", "a/", "Example.com/a", "1/a", "a b"})
    CHECK_FALSE(is_label_key(bad));
  CHECK(is_label_value(std::string(63, 'a')));
  CHECK_FALSE(is_label_value(std::string(64, 'a')));
}

TEST_CASE("a full configuration is fine", "[config]") {
  CHECK(checked(testing::fixture("sensors/app.conf")) == "");
  CHECK(checked("anything { at = root }") == "");
  CHECK(checked("cloudflow.topics.t { partitions = 3, retention = 5, topic { name = x, cleanup.policy = compact } }") ==
        "");
  CHECK(checked("cloudflow { streamlets.a { config-parameters { x = null }, kubernetes = null } }") == "");
}

TEST_CASE("unknown keys are found everywhere, with a suggestion", "[config]") {
  CHECK(checked("cloudflow { streamlet.a { } }") ==
        "app.conf:1:13: error: cloudflow has no key \"streamlet\" (did you mean \"streamlets\"?)\n");
  CHECK(checked("cloudflow.streamlets.a.configparameters { x = 1 }") ==
        "app.conf:1:41: error: cloudflow.streamlets.a has no key \"configparameters\" (did you mean "
        "\"config-parameters\"?)\n");
  CHECK(checked("cloudflow.runtimes.akka.config-parameters.x = 1") ==
        "app.conf:1:1: error: cloudflow.runtimes.akka has no key \"config-parameters\" (its keys are: config, "
        "kubernetes)\n");
  CHECK(checked_pod("containers.container.volumeMounts {}") ==
        "app.conf:2:35: error: cloudflow.streamlets.a.kubernetes.pods.pod.containers.container has no key "
        "\"volumeMounts\" (did you mean \"volume-mounts\"?)\n");
  CHECK(checked_pod("volumes.v { secret { name = s, optional = true } }") ==
        "app.conf:2:43: error: cloudflow.streamlets.a.kubernetes.pods.pod.volumes.v.secret has no key \"optional\" "
        "(its keys are: name)\n");
}

TEST_CASE("types", "[config]") {
  CHECK(checked("cloudflow.streamlets.a = 5") ==
        "app.conf:1:26: error: cloudflow.streamlets.a must be an object, not a number\n");
  CHECK(checked("cloudflow.streamlets.a.config = [1]") ==
        "app.conf:1:33: error: cloudflow.streamlets.a.config must be an object, not a list\n");
  CHECK(checked("cloudflow.topics.t.managed = maybe") ==
        "app.conf:1:30: error: cloudflow.topics.t.managed must be true or false, not \"maybe\"\n");
  CHECK(checked("cloudflow.topics.t.producer-config = x") ==
        "app.conf:1:38: error: cloudflow.topics.t.producer-config must be an object, not \"x\"\n");
  CHECK(checked_pod("containers.container.env { A = b }") ==
        "app.conf:2:26: error: cloudflow.streamlets.a.kubernetes.pods.pod.containers.container.env must be a list of "
        "{name, value}, not an object\n");
}

TEST_CASE("values of pods", "[config]") {
  const std::string pod = "cloudflow.streamlets.a.kubernetes.pods.pod";
  CHECK(checked_pod("volumes.v { secret.name = s, pvc.name = p }") ==
        "app.conf:2:11: error: " + pod +
            ".volumes.v has 2 kinds, but a volume is exactly one of secret, pvc and config-map\n");
  CHECK(checked_pod("volumes.v { }") ==
        "app.conf:2:11: error: " + pod +
            ".volumes.v has no kind, but a volume is exactly one of secret, pvc and config-map\n");
  CHECK(checked_pod("volumes.v { pvc { } }") == "app.conf:2:17: error: " + pod + ".volumes.v.pvc has no \"name\"\n");
  CHECK(checked_pod("containers.container.resources.limits.memory = 2Gb") ==
        "app.conf:2:48: error: " + pod +
            ".containers.container.resources.limits.memory must be a quantity such as 0.5, 500m or 2Gi, not \"2Gb\"\n");
  CHECK(checked_pod("containers.container.ports = [{container-port = 99999, name = \"-\"}]") ==
        "app.conf:2:49: error: " + pod +
            ".containers.container.ports.container-port must be a port from 1 to 65535, not \"99999\"\n" +
            "app.conf:2:63: error: " + pod +
            ".containers.container.ports.name must be 1 to 15 letters, digits and single '-', with a letter, not "
            "\"-\"\n");
  CHECK(checked_pod("labels { \"a b\" = c, d = \"e f\" }") ==
        "app.conf:2:18: error: \"a b\" is no valid name in " + pod +
            ".labels (a name is up to 63 of a-z, A-Z, 0-9, '.', '_' and '-', after an optional prefix such as "
            "example.com/)\n" +
            "app.conf:2:25: error: " + pod +
            ".labels.d must be up to 63 of a-z, A-Z, 0-9, '.', '_' and '-' that begins and ends alphanumeric, not \"e "
            "f\"\n");
  CHECK(checked_pod("annotations { a = \"anything at all\" }") == "");
}

TEST_CASE("nothing is given twice", "[config]") {
  CHECK(checked_pod("containers.container { env = [{name = A, value = 1}, {name = A, value = 2}], ports = [{name = a, "
                    "container-port = 1}, {name = b, container-port = 2}] }") ==
        "app.conf:2:62: warning: cloudflow.streamlets.a.kubernetes.pods.pod.containers.container.env has name \"A\" "
        "twice; the first is at app.conf:2:39 (the last one counts)\n");
  CHECK(checked_pod("containers.container.ports = [{name = a, container-port = 1}, {name = a, container-port = 2}]") ==
        "app.conf:2:71: error: cloudflow.streamlets.a.kubernetes.pods.pod.containers.container.ports has name \"a\" "
        "twice; the first is at app.conf:2:39\n");
}

TEST_CASE("a streamlet's section says something", "[config]") {
  const std::string problem =
      "app.conf:1:24: error: cloudflow.streamlets.a is empty (give it config-parameters, config or kubernetes.pods, or "
      "remove it)\n";
  for (const char* empty :
       {"{ }", "{ config-parameters {}, config {}, kubernetes {} }", "{ kubernetes { pods {} } }", "{ config = null }"})
    CHECK(checked(std::string("cloudflow.streamlets.a ") + empty) == problem);
  for (const char* full : {"{ config-parameters { x = null } }", "{ config.x = 1 }", "{ kubernetes.pods.pod {} }"})
    CHECK(checked(std::string("cloudflow.streamlets.a ") + full) == "");
}

TEST_CASE("lists may be written with numbers as keys", "[config]") {
  CHECK(checked_pod("containers.container { env.0 { name = A, value = b }, ports { 0.container-port = 5 } }") == "");
  CHECK(checked_pod("containers.container.env.0.value = b") ==
        "app.conf:2:1: error: cloudflow.streamlets.a.kubernetes.pods.pod.containers.container.env has no \"name\"\n");
}

TEST_CASE("mounts need a volume of the same section", "[config]") {
  CHECK(checked("cloudflow { runtimes.akka.kubernetes.pods.pod.volumes.data.pvc.name = p\n"
                "streamlets.a.kubernetes.pods.pod.containers.container.volume-mounts.data.mount-path = /x }") ==
        "app.conf:2:1: error: cloudflow.streamlets.a.kubernetes.pods.pod.containers.container.volume-mounts.data "
        "mounts a volume that is not "
        "declared in the same kubernetes section (declare it under volumes of the pod)\n");
  CHECK(checked("cloudflow.runtimes.flink.kubernetes.pods { pod.volumes.data.pvc.name = p, "
                "job-manager.containers.container.volume-mounts.data {} }") == "");
}

TEST_CASE("pods of Flink cannot have labels", "[config]") {
  CHECK(checked("cloudflow.runtimes.flink.kubernetes.pods.job-manager.labels { a = b }") ==
        "app.conf:1:61: error: pods \"job-manager\" cannot have labels (put them on pod \"pod\")\n");
}

TEST_CASE("a secret is not shown", "[config]") {
  Diagnostics problems;
  const std::vector<std::string> path = {"cloudflow", "topics", "t", "managed"};
  check_config(ConfigValue::object({}).with_at(path, ConfigValue::secret("hidden", {"p.yaml", 3, 4})), problems);
  CHECK(texts(problems) == "p.yaml:3:4: error: cloudflow.topics.t.managed must be true or false, not what it is\n");
}

}  // namespace
}  // namespace cloudflow
