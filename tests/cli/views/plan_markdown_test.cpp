// A plan as a comment, and what GitHub's own library makes of it.
#include "cli/views/plan_markdown.h"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <regex>
#include <set>

#include "cli/views/plan_words.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"
#include "tests/cli/views/random_plan.h"
#include "tests/support/oracle_process.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

Plan small_plan() {
  Plan plan{.application = "call-records", .version = "2.1.0", .environment = "prod"};
  plan.revision = {.commit = "3f2a91c8d0", .branch = "main", .subject = "More partitions for @ops (#12)"};
  plan.targets = {"kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw"};
  plan.pods = 7;
  Change stats{.id = {"kubernetes", "Deployment.apps", "calls", "call-records-stats"}, .action = Action::update};
  stats.risk = Risk::restart;
  stats.restarts = 2;
  stats.pods = 2;
  stats.fields.push_back({.path = "spec.replicas",
                          .pointer = "/spec/replicas",
                          .before = 3,
                          .after = 2,
                          .origin = SourcePos{"config/prod.conf", 3, 5}});
  stats.fields.push_back({.path = "data.password", .before = "hunter2", .after = "hunter3", .secret = true});
  plan.writers[{"config/prod.conf", 3}] = {.commit = "3f2a91c", .subject = "fewer `stats`", .author = "Ada"};
  Change topic{.id = {"kafka", "Topic", "default", "old-calls"}, .action = Action::remove};
  lose(topic, {"15 records that nobody has read", true});
  Change made{.id = {"kafka", "Topic", "default", "calls"}, .action = Action::create};
  made.headline = "12 partitions, 3 replicas";
  made.desired.id = made.id;
  made.desired.origins.set("", {"blueprint.conf", 12, 3});
  plan.changes = {stats, topic, made};
  plan.notes.emplace_back("the last apply was not completed");
  return plan;
}

}  // namespace

TEST_CASE("a comment says the risk first, then the numbers, then the changes", "[views][markdown]") {
  CHECK(plan_markdown(small_plan(), {}, {}) == R"(## Plan for call-records 2.1.0 in prod

Commit <code>3f2a91c</code> of <code>main</code>: More partitions for &#64;&#8203;ops (&#35;&#8203;12)  
Target <code>kubernetes prod/call-records</code>, <code>kafka default 4L6g3nShT-eMCtK--X86sw</code>

### Loss of data

- <code>topic/old-calls</code> loses 15 records that nobody has read

### Restarts

- <code>deployment/call-records-stats</code>: 2 pods

**Plan:** 1 to add, 1 to change, 1 to remove. Restarts 2 of 7 pods, loses data.

### To know

- the last apply was not completed

### Changes

<details>
<summary><code>&#126;</code> <code>deployment/call-records-stats</code> · <b>restarts 2 pods</b> · 2 fields</summary>

```diff
@@ spec.replicas @@ config/prod.conf:3:5, 3f2a91c "fewer `stats`"
- 3
+ 2
@@ data.password @@
- (secret)
+ (secret)
```

</details>

<details>
<summary><code>&#45;</code> <code>topic/old-calls</code> · <b>loses data</b></summary>

- no longer in the blueprint
- loses 15 records that nobody has read

</details>

<details>
<summary><code>&#43;</code> <code>topic/calls</code> · 12 partitions, 3 replicas</summary>

- from <code>blueprint.conf:12:3</code>

</details>
)");
}

TEST_CASE("a comment of a plan without changes says so", "[views][markdown]") {
  CHECK(plan_markdown({.application = "shop", .unchanged = 12}, {}, {}) ==
        "## Plan for shop\n\n\n\n**No changes.** 12 resources are as the source asks for.\n");
}

TEST_CASE("a comment shows an image with its digest whole, and of longer values where they differ",
          "[views][markdown]") {
  Plan plan = small_plan();
  FieldChange& field = plan.changes[0].fields[0];
  const std::string image = "registry.example.com/team/call-records-akka@sha256:" + std::string(63, 'a');
  field.before = image + "1";
  field.after = image + "2";
  CHECK(plan_markdown(plan, {}, {}).find("- \"" + image + "1\"\n+ \"" + image + "2\"\n") != std::string::npos);
  field.before = std::string(900, 'x') + "1";
  field.after = std::string(900, 'x') + "2";
  CHECK(plan_markdown(plan, {}, {}).find("\n! …" + std::string(20, 'x') + "1\" → …" + std::string(20, 'x') + "2\"\n") !=
        std::string::npos);
}

