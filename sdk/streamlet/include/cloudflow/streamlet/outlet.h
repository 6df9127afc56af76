// Where a streamlet writes: `Outlet<Reading> valid{*this, "valid", partition_by(&Reading::device)};`.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>

#include "cloudflow/streamlet/codec.h"

namespace cloudflow::streamlet {

class Streamlet;

/// An outlet whatever it carries.
class AnyOutlet {
 public:
  /// Registers itself with its streamlet, whose member it is to be.
  AnyOutlet(Streamlet& owner, std::string name, PortContract contract);
  virtual ~AnyOutlet() = default;
  AnyOutlet(const AnyOutlet&) = delete;
  AnyOutlet& operator=(const AnyOutlet&) = delete;

  const std::string& name() const { return name_; }
  const PortContract& contract() const { return contract_; }
  /// Blocks while too much is on its way already. Throws std::logic_error where the streamlet does not run.
  void emit(Message message);

 private:
  Streamlet& owner_;
  std::string name_;
  PortContract contract_;
  std::size_t index_;
};

/// The text of a key: texts as they are, numbers in decimal digits.
inline std::string key_text(std::string_view key) { return std::string(key); }
template <class Key>
  requires std::integral<Key>
std::string key_text(Key key) {
  return std::to_string(key);
}

/// Gives the key of a value; records with the same key come to one partition, in order.
template <class T>
using KeyOf = std::function<std::string(const T&)>;

/// The key is a member.
template <class T, class Member>
KeyOf<T> partition_by(Member T::* member) {
  return [member](const T& value) { return key_text(value.*member); };
}

template <class T, template <class> class Codec = DefaultCodec>
class Outlet final : public AnyOutlet {
 public:
  using Value = T;

  /// Without a key, records go to partitions in turn, and only those of one partition stay in order.
  Outlet(Streamlet& owner, std::string name, KeyOf<T> key = {})
      : AnyOutlet(owner, std::move(name), Codec<T>::contract()), key_(std::move(key)) {}

  /// To be called by the handler that processes a record (or by generate), in its thread. The record counts as
  /// processed only after all that was sent meanwhile is acknowledged. Blocks while too much is on its way already.
  /// Throws CodecError where the value cannot be written.
  void send(const T& value) { emit(message_of(value)); }
  void send(const T& value, std::string_view key) { emit({.key = std::string(key), .value = codec_.encode(value)}); }
  /// What send(value) sends. Throws CodecError as well.
  Message message_of(const T& value) {
    return {.key = key_ ? std::optional(key_(value)) : std::nullopt, .value = codec_.encode(value)};
  }
  /// The value of a record that was written to this outlet.
  T decode(std::string_view value) { return codec_.decode(value); }

 private:
  Codec<T> codec_{};
  KeyOf<T> key_{};
};

}  // namespace cloudflow::streamlet
