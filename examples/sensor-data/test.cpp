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

}  // namespace

int main() {
  TestRun<Validate> run({{"max-celsius", 50}});
  const Reading warm{"a", 1, 49.0};
  const Reading hot{"a", 2, 70.0};
  run.send("in", warm);
  run.send("in", hot);
  check(run.received<Reading>("valid") == std::vector{warm}, "a warm reading is valid");
  check(run.received<InvalidReading>("invalid") == std::vector{InvalidReading{hot, "too hot"}}, "a hot one is not");

  TestRun<Metrics> metrics;
  metrics.send("in", Reading{"a", 1, 20.0});
  check(metrics.received<Metric>("out") ==
            std::vector{Metric{"a", "celsius", 1, 20.0}, Metric{"a", "fahrenheit", 1, 68.0}},
        "a reading becomes two metrics");

  TestRun<Sensors> sensors({{"devices", 2}});
  sensors.generate(3);
  check(sensors.messages("out").size() == 3, "each call makes a reading");
  check(sensors.messages("out").at(2).key == "sensor-0", "devices take turns, and are the keys");
  return failures == 0 ? 0 : 1;
}