TEST_CASE("what finds no room in a comment is counted", "[views][markdown]") {
  Plan plan = small_plan();
  const Change update = plan.changes[0];
  const Change removal = plan.changes[1];
  plan.changes.clear();
  for (int i = 0; i < 3000; ++i) {
    plan.changes.push_back(update);
    plan.changes.back().id.name += "-" + std::to_string(i);
  }
  plan.changes.push_back(removal);
  const std::string text = plan_markdown(plan, {}, {});
  CHECK(comment_length(text) <= longest_comment);
  CHECK(comment_length(text) > longest_comment * 9 / 10);
  // Last in the plan, but first in what matters.
  CHECK(text.find("<code>topic/old-calls</code> · <b>loses data</b></summary>") != std::string::npos);
  std::smatch said;
  REQUIRE(
      std::regex_search(text, said, std::regex("left out: ([0-9]+) changes and the details of ([0-9]+) changes\\.")));
  std::size_t shown = 0;
  for (std::size_t at = text.find("<code>&#126;</code>"); at != std::string::npos;
       at = text.find("<code>&#126;</code>", at + 1))
    ++shown;
  CHECK(shown + 1 + static_cast<std::size_t>(std::stoi(said[1])) == plan.changes.size());
  CHECK(text.find("- … and ") != std::string::npos);  // of the restarts
}

TEST_CASE("whatever stands in a plan, its comment is what was meant and fits", "[views][markdown][oracle]") {
  const RandomSearch search = random_search(60, 3000);
  std::vector<std::string> lines;
  std::vector<Plan> plans;
  std::vector<std::string> texts;
  for (int round = 0; round < search.rounds; ++round) {
    const unsigned seed = search.seed + static_cast<unsigned>(round);
    constexpr std::size_t sizes[] = {0, 1, 3, 10, 40, 900};
    plans.push_back(nasty_plan(seed, sizes[seed % std::size(sizes)]));
    texts.push_back(plan_markdown(plans.back(), {}, {.full = seed % 7 == 0}));
    lines.push_back(Json(texts.back()).dump());  // throws where it is no UTF-8
  }
  const std::vector<std::string> answers = ask(oracle_python("markdown_oracle.py"), lines);
  REQUIRE(answers.size() == plans.size());
  const std::set<std::string> our_tags = {"b",  "br", "code", "details", "h2",      "h3",
                                          "li", "p",  "pre",  "strong",  "summary", "ul"};
  const std::set<std::string> our_titles = {"The plan cannot be applied",
                                            "Refused: these changes will not be made",
                                            "Loss of data",
                                            "Behaviour changes for others",
                                            "Restarts",
                                            "To know",
                                            "Changes"};
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const Plan& plan = plans[i];
    CAPTURE(search.seed + i, texts[i]);
    const Json page = Json::parse(answers[i]);
    REQUIRE(page.at("characters").get<std::size_t>() <= 65'536);
    REQUIRE(comment_length(texts[i]) <= longest_comment);
    REQUIRE(printable(texts[i]) == texts[i]);
    REQUIRE(texts[i].find(nasty_secret) == std::string::npos);
    REQUIRE(page.at("unclosed").empty());
    for (const Json& tag : page.at("tags")) REQUIRE(our_tags.contains(tag.get<std::string>()));
    for (const Json& attribute : page.at("attributes")) REQUIRE(attribute == "lang");
    for (std::size_t k = 0; k < page.at("headings").size(); ++k) {
      const Json& heading = page.at("headings")[k];
      if (k == 0) {
        REQUIRE(heading[0] == 2);
        REQUIRE(heading[1].get<std::string>().starts_with("Plan for "));
      } else {
        REQUIRE(heading[0] == 3);
        REQUIRE(our_titles.contains(heading[1].get<std::string>()));
      }
    }
    // A server looks for these in what it shows outside code.
    const std::string prose = page.at("prose");
    REQUIRE_FALSE(std::regex_search(prose, std::regex("[@#!][A-Za-z0-9_]")));
    // Everything that is folded is a change, as it is called.
    std::set<std::string> names;
    for (const Change& change : plan.changes) {
      std::string name = in_one_line(printable(change.id.text()));
      std::ranges::replace(name, '\t', ' ');
      names.insert(name.substr(0, 100));
    }
    const std::set<std::string> codes = [&] {
      std::set<std::string> out;
      for (const Json& code : page.at("codes")) out.insert(code.get<std::string>().substr(0, 100));
      return out;
    }();
    if (texts[i].find("**Not all") != std::string::npos) continue;
    for (const Change& change : plan.changes) {
      if (is_plain_record(plan, change)) continue;
      std::string name = in_one_line(printable(change.id.text()));
      std::ranges::replace(name, '\t', ' ');
      CAPTURE(name);
      REQUIRE(codes.contains(name.substr(0, 100)));
    }
  }
}
