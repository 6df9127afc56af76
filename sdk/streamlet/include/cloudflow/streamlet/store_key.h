// How the keys of a store become bytes that have the order of the keys.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "cloudflow/streamlet/avro_binary.h"

namespace cloudflow::streamlet {

/// To be specialised for a key type of your own: `encode` and `decode`, where bytes have to be ordered as keys are.
template <class K>
struct StoreKey;

/// Texts as they are, which are ordered by their bytes.
template <>
struct StoreKey<std::string> {
  static std::string encode(std::string_view key) { return std::string(key); }
  static std::string decode(std::string_view bytes) { return std::string(bytes); }
};

/// Whole numbers of fixed size, the highest byte first; the sign is turned, so that negative ones come first.
template <class K>
  requires(std::integral<K> && !std::same_as<K, bool>)
struct StoreKey<K> {
  static std::string encode(K key) {
    auto bits = static_cast<Bits>(key) ^ sign;
    std::string out(sizeof(K), '\0');
    for (std::size_t i = sizeof(K); i-- > 0; bits = static_cast<Bits>(bits >> 4 >> 4))
      out[i] = static_cast<char>(static_cast<unsigned char>(bits & 0xff));
    return out;
  }
  static K decode(std::string_view bytes) {
    if (bytes.size() != sizeof(K)) throw CodecError("a key of a store has another size");
    Bits bits = 0;
    for (const char byte : bytes) bits = static_cast<Bits>((bits << 4 << 4) | static_cast<unsigned char>(byte));
    return static_cast<K>(static_cast<Bits>(bits ^ sign));
  }

 private:
  using Bits = std::make_unsigned_t<K>;
  static constexpr Bits sign = std::signed_integral<K> ? static_cast<Bits>(Bits{1} << (sizeof(K) * 8 - 1)) : Bits{0};
};

/// A number that was encoded as a part of something.
inline std::int64_t number_at(std::string_view bytes, std::size_t at) {
  return StoreKey<std::int64_t>::decode(bytes.substr(at, sizeof(std::int64_t)));
}

/// A key among entries of several kinds, which other parts follow. Its size comes first, so that no key begins as
/// another one with what follows it.
template <class K>
std::string key_prefix(char kind, const K& key) {
  const std::string bytes = StoreKey<K>::encode(key);
  return kind + StoreKey<std::int64_t>::encode(static_cast<std::int64_t>(bytes.size())) + bytes;
}
/// The key of an entry that begins with key_prefix.
template <class K>
K key_of_prefix(std::string_view entry) {
  const auto size = static_cast<std::size_t>(number_at(entry, 1));
  return StoreKey<K>::decode(entry.substr(1 + sizeof(std::int64_t), size));
}

}  // namespace cloudflow::streamlet
