// A streamlet with stores, which tries itself.
#include <cloudflow/streamlet/key_value_store.h>
#include <cloudflow/streamlet/testing.h>
#include <cloudflow/streamlet/window_store.h>

using namespace cloudflow::streamlet;

class Count : public Streamlet {
 public:
  Inlet<Bytes> in{*this, "in"};
  KeyValueStore<std::string, std::int64_t> counts{*this, "counts"};
  WindowStore<std::string, std::int64_t> seconds{
      *this, "seconds", TimeWindows::tumbling(std::chrono::seconds(1), std::chrono::seconds(0))};

  Count() {
    on(in, [this](const Bytes& value, const RecordInfo& info) {
      counts.put(value.data, counts.get(value.data).value_or(0) + 1);
      seconds.update(value.data, info.time, [](std::int64_t& count) { ++count; });
    });
  }
};

int main(int argc, char** argv) {
  if (argc > 1) return run<Count>(argc, argv, "test.Count");
  TestRun<Count> run;
  run.set_time(1);
  for (int i = 0; i < 3; ++i) run.send("in", Bytes{"a"});
  return run.streamlet().counts.get("a") == 3 && run.streamlet().seconds.get("a", 0) == 3 ? 0 : 1;
}
