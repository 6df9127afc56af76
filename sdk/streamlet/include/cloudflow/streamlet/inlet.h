// Where a streamlet reads: `Inlet<Reading> in{*this, "in"};`, and Streamlet::on says what happens with each value.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cloudflow/streamlet/codec.h"

namespace cloudflow::streamlet {

class Streamlet;

/// Bytes that are no value of an inlet's type.
class UndecodableError : public CodecError {
 public:
  using CodecError::CodecError;
};

/// An inlet whatever it carries.
class AnyInlet {
 public:
  /// Registers itself with its streamlet, whose member it is to be.
  AnyInlet(Streamlet& owner, std::string name, PortContract contract);
  virtual ~AnyInlet() = default;
  AnyInlet(const AnyInlet&) = delete;
  AnyInlet& operator=(const AnyInlet&) = delete;

  const std::string& name() const { return name_; }
  const PortContract& contract() const { return contract_; }
  virtual bool has_handler() const = 0;
  /// Decodes the value and gives it to the handler; of a tombstone, calls what is to be done with those. Throws
  /// UndecodableError, and what the handler throws.
  virtual void process(std::string_view value, const RecordInfo& info) = 0;

 private:
  std::string name_;
  PortContract contract_;
};

template <class T, template <class> class Codec = DefaultCodec>
class Inlet final : public AnyInlet {
 public:
  using Value = T;
  using Handler = std::function<void(const T&, const RecordInfo&)>;
  using TombstoneHandler = std::function<void(const RecordInfo&)>;

  Inlet(Streamlet& owner, std::string name) : AnyInlet(owner, std::move(name), Codec<T>::contract()) {}

  void handle(Handler handler) { handler_ = std::move(handler); }
  bool has_handler() const override { return handler_ != nullptr; }
  /// What happens with records without a value; else they are empty ones.
  void handle_tombstones(TombstoneHandler handler) { tombstone_handler_ = std::move(handler); }
  void process(std::string_view value, const RecordInfo& info) override {
    if (info.is_tombstone && tombstone_handler_) return tombstone_handler_(info);
    handler_(decode(value), info);
  }
  /// The bytes of a value, as whoever writes this inlet's topic makes them.
  std::string encode(const T& value) { return codec_.encode(value); }

 private:
  T decode(std::string_view value) {
    try {
      return codec_.decode(value);
    } catch (const CodecError& problem) {  // not one of what the handler writes
      throw UndecodableError(problem.what());
    }
  }

  Codec<T> codec_{};
  Handler handler_{};
  TombstoneHandler tombstone_handler_{};
};

}  // namespace cloudflow::streamlet
