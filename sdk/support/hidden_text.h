// Secret values in the words of others.
#pragma once

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloudflow/resource.h"

namespace cloudflow {

/// What is printed in place of a secret.
inline constexpr std::string_view hidden_value = "(secret)";

/// The text with "(secret)" for every mention of `value`. A longer word that only has it inside stays.
inline std::string without_value(const std::string& text, std::string_view value) {
  const auto is_part_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string out;
  std::size_t from = 0;
  while (!value.empty()) {
    const std::size_t at = text.find(value, from);
    if (at == std::string::npos) break;
    const std::size_t end = at + value.size();
    const bool is_inside = (at > 0 && is_part_of_word(value.front()) && is_part_of_word(text[at - 1])) ||
                           (end < text.size() && is_part_of_word(value.back()) && is_part_of_word(text[end]));
    out += text.substr(from, at - from);
    out += is_inside ? value : hidden_value;
    from = end;
  }
  return out + text.substr(from);
}

/// The values of a resource that are never to be shown, each with its place; those inside a document of a Secret are
/// left out.
inline std::vector<std::pair<Json::json_pointer, std::string>> hidden_values_of(const Resource& resource) {
  std::vector<std::pair<Json::json_pointer, std::string>> out;
  for (const std::string& pointer : resource.secrets) {
    if (pointer.find('#') != std::string::npos) continue;
    Json::json_pointer at(pointer);
    if (!resource.spec.contains(at)) continue;
    const Json& value = resource.spec.at(at);
    out.emplace_back(std::move(at), value.is_string() ? value.get<std::string>() : dump(value));
  }
  return out;
}

inline bool is_pointer_below(std::string_view pointer, std::string_view parent) {
  if (!pointer.starts_with(parent)) return false;
  return pointer.size() == parent.size() || pointer[parent.size()] == '/' || pointer[parent.size()] == '#';
}

/// Whether one of `secrets` (JSON pointers, "#" before a pointer into a document) covers the value at `pointer` or lies
/// inside it.
inline bool covers(std::span<const std::string> secrets, std::string_view pointer) {
  return std::ranges::any_of(secrets, [&](const std::string& secret) {
    return is_pointer_below(pointer, secret) || is_pointer_below(secret, pointer);
  });
}

}  // namespace cloudflow
