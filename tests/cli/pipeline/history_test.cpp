#include "cli/pipeline/history.h"

#include <catch2/catch_all.hpp>

#include "tests/support/fake_clock.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::FakeClock;

namespace {

HistoryEntry entry(long long revision, const std::string& commit, const std::string& result = "applied") {
  return {.revision = revision, .command = "apply", .commit = commit, .time = "2026-11-30T12:00:00Z", .result = result};
}

/// The revision that is gone back to, or why there is none.
std::string back(const std::vector<HistoryEntry>& entries, std::optional<long long> revision = std::nullopt) {
  const auto found = entry_to_go_back_to(entries, revision);
  return found ? std::to_string(found->revision) : found.error().message;
}

}  // namespace

TEST_CASE("what is gone back to is the last other commit that was applied whole", "[history]") {
  CHECK_THAT(back({}), ContainsSubstring("has no history to go back in"));
  CHECK_THAT(back({entry(1, "a")}),
             ContainsSubstring("nothing to go back to: no other commit than that of revision 1"));
  CHECK(back({entry(1, "a"), entry(2, "b")}) == "1");
  CHECK(back({entry(1, "a"), entry(2, "b"), entry(3, "b")}) == "1");
  CHECK(back({entry(1, "a"), entry(2, "b", "partly"), entry(3, "c", "failed")}) == "1");
  CHECK(back({entry(1, "a"), entry(2, "b"), entry(3, "c", "cut short")}) == "2");
  HistoryEntry dirty = entry(3, "b");
  dirty.dirty = true;
  CHECK(back({entry(1, "a"), entry(2, "b"), dirty}) == "2");  // the same commit, without the changes
  CHECK(back({entry(1, "a"), dirty, entry(4, "c")}) == "1");
  CHECK(back({entry(1, ""), entry(2, "c")}).starts_with("nothing to go back to"));
  HistoryEntry destroy = entry(2, "b");
  destroy.command = "destroy";
  CHECK(back({entry(1, "a"), destroy, entry(3, "c")}) == "1");
}

TEST_CASE("a revision that is named must be there and of a commit", "[history]") {
  HistoryEntry dirty = entry(8, "b");
  dirty.dirty = true;
  const std::vector<HistoryEntry> entries = {entry(6, "a", "partly"), entry(7, ""), dirty};
  CHECK(back(entries, 6) == "6");
  CHECK_THAT(back(entries, 7), ContainsSubstring("cannot be gone back to: it was of no commit"));
  CHECK_THAT(back(entries, 8), ContainsSubstring("its folder had changes that no commit has"));
  HistoryEntry destroy = entry(9, "c");
  destroy.command = "destroy";
  CHECK_THAT(back({entry(6, "a"), destroy}, 9),
             ContainsSubstring("cannot be gone back to: it removed the application"));
  CHECK(back(entries, 5) == "the history has no revision 5");
  CHECK(entry_to_go_back_to(entries, 5).error().hint == "it has 6 to 8: cloudflow history");
}

TEST_CASE("an entry says how its run ended, and is short whatever it is about", "[history]") {
  Plan plan{.application = "calls", .version = std::string(5000, 'v')};
  // "ö" has two bytes: the cut is between characters.
  std::string subject;
  for (int i = 0; i < 3000; ++i) subject += "ö";
  plan.revision = {.commit = std::string(40, 'a'), .branch = std::string(3000, 'b'), .subject = "x" + subject};
  const std::vector<Resource> desired;
  const Inventory before;
  const std::map<std::string, std::string> ids;
  const std::string application = "calls";
  FakeClock clock;
  const TopicQuestions none;
  const RecordedRun run{.plan = plan,
                        .desired = desired,
                        .before = before,
                        .cluster_ids = ids,
                        .application = application,
                        .by = std::string(900, 'w'),
                        .clock = clock,
                        .kafka = none,
                        .command = "sync",
                        .id = "0011223344556677",
                        .started = "2026-11-30T12:00:00Z"};
  const auto result = [&](const Outcome& outcome) { return history_entry(entry_of(run, outcome)).result; };
  const ResourceId id{"p", "Thing", "s", "a"};
  CHECK(result({}) == "applied");
  CHECK(result({.refused = 1}) == "failed");  // nothing was changed
  CHECK(result({.changed = 1, .refused = 1}) == "partly");
  CHECK(result({.changed = 1, .failures = {{.id = id}}}) == "partly");
  CHECK(result({.failures = {{.id = id}}}) == "failed");
  CHECK(result({.changed = 1, .interrupted = true}) == "interrupted");

  const Json whole = entry_of(run, {.added = 3, .took = std::chrono::milliseconds(1500)});
  CHECK(dump(whole).size() < 1500);  // fifty of them are far from the megabyte that an object may have
  const HistoryEntry read = history_entry(whole);
  CHECK(read.command == "sync");
  CHECK(read.added == 3);
  CHECK(read.took == std::chrono::milliseconds(1500));
  CHECK(read.plan.size() == 64);
  CHECK(Json::parse(dump(whole)) == whole);  // valid UTF-8
}

TEST_CASE("a run that was cut short is told of by the next", "[history]") {
  Inventory record;
  CHECK_FALSE(entry_of_cut_short(record));
  record.last = {{"state", "applied"}, {"run", "a1"}, {"command", "apply"}};
  CHECK_FALSE(entry_of_cut_short(record));
  record.last = {{"state", "applying"}, {"run", "a1"}, {"command", "sync"},
                 {"commit", "c"},       {"by", "ann"}, {"time", "t"}};
  const auto entry = entry_of_cut_short(record);
  REQUIRE(entry);
  const HistoryEntry read = history_entry(*entry);
  CHECK(read.result == "cut short");
  CHECK(read.command == "sync");
  CHECK_FALSE(read.took);
}
