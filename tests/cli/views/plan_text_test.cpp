// A plan as people see it.
#include "cli/views/plan_text.h"

#include <algorithm>
#include <array>
#include <catch2/catch_all.hpp>

#include "cli/views/plan_json.h"
#include "cli/views/plan_words.h"
#include "cli/views/resource_text.h"
#include "providers/kafka/topic/topic_headline.h"
#include "providers/kubernetes/headline.h"
#include "sdk/support/text.h"

using namespace cloudflow;

namespace {

Plan plan_with(FieldChange field) {
  Plan plan;
  plan.application = "shop";
  plan.targets = {"kubernetes prod/shop"};
  field.path = field.path.empty() ? "data.conf" : field.path;
  plan.changes.push_back({.id = {"kubernetes", "ConfigMap", "shop", "flink"}, .action = Action::update});
  plan.changes[0].fields.push_back(std::move(field));
  return plan;
}

/// The lines of the change's fields.
std::string fields(FieldChange field, bool full = false) {
  const std::string text = plan_text(plan_with(std::move(field)), {}, {.full = full});
  const std::string head = "   ~ configmap/flink\n";
  const std::size_t begin = text.find(head) + head.size();
  return "\n" + text.substr(begin, text.find("\n\nPlan:") + 1 - begin);
}

std::string numbered(int first, int last, const std::string& what = "line") {
  std::string out;
  for (int i = first; i <= last; ++i) out += what + " " + std::to_string(i) + "\n";
  return out;
}

}  // namespace

TEST_CASE("a topic's secret settings are hidden where it is created", "[views][plan]") {
  Plan plan = plan_with({});
  Change& created = plan.changes[0];
  created = {.id = {"kafka", "Topic", "default", "calls"}, .action = Action::create};
  created.desired = {
      .id = created.id,
      .spec = {{"partitions", 83}, {"replicas", 3}, {"config", {{"retention.ms", "4711"}, {"a/b", "x"}}}},
      .secrets = {"/partitions", "/config/retention.ms", "/config/a~1b"}};
  created.headline = topic_headline(created.desired);
  CHECK(plan_text(plan, {}, {}).find("(secret) partitions, 3 replicas, a/b=(secret), retention.ms=(secret)") !=
        std::string::npos);
  for (const std::string& text : {plan_text(plan, {}, {.full = true}), plan_json(plan),
                                  resources_yaml({&created.desired, 1}), resources_json({&created.desired, 1})}) {
    CAPTURE(text);
    CHECK(text.find("4711") == std::string::npos);
    CHECK(text.find("83") == std::string::npos);
  }
}

TEST_CASE("a changed text is shown by its changed lines", "[views][plan]") {
  FieldChange field{.before = numbered(1, 5) + "slots: 1\n" + numbered(7, 20) + "old\n",
                    .after = numbered(1, 5) + "slots: 2\n" + numbered(7, 20) + "new\nmore\n",
                    .origin = SourcePos{"config/prod.conf", 3, 5}};
  CHECK(fields(field) == R"(
       ~ data.conf  -2 +3 lines  config/prod.conf:3:5
           … 3 lines
             line 4
             line 5
           - slots: 1
           + slots: 2
             line 7
             line 8
           … 10 lines
             line 19
             line 20
           - old
           + new
           + more
)");
}

TEST_CASE("of many changed lines the first are shown, and with --full all", "[views][plan]") {
  const FieldChange field{.before = numbered(1, 100), .after = numbered(1, 100, "row")};
  const std::string some = fields(field);
  CHECK(some.starts_with("\n       ~ data.conf  -100 +100 lines\n           - line 1\n"));
  CHECK(some.ends_with("           - line 40\n           … 160 more lines, with --full\n"));
  const std::string all = fields(field, true);
  CHECK(std::ranges::count(all, '\n') == 202);
  CHECK(all.ends_with("           + row 100\n"));
}

TEST_CASE("a text that comes or goes is shown by its lines", "[views][plan]") {
  CHECK(fields({.after = "a\nb\n"}) == R"(
       + data.conf  -0 +2 lines
           + a
           + b
)");
  CHECK(fields({.before = "a\nb"}) == R"(
       - data.conf  -2 +0 lines
           - a
           - b
)");
}

