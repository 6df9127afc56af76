// An inlet whose records are the latest values of their keys, to be looked up by other inlets' handlers:
//
//   Inlet<Order> orders{*this, "orders"};
//   Table<std::string, Customer> customers{*this, "customers"};
//   on(orders, [this](const Order& o) { if (auto c = customers.get(o.customer)) enriched.send({o, *c}); });
//
// That is the join of a stream with a table: without the `if`, the left join. As with all stores, a handler sees the
// partition of its record: both topics need as many partitions, and the same keys.
#pragma once

#include <charconv>
#include <concepts>
#include <functional>
#include <optional>
#include <string>

#include "cloudflow/streamlet/key_value_store.h"
#include "cloudflow/streamlet/streamlet.h"

namespace cloudflow::streamlet {

/// Keys are those of Kafka's records: texts, or whole numbers in decimal digits as `partition_by` writes them.
template <class K, class V, template <class> class Codec = DefaultCodec>
class Table {
 public:
  using Changed = std::function<void(const K& key, const std::optional<V>& before, const std::optional<V>& after)>;

  /// Of the inlet and of its store, whose changelog has the name. Lower-case letters, digits and dashes.
  Table(Streamlet& owner, const std::string& name) : inlet_(owner, name), values_(owner, name) {
    inlet_.handle([this](const V& value, const RecordInfo& info) { change(info, value); });
    inlet_.handle_tombstones([this](const RecordInfo& info) { change(info, std::nullopt); });
  }

  /// Called for each record after it was put, by the handler of the inlet. A record without a value erases its key.
  void on_change(Changed changed) { changed_ = std::move(changed); }

  /// As KeyValueStore has them.
  std::optional<V> get(const K& key) const { return values_.get(key); }
  template <class Visit>
  void range(const K& from, const K& to, Visit visit) const {
    values_.range(from, to, std::move(visit));
  }
  template <class Visit>
  void all(Visit visit) const {
    values_.all(std::move(visit));
  }

 private:
  static K key_of(const RecordInfo& info) {
    if (!info.key) throw UndecodableError("a record of a table has a key");
    if constexpr (std::constructible_from<K, std::string_view>) {
      return K(*info.key);
    } else {
      K key{};
      const char* end = info.key->data() + info.key->size();
      const auto [last, problem] = std::from_chars(info.key->data(), end, key);
      if (problem != std::errc() || last != end) throw UndecodableError("the key of a table's record is no number");
      return key;
    }
  }

  void change(const RecordInfo& info, const std::optional<V>& value) {
    const K key = key_of(info);
    const std::optional<V> before = changed_ ? values_.get(key) : std::nullopt;
    if (value) {
      values_.put(key, *value);
    } else {
      values_.erase(key);
    }
    if (changed_) changed_(key, before, value);
  }

  Inlet<V, Codec> inlet_;
  KeyValueStore<K, V, Codec> values_;
  Changed changed_{};
};

}  // namespace cloudflow::streamlet
