// The program that tests of streamlets run as a process: one class for each thing that is tried.
#include <chrono>
#include <string>

#include "cloudflow/streamlet/http_ingress.h"
#include "cloudflow/streamlet/key_value_store.h"
#include "cloudflow/streamlet/protobuf.h"
#include "cloudflow/streamlet/stream_join.h"
#include "cloudflow/streamlet/window_store.h"
#include "order.pb.h"
#include "tests/streamlet/whole.h"

namespace {

using namespace cloudflow::streamlet;
using namespace cloudflow::testing;

/// Bytes as they come, under their keys.
class PassThrough : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};

 public:
  PassThrough() {
    on(in, [this](const Bytes& value, const RecordInfo& info) { out.send(value, info.key.value_or("")); });
  }
};

/// The same, taking its time for each.
class Slow : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};
  Parameter<std::chrono::nanoseconds> time{*this, "time", "How long a record takes"};

 public:
  Slow() {
    on(in, [this](const Bytes& value, const RecordInfo& info) {
      wait(time);
      out.send(value, info.key.value_or(""));
    });
  }
};

/// The same, where a record "wait 3" takes 3 s.
class Waiting : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};

 public:
  Waiting() {
    on(in, [this](const Bytes& value, const RecordInfo& info) {
      if (value.data.starts_with("wait ")) wait(std::chrono::seconds(std::stoi(value.data.substr(5))));
      out.send(value, info.key.value_or(""));
    });
  }
};

/// Two inlets into one outlet; says which one it was.
class Merge : public Streamlet {
  Inlet<Bytes> left{*this, "left"};
  Inlet<Bytes> right{*this, "right"};
  Outlet<Bytes> out{*this, "out"};

 public:
  Merge() {
    for (Inlet<Bytes>* inlet : {&left, &right}) {
      on(*inlet, [this](const Bytes& value, const RecordInfo& info) {
        out.send({std::string(info.inlet) + ":" + value.data}, info.key.value_or(""));
      });
    }
  }
};

/// Tells good readings from bad ones, and cannot bear a device called "broken".
class Validate : public Streamlet {
  Inlet<Reading> in{*this, "in"};
  Outlet<Reading> valid{*this, "valid", partition_by(&Reading::device)};
  Outlet<Reading> invalid{*this, "invalid", partition_by(&Reading::device)};
  Parameter<double> limit{*this, "max-celsius", "Above that a reading is invalid", 60.0};

 public:
  Validate() {
    on(in, [this](const Reading& reading) {
      if (reading.device == "broken") throw std::runtime_error("the device is broken");
      (reading.celsius <= limit ? valid : invalid).send(reading);
    });
  }
};

/// The same with an outlet for what it cannot process.
class Careful : public Streamlet {
  Inlet<Reading> in{*this, "in"};
  Outlet<Reading> valid{*this, "valid", partition_by(&Reading::device)};
  Outlet<Bytes> dead{*this, "dead"};

 public:
  Careful() {
    dead_letters_to(dead);
    on(in, [this](const Reading& reading) {
      if (reading.device == "broken") throw std::runtime_error("the device is broken");
      valid.send(reading);
    });
  }
};

/// How often there was each key, and what was under it before: "value count before".
class Count : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};
  KeyValueStore<std::string, std::int64_t> counts{*this, "counts"};
  KeyValueStore<std::string, std::string> latest{*this, "latest"};

 public:
  Count() {
    on(in, [this](const Bytes& value, const RecordInfo& info) {
      const std::string key(info.key.value_or(""));
      const std::int64_t count = counts.get(key).value_or(0) + 1;
      const std::string before = latest.get(key).value_or("-1");
      counts.put(key, count);
      latest.put(key, value.data);
      out.send({value.data + " " + std::to_string(count) + " " + before}, key);
    });
  }
};

/// How often there was each key: what tests/bench/kafka_streams does, to be measured against it.
class KeyedCount : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};
  KeyValueStore<std::string, std::int64_t> counts{*this, "counts"};

 public:
  KeyedCount() {
    on(in, [this](const Bytes&, const RecordInfo& info) {
      const std::string key(info.key.value_or(""));
      const std::int64_t count = counts.get(key).value_or(0) + 1;
      counts.put(key, count);
      out.send({std::to_string(count)}, key);
    });
  }
};

/// How many numbers of each key lie in each thousand of them: "key start count".
class PerThousand : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};
  WindowStore<std::string, std::int64_t> counts{
      *this, "per-thousand", TimeWindows::tumbling(std::chrono::milliseconds(1000), std::chrono::milliseconds(50))};

 public:
  PerThousand() {
    on(in, [this](const Bytes& value, const RecordInfo& info) {
      counts.update(std::string(info.key.value_or("")), std::stoll(value.data), [](std::int64_t& count) { ++count; });
    });
    counts.on_close([this](const std::string& key, const Window& window, std::int64_t count) {
      out.send({key + " " + std::to_string(window.start) + " " + std::to_string(count)}, key);
    });
  }
};

