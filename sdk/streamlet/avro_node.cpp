// Avro's binary encoding by libavro; nothing else of ours includes it.
#include "cloudflow/streamlet/avro_node.h"

#include <avro.h>
#include <fmt/format.h>

#include <mutex>

namespace cloudflow::streamlet::avro {
namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* handle) const {
    release(handle);
  }
};

using SchemaHandle = std::unique_ptr<avro_obj_t, Release<avro_schema_decref>>;
using ReaderHandle = std::unique_ptr<avro_reader_t_, Release<avro_reader_free>>;
using WriterHandle = std::unique_ptr<avro_writer_t_, Release<avro_writer_free>>;

/// Debian's library is built without THREADSAFE: the text of its last error is one buffer for all threads. Whatever may
/// write it, which is reading and writing whole values, is done by one thread at a time.
std::mutex& library() {
  static std::mutex mutex;
  return mutex;
}

std::string last_error() {
  std::string text = avro_strerror();
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  return text;
}

avro_value_t raw(const Node& node) { return {static_cast<avro_value_iface_t*>(node.interface), node.self}; }
Node node_of(const avro_value_t& value) { return {value.iface, value.self}; }

/// What goes wrong with a place of a value is a mistake in this library, not in data: types decide which place is used.
void check(int failed) {
  if (failed != 0) throw CodecError("a value does not fit its Avro schema");
}

}  // namespace

void put(Node node, bool value) {
  avro_value_t to = raw(node);
  check(avro_value_set_boolean(&to, value ? 1 : 0));
}
void put(Node node, std::int32_t value) {
  avro_value_t to = raw(node);
  check(avro_value_set_int(&to, value));
}
void put(Node node, std::int64_t value) {
  avro_value_t to = raw(node);
  check(avro_value_set_long(&to, value));
}
void put(Node node, float value) {
  avro_value_t to = raw(node);
  check(avro_value_set_float(&to, value));
}
void put(Node node, double value) {
  avro_value_t to = raw(node);
  check(avro_value_set_double(&to, value));
}
void put(Node node, const std::string& value) {
  avro_value_t to = raw(node);
  check(avro_value_set_string_len(&to, value.c_str(), value.size() + 1));  // with the zero byte
}
void put_bytes(Node node, const std::string& value) {
  avro_value_t to = raw(node);
  std::string copy = value;  // the library asks for bytes that it may change
  check(avro_value_set_bytes(&to, copy.data(), copy.size()));
}
void put_symbol(Node node, int index) {
  avro_value_t to = raw(node);
  check(avro_value_set_enum(&to, index));
}
Node put_branch(Node node, int index) {
  avro_value_t to = raw(node);
  avro_value_t out{};
  check(avro_value_set_branch(&to, index, &out));
  return node_of(out);
}
Node append(Node array) {
  avro_value_t to = raw(array);
  avro_value_t out{};
  check(avro_value_append(&to, &out, nullptr));
  return node_of(out);
}
Node add(Node map, const std::string& key) {
  if (key.find('\0') != std::string::npos) throw CodecError("a key of a map has a zero byte in it");
  avro_value_t to = raw(map);
  avro_value_t out{};
  check(avro_value_add(&to, key.c_str(), &out, nullptr, nullptr));
  return node_of(out);
}
Node member_of(const Node& record, std::size_t index) {
  avro_value_t from = raw(record);
  avro_value_t out{};
  check(avro_value_get_by_index(&from, index, &out, nullptr));
  return node_of(out);
}

