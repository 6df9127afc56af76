// What `status` says of the last run that changed something.
#include "cli/views/status_view.h"

#include <catch2/catch_all.hpp>

namespace cloudflow::testing {
namespace {

/// The line below the heading.
std::string last_run(const Json& last) {
  const std::string text =
      status_text({.application = "app", .targets = {"kubernetes x"}, .last = last}, Style(false), 0);
  const std::size_t from = text.find('\n') + 1;
  return text.substr(from, text.find('\n', from) - from);
}

Json run(const std::string& command, const std::string& state) {
  return {{"commit", "3f2a91c0"}, {"command", command}, {"state", state}, {"time", "12:00"}, {"by", "ada"}};
}

}  // namespace

TEST_CASE("status says what the last run was and what it came to") {
  CHECK(last_run(nullptr) == "never applied by cloudflow");
  CHECK(last_run(run("apply", "applied")) == "applied from 3f2a91c at 12:00 by ada");
  CHECK(last_run(run("apply", "applying")) == "not completely applied from 3f2a91c at 12:00 by ada");
  Json refused = run("apply", "applied");
  refused["refused"] = 2;
  CHECK(last_run(refused) == "applied from 3f2a91c at 12:00 by ada, but for 2 changes that were refused");
  CHECK(last_run(run("destroy", "applying")) ==
        "a destroy was begun at 12:00 by ada and did not end; `cloudflow destroy` goes on with it");
  CHECK(last_run(run("destroy", "applied")) ==
        "destroyed at 12:00 by ada; the topics that stay are still recorded as this application's");
  // As earlier versions have written it.
  CHECK(last_run({{"state", "applied"}, {"time", "12:00"}, {"by", "ada"}}) == "applied at 12:00 by ada");
}

TEST_CASE("status for programs leaves out what only the next plan makes use of") {
  Json last = run("apply", "applied");
  last["asked"] = {{"cluster", {{"topic", {{"retention.ms", "0123"}}}}}};
  const Json shown = Json::parse(status_json({.application = "app", .last = last})).at("last");
  CHECK(shown == run("apply", "applied"));
}

TEST_CASE("status shows the topics where only the groups cannot be asked") {
  ApplicationStatus status{.application = "app", .lag_is_known = false};
  status.topics.push_back({.cluster = "default", .topic = "calls", .exists = true});
  CHECK(status_text(status, Style(false), 0)
            .ends_with("\ncalls  default  0           0                 0\n\nKafka did not say how far the inlets have "
                       "read.\n"));
  const Json document = Json::parse(status_json(status));
  CHECK(document.at("topics").size() == 1);
  CHECK(document.at("inlets").is_null());
  CHECK(document.at("healthy") == false);
  status.inlets.push_back({"store", "in", {.group = "app.store.in", .topic = "calls", .state = "Stable"}});
  CHECK(status_text(status, Style(false), 0).ends_with("\nKafka did not say how far the other inlets have read.\n"));
}

}  // namespace cloudflow::testing
