// The logic of the streamlets, without Kafka.
#include <cloudflow/streamlet/testing.h>

#include "streamlets.h"

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "failed: " << what << "\n";
  ++failures;
}

CallRecord call(const std::string& user, std::int64_t duration, std::int64_t second) {
  return {user, "other", "outgoing", duration, second * 1000};
}

void validates() {
  TestRun<CallRecordValidation> run;
  const CallRecord good = call("ann", 60, 1);
  CallRecord sideways = good;
  sideways.direction = "sideways";
  CallRecord tomorrow = good;
  tomorrow.timestamp = milliseconds_now() + 86'400'000;
  for (const CallRecord& record : {good, call("", 60, 1), sideways, call("ann", -1, 1), call("ann", 60, 0), tomorrow})
    run.send("in", record);
  check(run.received<CallRecord>("valid") == std::vector{good}, "only the good record is valid");
  check(run.messages("valid").at(0).key == "ann", "and has its user as key");
  const auto invalid = run.received<InvalidRecord>("invalid");
  check(invalid.size() == 5, "all others are invalid");
  check(invalid.at(0) == InvalidRecord{call("", 60, 1), "it has no user"}, "and say why");
  check(invalid.at(4) == InvalidRecord{tomorrow, "its time is in the future"}, "tomorrow is invalid");
}

void adds_up() {
  TestRun<CallStatsAggregator> run({{"group-by-window", "10 s"}, {"watermark", "2 s"}});
  run.send("in", call("ann", 10, 1));
  run.send("in", call("bob", 7, 5));
  run.send("in", call("ann", 20, 11));  // the first window waits for the late ones
  run.send("in", call("ann", 30, 9));
  check(run.received<CallStats>("out").empty(), "no window is closed yet");
  run.send("in", call("bob", 1, 12));
  check(run.received<CallStats>("out") ==
            std::vector{CallStats{"ann", 0, 10'000, 2, 40, 20.0}, CallStats{"bob", 0, 10'000, 1, 7, 7.0}},
        "a window closes for all users when the time has passed its end and the watermark");
  run.send("in", call("bob", 99, 8));
  check(run.received<CallRecord>("late") == std::vector{call("bob", 99, 8)}, "what comes later is late");
  run.send("in", call("bob", 1, 22));
  check(run.received<CallStats>("out").size() == 4, "the next window has both users");
  check(run.received<CallStats>("out").at(2) == CallStats{"ann", 10'000, 10'000, 1, 20, 20.0},
        "and does not count the late call");
}

void makes_up() {
  TestRun<CallRecordGenerator> run({{"users", 4}});
  run.generate(100);
  const auto made = run.received<CallRecord>("out");
  check(made.size() == 100, "each call makes a record");
  check(made.at(5).user == "user-1", "users take turns");
  check(made.at(83).duration < 0, "one of a hundred is invalid");
  check(made.at(41).timestamp < made.at(40).timestamp - 3'000'000, "and one is late");
}

}  // namespace

int main() {
  validates();
  adds_up();
  makes_up();
  return failures == 0 ? 0 : 1;
}
