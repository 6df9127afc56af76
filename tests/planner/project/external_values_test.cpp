// Values from outside git.
#include "planner/project/external_values.h"

#include <catch2/catch_all.hpp>

#include "planner/config/read_config.h"

namespace cloudflow {
namespace {

ExternalLookup lookup() {
  return {
      .environment = [](const std::string& name) -> Result<std::string> {
        if (name == "TOKEN") return "from env";
        return failure(ErrorKind::not_found, "environment variable \"" + name + "\" is not set");
      },
      .file = [](const std::string& path) -> Result<std::string> { return "file " + path + "\r\n"; },
      .command = [](const std::vector<std::string>& command) -> Result<std::string> {
        std::string out;
        for (const std::string& word : command) out += word + " ";
        return out + "\n\n";
      },
      .secret = [](const std::string& name, const std::string& key) -> Result<std::string> { return name + ":" + key; },
  };
}

struct Answer {
  ConfigValue value{};
  std::vector<std::string> problems{};
};

Answer resolve(const std::string& yaml, const ExternalLookup& with = lookup()) {
  Diagnostics problems;
  const ConfigValue tree = parse_yaml(yaml, "cloudflow.yaml", problems);
  Answer out{.value = resolve_external(tree, with, problems)};
  for (const Diagnostic& problem : problems.all())
    out.problems.push_back(problem.where.text() + ": " + problem.code + ": " + problem.message);
  return out;
}

TEST_CASE("references become secrets at the place of the reference", "[model][external]") {
  const Answer answer = resolve(
      "a: {from-env: TOKEN}\nb:\n  - {from-file: x.pem}\n  - {from-command: [sops, -d, 1]}\nc: {d: {from-secret: "
      "kafka/password}}\ne: plain\n");
  CHECK(answer.problems.empty());
  const ConfigValue* a = answer.value.find("a");
  REQUIRE(a != nullptr);
  CHECK(a->is_secret());
  CHECK(a->text() == "from env");
  CHECK(a->where().text() == "cloudflow.yaml:1:4");
  CHECK(answer.value.find("b")->items()[0].text() == "file x.pem");
  CHECK(answer.value.find("b")->items()[1].text() == "sops -d 1 \n");
  CHECK(answer.value.at({"c", "d"})->text() == "kafka:password");
  CHECK_FALSE(answer.value.find("e")->is_secret());
  CHECK_FALSE(is_placeholder(*a));
}

TEST_CASE("what cannot be had is a mistake at its place", "[model][external]") {
  struct Row {
    const char* yaml;
    const char* problem;
  };
  const auto row = GENERATE(values<Row>({
      {"a: {from-env: NONE}", "cloudflow.yaml:1:4: missing-value: environment variable \"NONE\" is not set"},
      {"a: {from-env: [x]}", "cloudflow.yaml:1:4: missing-value: from-env is a list, wanted text"},
      {"a: {from-env: \"\"}", "cloudflow.yaml:1:4: missing-value: from-env is empty, wanted text"},
      {"a: {from-command: []}",
       "cloudflow.yaml:1:4: missing-value: from-command is empty, wanted a program and its arguments"},
      {"a: {from-command: [[x]]}", "cloudflow.yaml:1:4: missing-value: from-command holds a list, wanted texts"},
      {"a: {from-secret: name}", "cloudflow.yaml:1:4: missing-value: from-secret is \"name\", wanted NAME/KEY"},
      {"a: {from-secret: name/}", "cloudflow.yaml:1:4: missing-value: from-secret is \"name/\", wanted NAME/KEY"},
      {"a: {from-env: TOKEN, other: 1}",
       "cloudflow.yaml:1:29: unknown-key: \"other\" stands next to from-env, which must be alone"},
  }));
  CHECK(resolve(row.yaml).problems == std::vector<std::string>{row.problem});
}

TEST_CASE("offline, only secrets of the cluster have placeholders", "[model][external]") {
  const Answer offline = resolve("a: {from-secret: kafka/password}", {});
  CHECK(offline.problems.empty());
  CHECK(is_placeholder(*offline.value.find("a")));
  CHECK(offline.value.find("a")->is_secret());
  CHECK(resolve("a: {from-env: TOKEN}", {}).problems ==
        std::vector<std::string>{"cloudflow.yaml:1:4: missing-value: from-env cannot be used here"});
}

TEST_CASE("every reference of an environment is resolved", "[model][external]") {
  Diagnostics problems;
  Environment environment;
  environment.kafka["default"].config = parse_yaml("connection-config: {sasl: {from-env: TOKEN}}", "e.yaml", problems);
  environment.values = parse_yaml("x: {from-env: TOKEN}", "e.yaml", problems);
  environment.pull_credentials = PullCredentials{.password = parse_yaml("from-env: TOKEN", "e.yaml", problems)};
  resolve_external(environment, lookup(), problems);
  CHECK(problems.empty());
  CHECK(environment.kafka["default"].config.at({"connection-config", "sasl"})->text() == "from env");
  CHECK(environment.values.find("x")->is_secret());
  CHECK(environment.pull_credentials->password.text() == "from env");
}

}  // namespace
}  // namespace cloudflow