TEST_CASE("a document is laid out before its lines are compared", "[views][plan]") {
  const std::string words(100, 'x');
  const Json before = {{"name", words}, {"slots", 1}, {"tags", {"a", "b"}}};
  const Json after = {{"name", words}, {"slots", 2}, {"tags", {"a", "b"}}};
  const std::string expected = R"(
       ~ data.conf  -1 +1 lines
             {
               "name": ")" + words +
                               R"(",
           -   "slots": 1,
           +   "slots": 2,
               "tags": [
                 "a",
           … 3 lines
)";
  SECTION("as it is") { CHECK(fields({.before = before, .after = after}) == expected); }
  SECTION("as a text in one line") { CHECK(fields({.before = dump(before), .after = dump(after)}) == expected); }
  SECTION("one side laid out already") { CHECK(fields({.before = before.dump(2), .after = dump(after)}) == expected); }
  SECTION("where only the layout changes, that is shown") {
    CHECK(fields({.before = before.dump(4), .after = before.dump(1)}).starts_with("\n       ~ data.conf  -"));
  }
  SECTION("not where it is nested without end") {
    const auto nested = [](const std::string& inside) {
      return std::string(200'000, '[') + inside + std::string(200'000, ']');
    };
    const std::string begin = "…" + std::string(20, '[');
    const std::string end = std::string(76, ']') + "…";
    CHECK(fields({.before = nested("1"), .after = nested("2")}) ==
          "\n       ~ data.conf  " + begin + "1" + end + " → " + begin + "2" + end + "\n");
  }
}

TEST_CASE("short values stay in one line, and of long ones the difference is shown", "[views][plan]") {
  CHECK(fields({.before = 1, .after = 2}) == "\n       ~ data.conf  1 → 2\n");
  CHECK(fields({.before = "a\n", .after = "b\n"}) == "\n       ~ data.conf  \"a\\n\" → \"b\\n\"\n");
  const std::string same(120, 'x');
  CHECK(fields({.before = same + " -Xmx1g", .after = same + " -Xmx2g"}) ==
        "\n       ~ data.conf  …xxxxxxxxxxxxxxx -Xmx1g\" → …xxxxxxxxxxxxxxx -Xmx2g\"\n");
}

TEST_CASE("drift names who made it and when, or that nobody recorded it", "[views][plan]") {
  FieldChange field{
      .path = "spec.replicas", .before = 0, .after = 3, .cause = Cause::drift, .manager = "kubectl", .take_over = true};
  field.since = "2026-11-21T08:10:00Z";
  CHECK(fields(field) == "\n       ~ spec.replicas  0 → 3  drift: kubectl at 2026-11-21T08:10:00Z, taken back\n");
  field.since = "";
  field.manager = "scale";
  CHECK(fields(field) == "\n       ~ spec.replicas  0 → 3  drift: scale, time not recorded, taken back\n");
}

TEST_CASE("what leaves the source and another owns, too, names whom it is taken from", "[views][plan]") {
  CHECK(fields({.path = "data.b", .before = "2", .manager = "kubectl", .take_over = true}) ==
        "\n       - data.b  \"2\" → removed  taken from kubectl\n");
}

TEST_CASE("what a terminal would obey or hide is written out", "[views][plan]") {
  CHECK(fields({.before = "a\nb\r\n\x1b[31m\n", .after = "a\nb\n\x1b[32m"}) == R"(
       ~ data.conf  -2 +2 lines
             a
           - b\r
           - \x1b[31m
           + b
           + \x1b[32m (no line feed)
)");
}

TEST_CASE("what cloudflow keeps for itself is said in words", "[views][plan]") {
  CHECK(fields({.path = "metadata.annotations[cloudflow/secret-values]",
                .pointer = "/metadata/annotations/cloudflow~1secret-values",
                .before = "[\"/data/a#/b\"]",
                .after = "[\"/data/a#/c\"]",
                .origin = SourcePos{"cloudflow.yaml", 3, 5}}) ==
        "\n       ~ which values are secret    cloudflow.yaml:3:5\n");
}

TEST_CASE("a secret text is never shown, however many lines it has", "[views][plan]") {
  CHECK(fields({.before = "a\nb\nc", .after = "a\nx\nc", .secret = true}) ==
        "\n       ~ data.conf  (secret) → (secret)\n");
}

TEST_CASE("no value of a Secret from a manifest is shown, with --full neither", "[views][plan]") {
  Change change{.action = Action::create};
  change.id = change.desired.id = {.provider = "kubernetes", .kind = "Secret", .scope = "shop", .name = "login"};
  change.desired.spec = {{"apiVersion", "v1"},
                         {"kind", "Secret"},
                         {"data", {{"key", to_base64("hunter2")}}},
                         {"stringData", {{"password", "hunter2"}, {"json", R"({"password": "hunter2"})"}}}};
  change.headline = object_headline(change.desired);
  CHECK(change.headline == "key");
  Plan plan;
  plan.changes.push_back(change);
  for (const std::string& text :
       {plan_text(plan, {}, {.full = true}), plan_text(plan, {}, {}), resources_yaml(std::array{change.desired}),
        resources_json(std::array{change.desired})}) {
    CHECK_FALSE(text.contains("hunter2"));
    CHECK_FALSE(text.contains(to_base64("hunter2")));
  }
  CHECK(resources_yaml(std::array{change.desired}).contains("password: (secret)"));
}

TEST_CASE("what is lost, and what may be, is named and counted", "[views][plan]") {
  Plan plan{.application = "shop", .targets = {"kafka default"}};
  Change topic{.id = {"kafka", "Topic", "default", "calls"}, .action = Action::update};
  lose(topic, {.what = "records of retention.ms, whose new value is not known", .certain = false});
  plan.changes = {topic};
  CHECK_THAT(plan_text(plan, {}, {}), Catch::Matchers::ContainsSubstring("~ topic/calls   may lose data\n"));
  CHECK_THAT(plan_text(plan, {}, {}),
             Catch::Matchers::ContainsSubstring("! may lose records of retention.ms, whose new value is not known\n"));
  CHECK(plan_footer(plan) == "0 to add, 1 to change, 0 to remove. Restarts nothing, may lose data.");
  // A certain loss beside it, in either order.
  lose(topic, {.what = "15 records"});
  plan.changes.insert(plan.changes.begin(), topic);
  CHECK(plan_footer(plan).ends_with("loses data."));
  std::ranges::reverse(plan.changes);
  CHECK(plan_footer(plan).ends_with("loses data."));
}

TEST_CASE("topics that are only taken over are no \"No changes\"", "[views][plan]") {
  Plan plan{.application = "shop", .targets = {"kafka default"}, .takes_over = {"topic/calls"}};
  plan.unchanged = 7;
  const auto end_of = [](const Plan& shown) {
    const std::string text = plan_text(shown, {}, {});
    return text.substr(text.find('\n') + 2);
  };
  CHECK(end_of(plan) == "Plan: 1 topic to take over, as it is. Nothing else changes.\n");
  CHECK(Json::parse(plan_json(plan)).at("has_changes") == true);
  plan.takes_over.emplace_back("topic/more");
  CHECK(end_of(plan) == "Plan: 2 topics to take over, as they are. Nothing else changes.\n");
  plan.changes.push_back({.id = {"kafka", "Topic", "default", "other"}, .action = Action::create});
  CHECK(plan_footer(plan) == "1 to add, 0 to change, 0 to remove, 2 to take over. Restarts nothing, loses no data.");
  Plan part{.application = "shop", .targets = {"kafka default"}, .is_part = true};
  part.unchanged = 7;
  CHECK(end_of(part) == "Nothing is to be taken over.\n");
  part.violations = {"topic/calls belongs to others"};
  CHECK(end_of(part) == "refused: topic/calls belongs to others\n\n");
}

TEST_CASE("what cloudflow keeps for itself is one line, and whole only with --full", "[views][plan]") {
  Plan plan{.application = "shop", .targets = {"kubernetes prod/shop"}};
  const ResourceId contracts{"kubernetes", "ConfigMap", "shop", "cloudflow-shop-contracts"};
  const ResourceId configuration{"kubernetes", "Secret", "shop", "config-shop"};
  plan.records = {{contracts, "contracts"}, {configuration, "configuration"}};
  Change record{.id = contracts, .action = Action::update};
  record.fields.push_back({.path = "data.workloads", .before = numbered(1, 60), .after = numbered(1, 30)});
  Change secret{.id = configuration, .action = Action::update};
  secret.fields.push_back({.path = "secret.conf: a", .before = 1, .after = 2});
  plan.changes = {{.id = {"kubernetes", "Service", "shop", "gone"}, .action = Action::remove}, secret, record};
  const auto changes = [](const Plan& shown, bool full) {
    const std::string text = plan_text(shown, {}, {.full = full});
    const std::size_t begin = text.find("\n\n", text.find("Symbols: ")) + 2;
    return "\n" + text.substr(begin, text.find("\n\nPlan:") + 1 - begin);
  };
  CHECK(changes(plan, false) == R"(
   - service/gone   no longer asked for
   ~ records: configuration, contracts
)");
  CHECK_THAT(changes(plan, true), Catch::Matchers::ContainsSubstring("~ data.workloads  -30 +0 lines\n") &&
                                      !Catch::Matchers::ContainsSubstring("records:"));
  SECTION("but who changed it by hand is named") {
    plan.changes[2].fields[0].cause = Cause::drift;
    plan.changes[2].fields[0].manager = "kubectl-edit";
    plan.changes[2].fields[0].since = "2026-11-21T08:10:00Z";
    plan.changes[2].fields[0].take_over = true;
    CHECK_THAT(changes(plan, false),
               Catch::Matchers::EndsWith("   ~ records: configuration, contracts  drift: kubectl-edit at "
                                         "2026-11-21T08:10:00Z, taken back\n"));
  }
  SECTION("and what needs a person is shown as any change") {
    plan.changes[2].refused = "belongs to others";
    CHECK(changes(plan, false)
              .starts_with("\n   - service/gone" + std::string(25, ' ') + "no longer asked for\n" +
                           "   ~ configmap/cloudflow-shop-contracts   refused: belongs to others\n"));
    CHECK(changes(plan, false).ends_with("   ~ records: configuration\n"));
  }
}

TEST_CASE("the summary says what the refused changes would lose", "[views][plan]") {
  Plan plan{.application = "shop", .targets = {"kafka default"}};
  plan.changes = {{.id = {"kafka", "Topic", "default", "calls"},
                   .action = Action::remove,
                   .risk = Risk::data_loss,
                   .losses = {{.what = "the topic", .certain = true}}},
                  {.id = {"kubernetes", "Secret", "shop", "a"}, .action = Action::create}};
  CHECK(plan_footer(plan) == "1 to add, 0 to change, 1 to remove. Restarts nothing, loses data.");
  plan.changes[0].refused = "policy denies data loss";
  CHECK(plan_footer(plan) ==
        "1 to add, 0 to change, 0 to remove, 1 refused. Restarts nothing, loses no data; what is refused would lose "
        "data.");
  CHECK(Json::parse(plan_json(plan)).at("counts").at("refused_loses_data") == true);
  plan.changes[0].losses[0].certain = false;
  CHECK(plan_footer(plan).ends_with("loses no data; what is refused might lose data."));
  plan.changes[0].risk = Risk::none;
  plan.changes[0].losses.clear();
  CHECK(plan_footer(plan).ends_with("Restarts nothing, loses no data."));
}

TEST_CASE("what destroy removes is not said to have left the source", "[views][plan]") {
  Plan plan{.application = "shop", .targets = {"kafka default"}};
  plan.changes = {{.id = {"kafka", "Topic", "default", "calls"}, .action = Action::remove},
                  {.id = {"kubernetes", "Secret", "shop", "a"}, .action = Action::remove}};
  CHECK_THAT(plan_text(plan, {}, {}),
             Catch::Matchers::ContainsSubstring("   - topic/calls   no longer in the blueprint\n"
                                                "   - secret/a      no longer asked for\n"));
  plan.removes_all = true;
  CHECK_THAT(plan_text(plan, {}, {}), Catch::Matchers::ContainsSubstring("   - topic/calls\n   - secret/a\n"));
  plan.changes.clear();
  CHECK_THAT(plan_text(plan, {}, {}), Catch::Matchers::EndsWith("No changes. There is nothing to remove.\n"));
}

TEST_CASE("a place in a document of one line is shown with its path", "[views][plan]") {
  const std::string document = R"({"spec": {"image": "x"}, "rest": ")" + std::string(300, '.') + "\"}";
  const Plan plan = plan_with({.before = 1, .after = 2, .origin = SourcePos{"app.json", 1, 20}});
  CHECK_THAT(plan_text(plan, [&](const std::string&) { return document; }, {}),
             Catch::Matchers::ContainsSubstring("1 → 2  app.json:1:20 (/spec/image)\n"));
}
