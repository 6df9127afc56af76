// What a run found, as code scanning and CI servers read it.
#include <fmt/format.h>
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <set>

#include "cli/views/findings_junit.h"
#include "cli/views/findings_sarif.h"
#include "sdk/support/printable.h"
#include "tests/cli/views/random_plan.h"
#include "tests/cli/views/sample_plan.h"
#include "tests/support/oracle_process.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

Findings of_plan(const Plan& plan) {
  return {.command = "plan", .environment = "prod", .file = "apps/calls/cloudflow.yaml", .plan = &plan};
}

Findings of_mistakes() {
  Findings out{.command = "plan", .environment = "prod", .file = "cloudflow.yaml"};
  out.problems.error("unknown-key", {"config/my prod.conf", 3, 5}, "unknown key \"replica\"",
                     "did you mean \"replicas\"?", 9);
  out.problems.warning("shared-kafka", {"cloudflow.yaml", 0, 0}, "two environments share a cluster");
  out.errors.push_back({ErrorKind::unavailable, "the API server does not answer", std::nullopt, "is the VPN up?"});
  return out;
}

Json run_of(const Findings& findings) { return Json::parse(findings_sarif(findings)).at("runs").at(0); }

/// "rule level file:line" of every result.
std::vector<std::string> lines_of(const Json& run) {
  std::vector<std::string> out;
  for (const Json& result : run.at("results")) {
    const Json& place = result.at("locations").at(0).at("physicalLocation");
    out.push_back(fmt::format(
        "{} {} {}:{}", result.at("ruleId").get<std::string>(), result.at("level").get<std::string>(),
        place.at("artifactLocation").at("uri").get<std::string>(), place.at("region").at("startLine").get<int>()));
  }
  return out;
}

/// What holds for every document; its form is judged by the schema, where there is one.
void check_sarif(const Findings& findings) {
  const std::string text = findings_sarif(findings);
  REQUIRE(printable(text) == text);
  REQUIRE(text.find(nasty_secret) == std::string::npos);
  const Json run = run_of(findings);
  const Json& rules = run.at("tool").at("driver").at("rules");
  std::set<std::string> fingerprints;
  for (const Json& result : run.at("results")) {
    const Json& rule = rules.at(result.at("ruleIndex").get<std::size_t>());
    REQUIRE(rule.at("id") == result.at("ruleId"));
    REQUIRE_FALSE(rule.at("help").at("text").get<std::string>().empty());
    REQUIRE_FALSE(result.at("message").at("text").get<std::string>().empty());
    const Json& place = result.at("locations").at(0).at("physicalLocation");
    REQUIRE(place.at("region").at("startLine").get<int>() >= 1);
    const std::string uri = place.at("artifactLocation").at("uri");
    REQUIRE(std::ranges::all_of(uri, [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '"'; }));
    fingerprints.insert(result.at("partialFingerprints").at("cloudflow/v1"));
  }
  REQUIRE(fingerprints.size() == run.at("results").size());
}

}  // namespace

TEST_CASE("code scanning is told what a plan refuses, loses and disrupts, at its place", "[views][findings]") {
  Plan plan = sample_plan();
  plan.violations = {"the plan restarts 2 pods, and policy.max-restarts of prod is 1"};
  plan.rejections = {{ErrorKind::denied, "no :latest", SourcePos{"cloudflow.yaml", 9, 12}, "name a version"}};
  const Json run = run_of(of_plan(plan));
  CHECK(lines_of(run) == std::vector<std::string>{
                             "plan-violation error apps/calls/cloudflow.yaml:1",
                             "rejected-change error cloudflow.yaml:9",
                             "disruptive-change warning blueprint.conf:31",
                             "data-loss error config/prod.conf:14",
                             "refused-change error apps/calls/cloudflow.yaml:1",
                             "data-loss error apps/calls/cloudflow.yaml:1",
                         });
  CHECK(run.at("results").at(3).at("message").at("text") ==
        "replace persistentvolumeclaim/call-records-store loses what is on the volume of 20Gi");
  CHECK(run.at("results").at(3).at("locations").at(0).at("logicalLocations").at(0).at("fullyQualifiedName") ==
        "persistentvolumeclaim/call-records-store");
  CHECK(run.at("automationDetails").at("id") == "cloudflow/plan/apps/calls/cloudflow.yaml/prod/");
  check_sarif(of_plan(plan));
}

TEST_CASE("code scanning is told mistakes in the source where there is no plan", "[views][findings]") {
  const Json run = run_of(of_mistakes());
  CHECK(lines_of(run) ==
        std::vector<std::string>{"unknown-key error config/my%20prod.conf:3", "shared-kafka warning cloudflow.yaml:1"});
  const Json& first = run.at("results").at(0);
  CHECK(first.at("message").at("text") == "unknown key \"replica\"\ndid you mean \"replicas\"?");
  CHECK(first.at("locations").at(0).at("physicalLocation").at("region") ==
        Json{{"startLine", 3}, {"startColumn", 5}, {"endColumn", 14}});
  CHECK(run.at("invocations").at(0) ==
        Json{{"executionSuccessful", false},
             {"toolExecutionNotifications",
              {{{"level", "error"}, {"message", {{"text", "the API server does not answer\nis the VPN up?"}}}}}}});
  check_sarif(of_mistakes());
}

