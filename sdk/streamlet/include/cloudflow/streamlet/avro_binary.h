// Avro's binary encoding of the simple types, of which all others are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cloudflow::streamlet {

/// Why bytes are no value of a port's type, or a value cannot be written. Says what is wrong, not where.
class CodecError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class AvroWriter {
 public:
  void put(bool value) { bytes_ += value ? '\1' : '\0'; }
  void put(std::int32_t value) { put(static_cast<std::int64_t>(value)); }
  void put(std::int64_t value);
  void put(float value);
  void put(double value);
  void put(std::string_view bytes);  ///< a string, or bytes

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_{};
};

/// Reads from bytes that it does not own. Whatever they are, it reads nothing outside of them and allocates no more
/// than a small multiple of their size; what is wrong is a CodecError.
class AvroReader {
 public:
  explicit AvroReader(std::string_view bytes) : left_(bytes) {}

  void get(bool& value);
  void get(std::int32_t& value);
  void get(std::int64_t& value);
  void get(float& value);
  void get(double& value);
  void get(std::string& bytes);

  /// The index of a branch of a union, or of a symbol of an enum; less than `count`.
  std::size_t get_index(std::size_t count);
  /// How many items the next block of an array or map has; 0 after the last one.
  std::size_t get_block();
  /// Throws where bytes are left.
  void end() const;

  /// A record of a record of a record …: bounds how deep, as the stack is bounded.
  class Level {
   public:
    explicit Level(AvroReader& reader);
    ~Level() { --reader_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    AvroReader& reader_;
  };

 private:
  std::string_view take(std::size_t size);

  std::string_view left_;
  int depth_ = 0;
};

namespace avro {

/// Avro's parsing canonical form of a schema as JSON. Throws CodecError where it is no JSON.
std::string canonical_form(std::string_view schema);
/// Base64 of its SHA-256: what a descriptor calls fingerprint.
std::string fingerprint(std::string_view schema);

}  // namespace avro
}  // namespace cloudflow::streamlet
