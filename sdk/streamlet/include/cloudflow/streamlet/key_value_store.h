// Values under keys, which survive the program: `KeyValueStore<std::string, Total> totals{*this, "totals"};`.
//
// Each partition of the inlet has a store of its own, and a handler sees that of its record: write under keys by which
// the inlet's records are partitioned. Every change also goes to the topic APPLICATION.STREAMLET.STORE-changelog, from
// which whoever gets the partition restores it.
#pragma once

#include <concepts>
#include <optional>

#include "cloudflow/streamlet/codec.h"
#include "cloudflow/streamlet/store.h"
#include "cloudflow/streamlet/store_key.h"

namespace cloudflow::streamlet {

/// To be used by handlers, in their thread; else std::logic_error. What a handler has changed, later records see at
/// once. Throws StateError where the disk fails, and CodecError where what is stored is no V, as after a change of V.
template <class K, class V, template <class> class Codec = DefaultCodec>
class KeyValueStore final : public AnyStore {
 public:
  using Key = K;
  using Value = V;

  /// The name is part of the changelog's: lower-case letters, digits and dashes.
  KeyValueStore(Streamlet& owner, std::string name) : AnyStore(owner, std::move(name), open_rocksdb) {}

  std::optional<V> get(const K& key) const {
    const std::optional<std::string> bytes = partition().get(StoreKey<K>::encode(key));
    return bytes ? std::optional<V>(codec_.decode(*bytes)) : std::nullopt;
  }
  void put(const K& key, const V& value) { partition().put(StoreKey<K>::encode(key), codec_.encode(value)); }
  /// Kafka Streams calls it delete.
  void erase(const K& key) { partition().put(StoreKey<K>::encode(key), std::nullopt); }

  /// Calls `visit(key, value)` for keys from `from` to `to`, both included, in the order of their bytes, until it
  /// returns false (one that returns nothing sees all). It may change the store.
  template <class Visit>
  void range(const K& from, const K& to, Visit visit) const {
    const std::string last = StoreKey<K>::encode(to);
    scan(StoreKey<K>::encode(from), last, visit);
  }
  template <class Visit>
  void all(Visit visit) const {
    scan("", std::nullopt, visit);
  }

 private:
  template <class Visit>
  void scan(std::string_view from, std::optional<std::string_view> to, Visit& visit) const {
    partition().scan(from, to, [&](std::string_view key, std::string_view bytes) {
      const K one = StoreKey<K>::decode(key);
      const V value = codec_.decode(bytes);
      if constexpr (std::convertible_to<std::invoke_result_t<Visit&, const K&, const V&>, bool>) {
        return static_cast<bool>(visit(one, value));
      } else {
        visit(one, value);
        return true;
      }
    });
  }

  mutable Codec<V> codec_{};
};

}  // namespace cloudflow::streamlet