TEST_CASE("a finding stays the same for a server while lines and numbers change", "[views][findings]") {
  Plan plan = sample_plan();
  const auto prints = [&] {
    std::vector<std::string> out;
    const Json run = run_of(of_plan(plan));
    for (const Json& result : run.at("results")) out.push_back(result.at("partialFingerprints").at("cloudflow/v1"));
    return out;
  };
  const std::vector<std::string> before = prints();
  for (Change& change : plan.changes) {
    for (Loss& loss : change.losses) loss.what += ", as of today";
    for (FieldChange& field : change.fields) {
      if (field.origin) field.origin->line += 7;
    }
  }
  CHECK(prints() == before);
}

TEST_CASE("a CI server is shown a test for each change", "[views][findings]") {
  const Plan plan = sample_plan();
  const Findings found = of_plan(plan);
  const std::string text = findings_junit(found, {});
  CHECK(text.find(
            "<testcase classname=\"call-records.kafka.Topic\" name=\"update topic/calls (default)\" time=\"0\"/>") !=
        std::string::npos);
  CHECK(text.find(
            "<failure type=\"refused\" message=\"it loses data: apply --delete-topic audit-trail agrees to that\">") !=
        std::string::npos);
  CHECK(text.find("tests=\"10\" failures=\"1\" errors=\"0\"") != std::string::npos);
  CHECK(text.find("hunter") == std::string::npos);
  const Plan nothing{.application = "shop", .unchanged = 3};
  CHECK(findings_junit(of_plan(nothing), {}).find("name=\"no changes\"") != std::string::npos);
}

TEST_CASE("mistakes are failures for a CI server, and what fails outside is an error", "[views][findings]") {
  CHECK(findings_junit(of_mistakes(), {}) == R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="plan for prod" package="cloudflow" id="0" tests="2" failures="1" errors="1" time="0">
    <properties/>
    <testcase classname="source.unknown-key" name="config/my prod.conf:3:5 unknown key &quot;replica&quot;" time="0">
      <failure type="unknown-key" message="unknown key &quot;replica&quot;">config/my prod.conf:3:5: error: unknown key &quot;replica&quot;
  hint: did you mean &quot;replicas&quot;?
</failure>
    </testcase>
    <testcase classname="run" name="the API server does not answer" time="0">
      <error type="failed" message="the API server does not answer">error: the API server does not answer
  hint: is the VPN up?
</error>
    </testcase>
    <system-out>cloudflow.yaml: warning: two environments share a cluster
</system-out>
    <system-err/>
  </testsuite>
</testsuites>
)");
}

TEST_CASE("whatever stands in a plan, its findings can be read", "[views][findings][oracle]") {
  const RandomSearch search = random_search(60, 3000);
  std::vector<std::string> lines;
  std::vector<Plan> plans;
  for (int round = 0; round < search.rounds; ++round) {
    const unsigned seed = search.seed + static_cast<unsigned>(round);
    CAPTURE(seed);
    plans.push_back(nasty_plan(seed, seed % 30));
    NastyWords words(seed);
    Findings found = of_plan(plans.back());
    found.problems.error(words(), {words(), 3, 1}, words(), words());
    found.errors.push_back({ErrorKind::denied, words(), std::nullopt, words()});
    check_sarif(found);
    lines.push_back(Json{{"junit", findings_junit(found, {})}}.dump());
    lines.push_back(Json{{"sarif", findings_sarif(found)}}.dump());
  }
  const std::vector<std::string> answers = ask(oracle_python("findings_oracle.py"), lines);
  REQUIRE(answers.size() == lines.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    CAPTURE(search.seed + i, lines[2 * i]);
    const Json junit = Json::parse(answers[2 * i]);
    const Plan& plan = plans[i];
    const auto refused = static_cast<std::size_t>(
        std::ranges::count_if(plan.changes, [](const Change& change) { return change.refused.has_value(); }));
    REQUIRE(junit.at("cases").size() == plan.changes.size() + plan.violations.size() + plan.rejections.size() + 2);
    REQUIRE(junit.at("tests") == junit.at("cases").size());
    REQUIRE(junit.at("failures") == refused + plan.violations.size() + plan.rejections.size() + 1);
    REQUIRE(junit.at("errors") == 1);
    REQUIRE(lines[2 * i].find(nasty_secret) == std::string::npos);
    for (const Json& one : junit.at("cases")) REQUIRE_FALSE(one.at(1).get<std::string>().empty());
    const std::string said = junit.at("said");
    REQUIRE_FALSE(said.empty());
    CAPTURE(lines[2 * i + 1]);
    REQUIRE(Json::parse(answers[2 * i + 1]).at("problem") == nullptr);
  }
}
