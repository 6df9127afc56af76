// The kit for tests of streamlets, on a streamlet as a user writes it.
#include "cloudflow/streamlet/testing.h"

#include <catch2/catch_all.hpp>

#include "tests/streamlet/readings.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

class Validate : public Streamlet {
  Inlet<Reading> in{*this, "in"};
  Inlet<std::map<std::string, int>, AsJson> counts{*this, "counts"};
  Outlet<Reading> valid{*this, "valid", partition_by(&Reading::device)};
  Outlet<Reading> invalid{*this, "invalid"};
  Outlet<int, AsJson> sum{*this, "sum"};
  Parameter<double> limit{*this, "max-celsius", "Above that a reading is invalid", 60.0};

 public:
  Validate() {
    on(in, [this](const Reading& reading) { (reading.celsius <= limit ? valid : invalid).send(reading); });
    on(counts, [this](const std::map<std::string, int>& all, const RecordInfo& info) {
      for (const auto& [name, number] : all) sum.send(number, std::string(info.key.value_or(name)));
    });
  }
};

class Numbers : public Streamlet {
  Outlet<Bytes> out{*this, "out"};
  int next_ = 0;

 public:
  Numbers() {
    generate([this] {
      if (next_ < 3) out.send({std::to_string(next_)});
      return next_++ < 3;
    });
  }
};

}  // namespace

TEST_CASE("a streamlet's logic runs without Kafka") {
  TestRun<Validate> run({{"max-celsius", 50}});
  const Reading warm{"a", 1, 49.5};
  const Reading hot{"b", 2, 50.5};
  run.send("in", warm);
  run.send("in", hot);
  CHECK(run.received<Reading>("valid") == std::vector{warm});
  CHECK(run.received<Reading>("invalid") == std::vector{hot});
  CHECK(run.messages("valid").at(0).key == "a");
  CHECK(run.messages("invalid").at(0).key == std::nullopt);
}

TEST_CASE("parameters that are not given have their defaults") {
  TestRun<Validate> run;
  run.send("in", Reading{"a", 1, 60.0});
  CHECK(run.received<Reading>("valid").size() == 1);
}

TEST_CASE("ports may have other codecs, and handlers see keys") {
  TestRun<Validate> run;
  run.send<std::map<std::string, int>, AsJson>("counts", {{"x", 3}});
  run.send<std::map<std::string, int>, AsJson>("counts", {{"x", 4}}, "k");
  CHECK((run.received<int, AsJson>("sum")) == std::vector{3, 4});
  CHECK(run.messages("sum").at(1).key == "k");
}

TEST_CASE("a generator is called until it has no more") {
  TestRun<Numbers> run;
  run.generate(2);
  CHECK(run.received<Bytes>("out") == std::vector<Bytes>{{"0"}, {"1"}});
  run.generate(10);
  CHECK(run.received<Bytes>("out").size() == 3);
}

TEST_CASE("mistakes of a test are told") {
  const auto start = [](const std::map<std::string, Json>& parameters) { const TestRun<Validate> run(parameters); };
  CHECK_THROWS_WITH(start({{"min", 1}}), "there is no config parameter min");
  CHECK_THROWS_WITH(start({{"max-celsius", "hot"}}),
                    "config parameter max-celsius: \"hot\" is not what is wanted, a number");
  TestRun<Validate> run;
  CHECK_THROWS_WITH(run.send("on", Reading{}), "there is no inlet on");
  CHECK_THROWS_WITH(run.send("in", Bytes{}), "inlet in carries another type");
  CHECK_THROWS_WITH(run.received<Bytes>("valid"), "outlet valid carries another type");
  CHECK_THROWS_AS(run.send_bytes("in", "?"), UndecodableError);
}

}  // namespace cloudflow::testing
