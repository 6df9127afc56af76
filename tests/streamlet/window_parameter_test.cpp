// Windows whose size a parameter says.
#include <catch2/catch_all.hpp>

#include "cloudflow/streamlet/testing.h"
#include "cloudflow/streamlet/window_store.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

class Sized : public Streamlet {
 public:
  Inlet<std::int64_t> in{*this, "in"};
  Outlet<std::int64_t> out{*this, "out"};
  Parameter<std::int32_t> size{*this, "size", "Milliseconds; 0 sets no windows", 0};
  WindowStore<std::string, std::int64_t> counts{*this, "counts"};

  Sized() {
    on(in, [this](std::int64_t time) { counts.update("", time, [](std::int64_t& count) { ++count; }); });
    counts.on_close([this](const std::string&, const Window&, std::int64_t count) { out.send(count); });
  }
  void started() override {
    using std::chrono::milliseconds;
    if (size != 0) counts.set_windows(TimeWindows::tumbling(milliseconds(size.value()), milliseconds(0)));
  }
};

}  // namespace

TEST_CASE("windows have the size that a parameter says", "[streamlet][window]") {
  for (const auto& [size, closed] : {std::pair<int, std::vector<std::int64_t>>{10, {2, 1, 2}}, {20, {3}}}) {
    TestRun<Sized> run({{"size", size}});
    for (const std::int64_t time : {1, 2, 11, 21, 22, 30}) run.send("in", time);
    CHECK(run.received<std::int64_t>("out") == closed);
  }
}

TEST_CASE("a store that was given no windows says what to do", "[streamlet][window]") {
  TestRun<Sized> run;
  CHECK_THROWS_WITH(run.send("in", std::int64_t{1}), "store counts has no windows: call set_windows in started()");
  CHECK_THROWS_AS(TestRun<Sized>({{"size", -1}}), std::invalid_argument);
}

}  // namespace cloudflow::testing
