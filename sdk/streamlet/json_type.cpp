// Plain values from JSON.
#include "cloudflow/streamlet/json_type.h"

#include <limits>

namespace cloudflow::streamlet {
namespace {

constexpr int deepest = 100;  ///< a type that holds itself is read by as many calls

std::string_view kind_of(const Json& json) {
  if (json.is_null()) return "null";
  if (json.is_boolean()) return "a boolean";
  if (json.is_number_float()) return "a number with a fraction";
  if (json.is_number()) return "a number";
  if (json.is_string()) return "text";
  return json.is_array() ? "a list" : "an object";
}

template <class Number>
void read_whole(const JsonPlace& at, const Json& json, Number& value) {
  if (!json.is_number_integer()) at.wanted("a whole number", json);
  using Limits = std::numeric_limits<Number>;
  const bool fits = json.is_number_unsigned()
                        ? json.get<std::uint64_t>() <= static_cast<std::uint64_t>(Limits::max())
                        : json.get<std::int64_t>() >= Limits::min() && json.get<std::int64_t>() <= Limits::max();
  if (!fits) at.fail("the number does not fit into " + std::to_string(sizeof(Number) * 8) + " bits");
  value = json.get<Number>();
}

}  // namespace

JsonPlace::JsonPlace(const JsonPlace& around, std::string_view step)
    : around_(&around), step_(step), depth_(around.depth_ + 1) {
  if (depth_ > deepest) fail("values are too deep inside of each other");
}

std::string JsonPlace::path() const {
  if (around_ == nullptr) return "";
  std::string out = around_->path();
  if (!out.empty() && !step_.starts_with('[')) out += '.';
  return out.append(step_);
}

void JsonPlace::fail(const std::string& what) const {
  const std::string where = path();
  throw CodecError(where.empty() ? what : where + ": " + what);
}

void JsonPlace::wanted(std::string_view what, const Json& found) const {
  fail("wanted " + std::string(what) + ", found " + std::string(kind_of(found)));
}

void read_json(const JsonPlace& at, const Json& json, bool& value) {
  if (!json.is_boolean()) at.wanted("true or false", json);
  value = json.get<bool>();
}

void read_json(const JsonPlace& at, const Json& json, std::int32_t& value) { read_whole(at, json, value); }

void read_json(const JsonPlace& at, const Json& json, std::int64_t& value) { read_whole(at, json, value); }

void read_json(const JsonPlace& at, const Json& json, float& value) {
  double wide = 0;
  read_json(at, json, wide);
  constexpr double most = std::numeric_limits<float>::max();
  if (wide > most || wide < -most) at.fail("the number does not fit into 32 bits");
  value = static_cast<float>(wide);
}

void read_json(const JsonPlace& at, const Json& json, double& value) {
  if (!json.is_number()) at.wanted("a number", json);
  value = json.get<double>();
}

void read_json(const JsonPlace& at, const Json& json, std::string& value) {
  if (!json.is_string()) at.wanted("text", json);
  value = json.get<std::string>();
}

void read_json(const JsonPlace& at, const Json& json, Bytes& value) {
  if (!json.is_string()) at.wanted("text", json);
  const auto& text = json.get_ref<const std::string&>();  // which the parser knows to be UTF-8
  value.data.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      value.data += text[i];
    } else if (byte == 0xC2 || byte == 0xC3) {
      const auto next = static_cast<unsigned char>(text[++i]);
      value.data += static_cast<char>((byte == 0xC3 ? 0x40 : 0) + next);
    } else {
      at.fail("a character is no byte: it is above U+00FF");
    }
  }
}

}  // namespace cloudflow::streamlet
