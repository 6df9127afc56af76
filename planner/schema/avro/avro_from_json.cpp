// JSON to Avro's binary encoding (specification 1.11, "Binary Encoding").
#include "planner/schema/avro/avro_from_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 200;

class Encoder {
 public:
  explicit Encoder(const AvroSchema& schema) : schema_(schema) {}

  Result<std::string> whole(const Json& value) {
    if (!put(value, schema_.root, "", 0)) return failure(ErrorKind::invalid_input, problem_);
    return out_;
  }

 private:
  /// Always false. The innermost problem is told.
  bool stop(const std::string& where, std::string why) {
    problem_ = where.empty() ? std::move(why) : fmt::format("at {}: {}", where, why);
    return false;
  }
  bool wants(const std::string& where, const Json& value, const std::string& wanted) {
    std::string shown = dump(value);
    if (constexpr std::size_t most = 40; shown.size() > most) shown = fmt::format("a long {}", value.type_name());
    return stop(where, fmt::format("{} is no {}", shown, wanted));
  }

  void number(std::int64_t value) {
    auto rest = (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
    for (; rest > 0x7F; rest >>= 7U) out_ += static_cast<char>((rest & 0x7FU) | 0x80U);
    out_ += static_cast<char>(rest);
  }
  void sized(std::string_view text) {
    number(static_cast<std::int64_t>(text.size()));
    out_ += text;
  }
  template <class Bits>
  void bits(Bits value) {
    for (std::size_t i = 0; i < sizeof value; ++i) out_ += static_cast<char>((value >> (8 * i)) & 0xFFU);
  }

  static std::optional<double> real(const Json& value) {
    if (value.is_number()) return value.get<double>();
    if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (value == "Infinity") return std::numeric_limits<double>::infinity();
    if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
    return std::nullopt;
  }
  /// A byte for each character, which has to be one of the first 256.
  static std::optional<std::string> latin(const Json& value) {
    if (!value.is_string()) return std::nullopt;
    const auto& text = value.get_ref<const std::string&>();
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte < 0x80) {
        out += text[i];
      } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < text.size()) {
        out += static_cast<char>(((byte & 0x03U) << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU));
      } else {
        return std::nullopt;
      }
    }
    return out;
  }

  bool whole_number(const Json& value, std::int64_t least, std::int64_t most, const char* kind,
                    const std::string& where) {
    const bool fits =
        value.is_number_integer() &&
        !(value.is_number_unsigned() &&
          value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    if (!fits || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
      return wants(where, value, kind);
    number(value.get<std::int64_t>());
    return true;
  }

  bool put_union(const Json& value, const AvroType& type, const std::string& where, int depth) {
    const std::size_t begin = out_.size();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < type.inner.size(); ++i) {
      number(static_cast<std::int64_t>(i));
      if (put(value, type.inner[i], where, depth + 1)) return true;
      out_.resize(begin);
      const AvroType& branch = schema_.at(type.inner[i]);
      names.emplace_back(branch.is_named() ? branch.full_name : std::string(name_of(branch.kind)));
    }
    if (value.is_object() && value.size() == 1) {
      const auto named = std::ranges::find(names, value.begin().key());
      if (named != names.end()) {
        const auto index = static_cast<std::size_t>(named - names.begin());
        number(static_cast<std::int64_t>(index));
        return put(value.begin().value(), type.inner[index], where + "/" + *named, depth + 1);
      }
    }
    // Of two branches, one of them null, it is clear which was meant: its own problem says more.
    const bool is_optional = type.inner.size() == 2 && (names.front() == "null") != (names.back() == "null");
    return is_optional && !value.is_null() && names.back() != "null" ? false : wants(where, value, join(names, " or "));
  }

  bool put_record(const Json& value, const AvroType& type, const std::string& where, int depth) {
    if (!value.is_object()) return wants(where, value, fmt::format("record {}", type.name));
    std::vector<std::string> known;
    for (const AvroField& field : type.fields) known.push_back(field.name);
    for (const auto& [name, member] : value.items()) {
      if (std::ranges::find(known, name) != known.end()) continue;
      const std::string hint = did_you_mean(name, known);
      return stop(where,
                  fmt::format("record {} has no field {}{}", type.name, quote(name), hint.empty() ? "" : "; " + hint));
    }
    for (const AvroField& field : type.fields) {
      const auto found = value.find(field.name);
      if (found == value.end() && !field.default_value)
        return stop(where, fmt::format("field {} of record {} is missing", quote(field.name), type.name));
      if (!put(found == value.end() ? *field.default_value : *found, field.type, where + "/" + field.name, depth + 1))
        return false;
    }
    return true;
  }

  bool put_items(const Json& value, const AvroType& type, const std::string& where, int depth) {
    if (!value.empty()) number(static_cast<std::int64_t>(value.size()));
    for (const auto& [key, item] : value.items()) {
      if (type.kind == AvroKind::map) sized(key);
      if (!put(item, type.inner.front(), where + "/" + key, depth + 1)) return false;
    }
    number(0);
    return true;
  }

  bool put(const Json& value, std::size_t type_index, const std::string& where, int depth) {
    if (depth > max_depth) return stop(where, "nested too deeply");
    const AvroType& type = schema_.at(type_index);
    switch (type.kind) {
      case AvroKind::null:
        return value.is_null() || wants(where, value, "null");
      case AvroKind::boolean:
        if (!value.is_boolean()) return wants(where, value, "boolean");
        out_ += static_cast<char>(value.get<bool>() ? 1 : 0);
        return true;
      case AvroKind::int_:
        return whole_number(value, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(),
                            "int", where);
      case AvroKind::long_:
        return whole_number(value, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                            "long", where);
      case AvroKind::float_:
      case AvroKind::double_: {
        const std::optional<double> real_number = real(value);
        const bool fits = real_number && (type.kind == AvroKind::double_ || !std::isfinite(*real_number) ||
                                          std::abs(*real_number) <= std::numeric_limits<float>::max());
        if (!fits) return wants(where, value, std::string(name_of(type.kind)));
        if (type.kind == AvroKind::float_) {
          bits(std::bit_cast<std::uint32_t>(static_cast<float>(*real_number)));
        } else {
          bits(std::bit_cast<std::uint64_t>(*real_number));
        }
        return true;
      }
      case AvroKind::bytes:
      case AvroKind::fixed: {
        const std::optional<std::string> text = latin(value);
        if (!text) return wants(where, value, "text with a character for each byte");
        if (type.kind == AvroKind::bytes) {
          sized(*text);
        } else if (text->size() != static_cast<std::size_t>(type.size)) {
          return stop(where, fmt::format("{} bytes are wanted and {} are there", type.size, text->size()));
        } else {
          out_ += *text;
        }
        return true;
      }
      case AvroKind::string:
        if (!value.is_string()) return wants(where, value, "string");
        sized(value.get_ref<const std::string&>());
        return true;
      case AvroKind::enum_: {
        const auto symbol =
            value.is_string() ? std::ranges::find(type.symbols, value.get<std::string>()) : type.symbols.end();
        if (symbol == type.symbols.end())
          return wants(where, value, fmt::format("{}: {}", type.name, join(type.symbols, ", ")));
        number(symbol - type.symbols.begin());
        return true;
      }
      case AvroKind::union_:
        return put_union(value, type, where, depth);
      case AvroKind::array:
        return value.is_array() ? put_items(value, type, where, depth) : wants(where, value, "array");
      case AvroKind::map:
        return value.is_object() ? put_items(value, type, where, depth) : wants(where, value, "map");
      case AvroKind::record:
        return put_record(value, type, where, depth);
    }
    return false;
  }

  const AvroSchema& schema_;
  std::string out_{};
  std::string problem_{};
};

}  // namespace

Result<std::string> json_to_avro(const Json& value, const AvroSchema& schema) { return Encoder(schema).whole(value); }

}  // namespace cloudflow
