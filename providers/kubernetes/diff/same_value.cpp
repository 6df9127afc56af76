// When two values mean the same to the API server although they are written differently.
#include "providers/kubernetes/diff/same_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace cloudflow {
namespace {

__extension__ using Wide = __int128;

/// Beyond that the server's arithmetic is another one.
constexpr Wide most_digits = 1'000'000'000'000'000'000;

enum class Format { decimal, exponent, binary };

/// An amount: digits · 10^tens · 1024^kibis.
struct Amount {
  bool negative = false;
  Wide digits = 0;
  int tens = 0;
  int kibis = 0;
  Format format = Format::decimal;
};

constexpr std::string_view binary_suffixes = "KMGTPE";

/// The power of ten that a decimal suffix stands for.
struct Suffix {
  char letter;
  int tens;
};
constexpr std::array<Suffix, 9> decimal_suffixes = {
    {{'n', -9}, {'u', -6}, {'m', -3}, {'k', 3}, {'M', 6}, {'G', 9}, {'T', 12}, {'P', 15}, {'E', 18}}};

bool take_suffix(std::string_view suffix, Amount& amount) {
  if (suffix.empty()) return true;
  if (suffix.size() == 2 && suffix[1] == 'i') {
    const std::size_t power = binary_suffixes.find(suffix[0]);
    amount.kibis = static_cast<int>(power) + 1;
    amount.format = Format::binary;
    return power != std::string_view::npos;
  }
  if (suffix.size() > 1 && (suffix[0] == 'e' || suffix[0] == 'E')) {
    const char* begin = suffix.data() + (suffix[1] == '+' ? 2 : 1);
    int power = 0;
    const auto [end, problem] = std::from_chars(begin, suffix.data() + suffix.size(), power);
    if (problem != std::errc() || end != suffix.data() + suffix.size() || power > 18 || power < -9) return false;
    amount.tens += power;
    amount.format = Format::exponent;
    return true;
  }
  const auto* found = std::ranges::find(decimal_suffixes, suffix[0], &Suffix::letter);
  if (suffix.size() != 1 || found == decimal_suffixes.end()) return false;
  amount.tens += found->tens;
  return true;
}

std::optional<Amount> amount_of(std::string_view text) {
  Amount out;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) out.negative = text[at++] == '-';
  bool point = false;
  bool any = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    out.digits = out.digits * 10 + (c - '0');
    if (out.digits > most_digits) return std::nullopt;
    out.tens -= point ? 1 : 0;
  }
  return any && take_suffix(text.substr(at), out) ? std::optional(out) : std::nullopt;
}

/// The value as a whole number, where it is one.
std::optional<Wide> whole(const Amount& amount) {
  Wide out = amount.digits;
  for (int i = 0; i < amount.kibis; ++i) {
    out *= 1024;
    if (out > most_digits * 1024) return std::nullopt;
  }
  for (int i = amount.tens; i < 0; ++i) {
    if (out % 10 != 0) return std::nullopt;
    out /= 10;
  }
  return amount.tens > 0 ? std::nullopt : std::optional(out);
}

std::string digits_of(Wide number) {
  std::string out;
  for (; number > 0; number /= 10) out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
  return out;
}

/// With the largest suffix that leaves a whole number.
std::optional<std::string> written_binary(Wide number) {
  int power = 0;
  for (; number % 1024 == 0 && power < 6; ++power) number /= 1024;
  return digits_of(number) +
         (power == 0 ? "" : std::string(1, binary_suffixes[static_cast<std::size_t>(power - 1)]) + "i");
}

std::optional<std::string> written_decimal(Amount amount) {
  for (int i = 0; i < amount.kibis; ++i) {
    amount.digits *= 1024;
    if (amount.digits > most_digits) return std::nullopt;
  }
  for (; amount.digits % 10 == 0; amount.digits /= 10) ++amount.tens;
  for (; amount.tens % 3 != 0; --amount.tens) amount.digits *= 10;
  if (amount.tens < -9 || amount.tens > 18) return std::nullopt;
  const std::string digits = digits_of(amount.digits);
  if (amount.tens == 0) return digits;
  if (amount.format == Format::exponent) return fmt::format("{}e{}", digits, amount.tens);
  return digits + std::ranges::find(decimal_suffixes, amount.tens, &Suffix::tens)->letter;
}

std::optional<std::string> written(const Amount& amount) {
  if (amount.digits == 0) return "0";
  std::optional<std::string> out;
  const std::optional<Wide> number = whole(amount);
  // Small or broken amounts are written with decimal suffixes, whatever was given.
  out =
      amount.format == Format::binary && number && *number >= 1024 ? written_binary(*number) : written_decimal(amount);
  if (out && amount.negative) out->insert(out->begin(), '-');
  return out;
}

}  // namespace

std::optional<std::string> canonical_quantity(const Json& value) {
  std::optional<Amount> amount;
  if (value.is_number()) amount = amount_of(value.dump());
  if (value.is_string()) amount = amount_of(value.get_ref<const std::string&>());
  return amount ? written(*amount) : std::nullopt;
}

bool is_empty_value(const Json& value) {
  return value.is_null() || ((value.is_object() || value.is_array()) && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

bool is_zero_value(const Json& value) {
  return is_empty_value(value) || (value.is_boolean() && !value.get<bool>()) ||
         (value.is_number() && value.get<double>() == 0.0);
}

bool same_plain_value(const Json& desired, const Json& live, const FieldSchema* place) {
  if (desired == live) return desired.type() == live.type() || (desired.is_number() && live.is_number());
  if (place == nullptr || place->shape != FieldSchema::Shape::quantity) return false;
  const std::optional<std::string> wanted = canonical_quantity(desired);
  return wanted && live.is_string() && live.get_ref<const std::string&>() == *wanted;
}

}  // namespace cloudflow
