// Runs a streamlet's logic in a test, without Kafka:
//
//   TestRun<Validate> run({{"max-celsius", 50}});
//   run.send("in", Reading{"a", 1, 70.0});
//   CHECK(run.received<Reading>("invalid") == std::vector{Reading{"a", 1, 70.0}});
//
// Values pass through the codecs of their ports, as they would on the way through topics.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

#include "cloudflow/streamlet/class_mistakes.h"
#include "cloudflow/streamlet/streamlet.h"

namespace cloudflow::streamlet {

/// What a store has of the one partition of a test.
class MemoryStore final : public StorePartition {
 public:
  std::optional<std::string> get(std::string_view key) const override {
    const auto known = values_.find(key);
    return known == values_.end() ? std::nullopt : std::optional(known->second);
  }
  void put(std::string_view key, std::optional<std::string> value) override {
    if (value) {
      values_.insert_or_assign(std::string(key), *std::move(value));
    } else if (const auto known = values_.find(key); known != values_.end()) {
      values_.erase(known);
    }
  }
  void scan(std::string_view from, std::optional<std::string_view> to, const Visit& visit) const override {
    auto at = values_.lower_bound(from);
    while (at != values_.end() && (!to || at->first <= *to)) {
      const auto [key, value] = *at;  // a copy: it may be erased by who sees it
      if (!visit(key, value)) return;
      at = values_.upper_bound(key);
    }
  }

 private:
  std::map<std::string, std::string, std::less<>> values_{};
};

template <class S>
class TestRun : private Host {
 public:
  /// Parameters by their keys; those not named have their defaults. Throws std::invalid_argument for a parameter that
  /// is not there, or a value of another type, and std::logic_error where a run would refuse the class.
  explicit TestRun(const std::map<std::string, Json>& parameters = {}) {
    check_class(streamlet_, typeid(S));
    streamlet_.set_host(this);
    for (const auto& [key, value] : parameters) named(streamlet_.parameters(), key, "config parameter");
    for (AnyParameter* parameter : streamlet_.parameters()) {
      const auto given = parameters.find(parameter->key());
      const auto set = parameter->set(given == parameters.end() ? Json() : given->second);
      if (!set) throw std::invalid_argument("config parameter " + parameter->key() + ": " + set.error().message);
    }
    sent_.resize(streamlet_.outlets().size());
    streamlet_.started();
    for (AnyStore* store : streamlet_.stores()) store->set_partition(stores_.emplace_back(new MemoryStore).get());
  }

  /// Its stores may be read and written between records, too.
  S& streamlet() { return streamlet_; }

  /// The time of the records that follow, in milliseconds since 1970; -1, as if Kafka had none, before it is set.
  void set_time(std::int64_t time) { time_ = time; }
  /// Gives a value to an inlet as a record of partition 0. Throws what the handler throws, and std::invalid_argument
  /// where there is no such inlet, or one of another type.
  template <class T, template <class> class Codec = DefaultCodec>
  void send(const std::string& inlet, const T& value, std::optional<std::string> key = std::nullopt) {
    auto* port = dynamic_cast<Inlet<T, Codec>*>(&named(streamlet_.inlets(), inlet, "inlet"));
    if (port == nullptr) throw std::invalid_argument("inlet " + inlet + " carries another type");
    send_bytes(inlet, port->encode(value), std::move(key));
  }
  /// The same with what may be no value of its type.
  void send_bytes(const std::string& inlet, std::string_view value, std::optional<std::string> key = std::nullopt) {
    AnyInlet& port = named(streamlet_.inlets(), inlet, "inlet");
    port.process(value, {.inlet = inlet, .topic = inlet, .offset = offset_++, .time = time_, .key = key});
  }
  /// A record without a value, which forgets its key.
  void send_tombstone(const std::string& inlet, const std::string& key) {
    AnyInlet& port = named(streamlet_.inlets(), inlet, "inlet");
    port.process(
        {}, {.inlet = inlet, .topic = inlet, .offset = offset_++, .time = time_, .key = key, .is_tombstone = true});
  }
  /// Calls generate's function that often, or until it returns false.
  void generate(int times) {
    while (times-- > 0 && streamlet_.generator()()) {
    }
  }

  /// What was sent to an outlet, in order.
  template <class T, template <class> class Codec = DefaultCodec>
  std::vector<T> received(const std::string& outlet) {
    auto* port = dynamic_cast<Outlet<T, Codec>*>(&named(streamlet_.outlets(), outlet, "outlet"));
    if (port == nullptr) throw std::invalid_argument("outlet " + outlet + " carries another type");
    std::vector<T> out;
    for (const Message& message : messages(outlet)) out.push_back(port->decode(message.value));
    return out;
  }
  /// The same with keys, headers and bytes.
  const std::vector<Message>& messages(const std::string& outlet) {
    const auto& outlets = streamlet_.outlets();
    for (std::size_t i = 0; i < outlets.size(); ++i) {
      if (outlets[i]->name() == outlet) return sent_[i];
    }
    throw std::invalid_argument("there is no outlet " + outlet);
  }

 private:
  static const std::string& name_of(const AnyParameter& parameter) { return parameter.key(); }
  static const std::string& name_of(const auto& port) { return port.name(); }
  template <class T>
  static T& named(const std::vector<T*>& all, const std::string& name, const std::string& what) {
    for (T* one : all) {
      if (name_of(*one) == name) return *one;
    }
    throw std::invalid_argument("there is no " + what + " " + name);
  }

  void send(std::size_t outlet, Message message) override {
    if (message.receipt) message.receipt->tell(Receipt::State::acknowledged);
    sent_.at(outlet).push_back(std::move(message));
  }
  bool wait(std::chrono::nanoseconds) override { return true; }
  bool is_stopping() const override { return false; }
  bool flush(std::chrono::nanoseconds) override { return true; }

  std::vector<std::vector<Message>> sent_{};
  std::int64_t offset_ = 0;
  std::int64_t time_ = -1;
  std::vector<std::unique_ptr<MemoryStore>> stores_{};
  S streamlet_{};
};

}  // namespace cloudflow::streamlet
