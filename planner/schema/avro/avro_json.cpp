// Avro's binary encoding (specification 1.11, "Binary Encoding") to JSON.
#include "planner/schema/avro/avro_json.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

namespace cloudflow {
namespace {

constexpr int max_depth = 200;
/// An element may take no bytes at all, so that a few of them could stand for any number.
constexpr std::int64_t most_empty_elements = 100'000;

class Decoder {
 public:
  Decoder(std::string_view bytes, const AvroSchema& schema) : bytes_(bytes), schema_(schema) {}

  Result<Json> whole() {
    Json out = value(schema_.root, 0);
    if (problem_.empty() && at_ != bytes_.size())
      stop(fmt::format("{} bytes are left after the value", bytes_.size() - at_));
    if (problem_.empty()) return out;
    return failure(ErrorKind::invalid_input, fmt::format("at byte {}: {}", at_, problem_));
  }

 private:
  Json stop(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
    return nullptr;
  }
  bool has_stopped() const { return !problem_.empty(); }

  std::int64_t number() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      out |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return static_cast<std::int64_t>(out >> 1U) ^ -static_cast<std::int64_t>(out & 1U);
    }
    stop("the number does not end");
    return 0;
  }

  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size() - at_) {
      stop(fmt::format("{} bytes are wanted and {} are there", size, bytes_.size() - at_));
      return {};
    }
    at_ += static_cast<std::size_t>(size);
    return bytes_.substr(at_ - static_cast<std::size_t>(size), static_cast<std::size_t>(size));
  }
  std::string_view sized() {
    const std::int64_t size = number();
    if (size >= 0) return take(static_cast<std::uint64_t>(size));
    stop("a length is negative");
    return {};
  }

  template <class Number, class Bits>
  Json real() {
    const std::string_view text = take(sizeof(Bits));
    Bits bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
      bits |= static_cast<Bits>(static_cast<Bits>(static_cast<unsigned char>(text[i])) << (8 * i));
    const auto out = std::bit_cast<Number>(bits);
    if (std::isfinite(out)) return out;
    return std::isnan(out) ? "NaN" : out > 0 ? "Infinity" : "-Infinity";
  }

  /// A character for each byte.
  static Json latin(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) {
        out += c;
      } else {
        out += static_cast<char>(0xC0U | (byte >> 6U));
        out += static_cast<char>(0x80U | (byte & 0x3FU));
      }
    }
    return out;
  }

  /// Elements in blocks, each of a count (negative: its size in bytes follows), until one of none.
  void blocks(const auto& element) {
    std::int64_t empty = 0;
    while (!has_stopped()) {
      std::int64_t count = number();
      if (count == 0 || has_stopped()) return;
      if (count < 0) {
        number();
        count = count == INT64_MIN ? 0 : -count;
      }
      for (; count > 0 && !has_stopped(); --count) {
        const std::size_t before = at_;
        element();
        if (at_ == before && ++empty > most_empty_elements) stop("too many elements without content");
      }
    }
  }

  std::optional<std::size_t> choice(std::size_t size, const char* what) {
    const std::int64_t index = number();
    if (has_stopped()) return std::nullopt;
    if (index >= 0 && static_cast<std::uint64_t>(index) < size) return static_cast<std::size_t>(index);
    stop(fmt::format("{} {} of {}", what, index, size));
    return std::nullopt;
  }

  Json value(std::size_t type_index, int depth) {
    if (has_stopped()) return nullptr;
    if (depth > max_depth) return stop("nested too deeply");
    const AvroType& type = schema_.at(type_index);
    switch (type.kind) {
      case AvroKind::null:
        return nullptr;
      case AvroKind::boolean: {
        const std::string_view byte = take(1);
        return byte.empty() ? Json() : Json(byte.front() != 0);
      }
      case AvroKind::int_:
      case AvroKind::long_:
        return number();
      case AvroKind::float_:
        return real<float, std::uint32_t>();
      case AvroKind::double_:
        return real<double, std::uint64_t>();
      case AvroKind::bytes:
        return latin(sized());
      case AvroKind::string:
        return std::string(sized());
      case AvroKind::fixed:
        return latin(take(static_cast<std::uint64_t>(type.size)));
      case AvroKind::enum_: {
        const auto symbol = choice(type.symbols.size(), "symbol");
        return symbol ? Json(type.symbols[*symbol]) : Json();
      }
      case AvroKind::union_: {
        const auto branch = choice(type.inner.size(), "branch");
        return branch ? value(type.inner[*branch], depth + 1) : Json();
      }
      case AvroKind::array: {
        Json out = Json::array();
        blocks([&] { out.push_back(value(type.inner.front(), depth + 1)); });
        return out;
      }
      case AvroKind::map: {
        Json out = Json::object();
        blocks([&] {
          const std::string key(sized());
          out[key] = value(type.inner.front(), depth + 1);
        });
        return out;
      }
      case AvroKind::record: {
        Json out = Json::object();
        for (const AvroField& field : type.fields) out[field.name] = value(field.type, depth + 1);
        return out;
      }
    }
    return nullptr;
  }

  std::string_view bytes_;
  const AvroSchema& schema_;
  std::size_t at_ = 0;
  std::string problem_{};
};

}  // namespace

Result<Json> avro_to_json(std::string_view bytes, const AvroSchema& schema) { return Decoder(bytes, schema).whole(); }

}  // namespace cloudflow
