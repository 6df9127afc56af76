// A place in an Avro value, and the coder that makes bytes of the whole; the seam to the library behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cloudflow::streamlet {

/// Why bytes are no value of a port's type, or a value cannot be written. Says what is wrong, not where.
class CodecError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace avro {

/// Valid until the coder that gave it reads or writes the next value.
struct Node {
  void* interface = nullptr;
  void* self = nullptr;
};

void put(Node node, bool value);
void put(Node node, std::int32_t value);
void put(Node node, std::int64_t value);
void put(Node node, float value);
void put(Node node, double value);
void put(Node node, const std::string& value);
void put_bytes(Node node, const std::string& value);
void put_symbol(Node node, int index);
Node put_branch(Node node, int index);                  ///< of a union; the place of its value
Node append(Node array);                                ///< the place of one more item
Node add(Node map, const std::string& key);             ///< the place of that key's value
Node member_of(const Node& record, std::size_t index);  ///< for reading and writing

void get(Node node, bool& value);
void get(Node node, std::int32_t& value);
void get(Node node, std::int64_t& value);
void get(Node node, float& value);
void get(Node node, double& value);
void get(Node node, std::string& value);
void get_bytes(Node node, std::string& value);
int get_symbol(Node node);
int get_branch(Node node);                                                      ///< index of the branch of a union
Node branch_of(Node node);                                                      ///< its value
std::size_t size_of(Node node);                                                 ///< of an array or map
Node item_of(const Node& node, std::size_t index, std::string* key = nullptr);  ///< of an array or map

/// Writes and reads Avro's binary encoding of one schema. For one thread at a time.
class Coder {
 public:
  /// Throws CodecError where the schema is none, for example for a name with a blank in it.
  explicit Coder(const std::string& schema);
  ~Coder();
  Coder(Coder&& other) noexcept;
  Coder& operator=(Coder&& other) noexcept;

  Node blank();         ///< an empty value, to be filled
  std::string bytes();  ///< of the value that was filled. Throws CodecError
  /// The value that the bytes are, all of them. Throws CodecError.
  Node read(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Avro's parsing canonical form of a schema as JSON. Throws CodecError where it is no JSON.
std::string canonical_form(std::string_view schema);
/// Base64 of its SHA-256: what a descriptor calls fingerprint.
std::string fingerprint(std::string_view schema);

}  // namespace avro
}  // namespace cloudflow::streamlet
