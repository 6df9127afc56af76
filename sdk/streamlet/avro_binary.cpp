// Avro's binary encoding of the simple types.
#include "cloudflow/streamlet/avro_binary.h"

#include <fmt/format.h>

#include <bit>
#include <limits>

namespace cloudflow::streamlet {
namespace {

constexpr int deepest = 500;  ///< records inside records

/// Little endian, whatever the machine is.
template <class Unsigned>
void put_bits(Unsigned bits, std::string& to) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    to += static_cast<char>(static_cast<unsigned char>(bits & 0xFFU));
    bits >>= 8U;
  }
}

template <class Unsigned>
Unsigned bits_of(std::string_view bytes) {
  Unsigned out = 0;
  for (std::size_t i = sizeof(Unsigned); i-- > 0;)
    out = static_cast<Unsigned>(out << 8U) | static_cast<unsigned char>(bytes[i]);
  return out;
}

}  // namespace

/// Small numbers of either sign in few bytes: seven bits each, the lowest first.
void AvroWriter::put(std::int64_t value) {
  std::uint64_t bits = (static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0);
  for (; bits > 0x7FU; bits >>= 7U) bytes_ += static_cast<char>(static_cast<unsigned char>(bits | 0x80U));
  bytes_ += static_cast<char>(bits);
}

void AvroWriter::put(float value) { put_bits(std::bit_cast<std::uint32_t>(value), bytes_); }
void AvroWriter::put(double value) { put_bits(std::bit_cast<std::uint64_t>(value), bytes_); }

void AvroWriter::put(std::string_view bytes) {
  put(static_cast<std::int64_t>(bytes.size()));
  bytes_ += bytes;
}

std::string_view AvroReader::take(std::size_t size) {
  if (size > left_.size()) throw CodecError(fmt::format("{} bytes are missing at the end", size - left_.size()));
  const std::string_view out = left_.substr(0, size);
  left_.remove_prefix(size);
  return out;
}

void AvroReader::get(bool& value) {
  const char byte = take(1)[0];
  if (byte != 0 && byte != 1) throw CodecError("a boolean is neither 0 nor 1");
  value = byte == 1;
}

void AvroReader::get(std::int64_t& value) {
  std::uint64_t bits = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    if (shift == 63 && byte > 1) throw CodecError("a number has more than 64 bits");
    bits |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) break;
  }
  value = static_cast<std::int64_t>((bits >> 1U) ^ (~(bits & 1U) + 1U));
}

void AvroReader::get(std::int32_t& value) {
  std::int64_t wide = 0;
  get(wide);
  if (wide < std::numeric_limits<std::int32_t>::min() || wide > std::numeric_limits<std::int32_t>::max())
    throw CodecError(fmt::format("{} is no number of 32 bits", wide));
  value = static_cast<std::int32_t>(wide);
}

void AvroReader::get(float& value) { value = std::bit_cast<float>(bits_of<std::uint32_t>(take(4))); }
void AvroReader::get(double& value) { value = std::bit_cast<double>(bits_of<std::uint64_t>(take(8))); }

void AvroReader::get(std::string& bytes) {
  std::int64_t size = 0;
  get(size);
  if (size < 0) throw CodecError(fmt::format("a text has the length {}", size));
  bytes = take(static_cast<std::size_t>(size));
}

std::size_t AvroReader::get_index(std::size_t count) {
  std::int64_t index = 0;
  get(index);
  if (index < 0 || static_cast<std::uint64_t>(index) >= count)
    throw CodecError(fmt::format("a union or an enum has no number {}, only {} of them", index, count));
  return static_cast<std::size_t>(index);
}

std::size_t AvroReader::get_block() {
  std::int64_t count = 0;
  get(count);
  if (count < 0) {  // then its size in bytes follows, for those who skip it
    std::int64_t size = 0;
    get(size);
    if (count == std::numeric_limits<std::int64_t>::min()) throw CodecError("an array has too many items");
    count = -count;
  }
  // Every value takes a byte at least.
  if (static_cast<std::uint64_t>(count) > left_.size())
    throw CodecError(fmt::format("an array or a map has {} items in {} bytes", count, left_.size()));
  return static_cast<std::size_t>(count);
}

void AvroReader::end() const {
  if (!left_.empty()) throw CodecError(fmt::format("{} bytes are left after the value", left_.size()));
}

AvroReader::Level::Level(AvroReader& reader) : reader_(reader) {
  if (++reader_.depth_ <= deepest) return;
  --reader_.depth_;
  throw CodecError(fmt::format("records are nested more than {} deep", deepest));
}

}  // namespace cloudflow::streamlet