/// Pairs of values of both inlets under the same key, whenever they come: "left right".
class Join : public Streamlet {
  Inlet<std::string, AsBytes> left{*this, "left"};
  Inlet<std::string, AsBytes> right{*this, "right"};
  Outlet<Bytes> out{*this, "out"};
  StreamJoin<std::string, std::string, std::string> pairs{
      *this, "pairs", JoinWindows::within(std::chrono::hours(1000), std::chrono::milliseconds(0))};

 public:
  Join() {
    on(left, [this](const std::string& value, const RecordInfo& info) {
      pairs.left(std::string(info.key.value_or("")), info.time, value);
    });
    on(right, [this](const std::string& value, const RecordInfo& info) {
      pairs.right(std::string(info.key.value_or("")), info.time, value);
    });
    pairs.on_match([this](const std::string& key, const std::string& one, const std::string& other) {
      out.send({one + " " + other}, key);
    });
  }
};

/// The same of records that are within some milliseconds of each other, and each one that came too late.
class JoinSoon : public Streamlet {
  Inlet<std::string, AsBytes> left{*this, "left"};
  Inlet<std::string, AsBytes> right{*this, "right"};
  Outlet<Bytes> out{*this, "out"};
  StreamJoin<std::string, std::string, std::string> pairs{
      *this, "pairs", JoinWindows::within(std::chrono::milliseconds(5), std::chrono::milliseconds(0))};

 public:
  JoinSoon() {
    on(left, [this](const std::string& value, const RecordInfo& info) {
      const std::string key(info.key.value_or(""));
      if (!pairs.left(key, info.time, value)) out.send({"late"}, key);
    });
    on(right, [this](const std::string& value, const RecordInfo& info) {
      const std::string key(info.key.value_or(""));
      if (!pairs.right(key, info.time, value)) out.send({"late"}, key);
    });
    pairs.on_match([this](const std::string& key, const std::string& one, const std::string& other) {
      out.send({one + " " + other}, key);
    });
    pairs.on_left_alone([this](const std::string& key, const std::string& one) { out.send({one + " -"}, key); });
    pairs.on_right_alone([this](const std::string& key, const std::string& one) { out.send({"- " + one}, key); });
  }
};

/// Sends a value, and only then finds that it cannot bear it.
class TooLate : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};

 public:
  TooLate() {
    on(in, [this](const Bytes& value) {
      out.send(value, "k");
      if (value.data == "broken") throw std::runtime_error("it is broken");
    });
  }
};

/// Orders as they come.
class Orders : public Streamlet {
  Inlet<shop::Order, AsProtobuf> in{*this, "in"};
  Outlet<shop::Order, AsProtobuf> out{*this, "out", [](const shop::Order& order) { return order.id(); }};

 public:
  Orders() {
    on(in, [this](const shop::Order& order) { out.send(order); });
  }
};

/// Counts up to a number.
class Numbers : public Streamlet {
  Outlet<Bytes> out{*this, "out"};
  Parameter<std::int32_t> count{*this, "count", "How many; 0 goes on for ever", 0};
  Parameter<std::chrono::nanoseconds> every{*this, "every", "Time between two", std::chrono::nanoseconds(0)};
  std::int32_t next_ = 0;

 public:
  Numbers() {
    generate([this] {
      if (count > 0 && next_ == count) return false;
      out.send({std::to_string(next_++)}, "numbers");
      return every.value().count() == 0 || wait(every);
    });
  }
};

/// Readings over HTTP.
class Ingress : public Streamlet {
  Outlet<Reading> out{*this, "out", partition_by(&Reading::device)};
  HttpIngress http{*this, out, {.answer_within = std::chrono::seconds(2)}};
};

/// The same without keys.
class KeylessIngress : public Streamlet {
  Outlet<Reading> out{*this, "out"};
  HttpIngress http{*this, out};
};

}  // namespace

int main(int argc, char** argv) {
  return Program{}
      .with<PassThrough>("test.PassThrough")
      .with<Slow>("test.Slow")
      .with<Waiting>("test.Waiting")
      .with<Merge>("test.Merge")
      .with<Validate>("test.Validate", "Tells good readings from bad ones")
      .with<Careful>("test.Careful")
      .with<Count>("test.Count")
      .with<KeyedCount>("test.KeyedCount")
      .with<PerThousand>("test.PerThousand")
      .with<Join>("test.Join")
      .with<JoinSoon>("test.JoinSoon")
      .with<TooLate>("test.TooLate")
      .with<Numbers>("test.Numbers")
      .with<Ingress>("test.Ingress")
      .with<KeylessIngress>("test.KeylessIngress")
      .with<Orders>("test.Orders")
      .with<Whole>("test.Whole", "Does everything")
      .run(argc, argv);
}
