// Careful access to Json.
#include "cloudflow/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudflow {

Result<Json> parse_json(std::string_view text, std::string_view what) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) {
    return failure(ErrorKind::invalid_input, fmt::format("{} is not valid JSON ({} bytes)", what, text.size()));
  }
  return value;
}

int depth_of_json(std::string_view text) {
  int depth = 0;
  int most = 0;
  bool is_in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      is_in_text = !is_in_text;
    } else if (is_in_text) {
      if (c == '\\') ++i;
    } else if (c == '[' || c == '{') {
      most = std::max(most, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return most;
}

const Json* find(const Json& value, std::initializer_list<std::string_view> path) {
  const Json* at = &value;
  for (const std::string_view key : path) {
    if (!at->is_object()) return nullptr;
    const auto member = at->find(key);
    if (member == at->end()) return nullptr;
    at = &*member;
  }
  return at;
}

std::string string_at(const Json& value, std::initializer_list<std::string_view> path, std::string_view fallback) {
  const Json* found = find(value, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string(fallback);
}

long long int_at(const Json& value, std::initializer_list<std::string_view> path, long long fallback) {
  const Json* found = find(value, path);
  return found != nullptr && found->is_number_integer() ? found->get<long long>() : fallback;
}

bool bool_at(const Json& value, std::initializer_list<std::string_view> path, bool fallback) {
  const Json* found = find(value, path);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : fallback;
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace cloudflow