void get(Node node, bool& value) {
  avro_value_t from = raw(node);
  int out = 0;
  check(avro_value_get_boolean(&from, &out));
  value = out != 0;
}
void get(Node node, std::int32_t& value) {
  avro_value_t from = raw(node);
  check(avro_value_get_int(&from, &value));
}
void get(Node node, std::int64_t& value) {
  avro_value_t from = raw(node);
  check(avro_value_get_long(&from, &value));
}
void get(Node node, float& value) {
  avro_value_t from = raw(node);
  check(avro_value_get_float(&from, &value));
}
void get(Node node, double& value) {
  avro_value_t from = raw(node);
  check(avro_value_get_double(&from, &value));
}
void get(Node node, std::string& value) {
  avro_value_t from = raw(node);
  const char* text = nullptr;
  std::size_t size = 0;
  check(avro_value_get_string(&from, &text, &size));
  value.assign(text, size > 0 ? size - 1 : 0);  // without the zero byte
}
void get_bytes(Node node, std::string& value) {
  avro_value_t from = raw(node);
  const void* bytes = nullptr;
  std::size_t size = 0;
  check(avro_value_get_bytes(&from, &bytes, &size));
  value.assign(static_cast<const char*>(bytes), size);
}
int get_symbol(Node node) {
  avro_value_t from = raw(node);
  int out = 0;
  check(avro_value_get_enum(&from, &out));
  return out;
}
int get_branch(Node node) {
  avro_value_t from = raw(node);
  int out = 0;
  check(avro_value_get_discriminant(&from, &out));
  return out;
}
Node branch_of(Node node) {
  avro_value_t from = raw(node);
  avro_value_t out{};
  check(avro_value_get_current_branch(&from, &out));
  return node_of(out);
}
std::size_t size_of(Node node) {
  avro_value_t from = raw(node);
  std::size_t out = 0;
  check(avro_value_get_size(&from, &out));
  return out;
}
Node item_of(const Node& node, std::size_t index, std::string* key) {
  avro_value_t from = raw(node);
  avro_value_t out{};
  const char* name = nullptr;
  check(avro_value_get_by_index(&from, index, &out, key != nullptr ? &name : nullptr));
  if (key != nullptr && name != nullptr) *key = name;
  return node_of(out);
}

struct Coder::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (value.self != nullptr) avro_value_decref(&value);
    if (type != nullptr) avro_value_iface_decref(type);
  }

  SchemaHandle schema{};
  avro_value_iface_t* type = nullptr;
  avro_value_t value{};
};

Coder::Coder(const std::string& schema) : state_(std::make_unique<State>()) {
  const std::scoped_lock lock(library());
  avro_schema_t made = nullptr;
  if (avro_schema_from_json_length(schema.data(), schema.size(), &made) != 0)
    throw CodecError(fmt::format("this is no Avro schema: {}: {}", last_error(), schema));
  state_->schema.reset(made);
  state_->type = avro_generic_class_from_schema(made);
  if (state_->type == nullptr || avro_generic_value_new(state_->type, &state_->value) != 0)
    throw CodecError(fmt::format("this Avro schema cannot be used: {}", last_error()));
}
Coder::~Coder() = default;
Coder::Coder(Coder&& other) noexcept = default;
Coder& Coder::operator=(Coder&& other) noexcept = default;

Node Coder::blank() {
  check(avro_value_reset(&state_->value));
  return node_of(state_->value);
}

std::string Coder::bytes() {
  const std::scoped_lock lock(library());
  std::size_t size = 0;
  if (avro_value_sizeof(&state_->value, &size) != 0) throw CodecError(last_error());
  std::string out(size, '\0');
  if (size == 0) return out;  // a record without fields
  const WriterHandle writer(avro_writer_memory(out.data(), static_cast<std::int64_t>(size)));
  if (avro_value_write(writer.get(), &state_->value) != 0) throw CodecError(last_error());
  return out;
}

Node Coder::read(std::string_view bytes) {
  const std::scoped_lock lock(library());
  check(avro_value_reset(&state_->value));
  const ReaderHandle reader(avro_reader_memory(bytes.data(), static_cast<std::int64_t>(bytes.size())));
  if (avro_value_read(reader.get(), &state_->value) != 0) throw CodecError(last_error());
  if (avro_skip(reader.get(), 1) == 0) throw CodecError("bytes are left after the value");
  return node_of(state_->value);
}

}  // namespace cloudflow::streamlet::avro
