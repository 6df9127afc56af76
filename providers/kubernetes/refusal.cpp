// What the API server's refusals of a write mean for a change.
#include "providers/kubernetes/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "providers/kubernetes/schema/schema_documents.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// `[containerPort=80,protocol="TCP"]` as key and value, values as JSON.
std::vector<std::pair<std::string, Json>> keys_of(std::string_view text) {
  std::vector<std::pair<std::string, Json>> out;
  if (text.size() < 2) return out;
  for (const std::string& part : split(text.substr(1, text.size() - 2), ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return {};
    Json value = Json::parse(part.substr(equals + 1), nullptr, false);
    if (value.is_discarded()) return {};
    out.emplace_back(part.substr(0, equals), std::move(value));
  }
  return out;
}

/// The positions of a list's elements that have these keys. A key that is left out in the list may be a default.
std::vector<std::size_t> positions_of(const Json& list, const std::vector<std::pair<std::string, Json>>& keys) {
  std::vector<std::size_t> out;
  if (!list.is_array() || keys.empty()) return out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool same = std::ranges::all_of(keys, [&](const auto& key) {
      const Json* value = find(list[i], {key.first});
      return value == nullptr || *value == key.second;
    });
    if (same) out.push_back(i);
  }
  return out;
}

/// A path with every separator written as a dot, so that our spelling and the server's can be compared.
std::string plain_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == ']') continue;
    out += c == '[' ? '.' : c;
  }
  return std::string(out.starts_with('.') ? out.substr(1) : out);
}

/// The server's path of a conflict, `.spec.containers[name="main",protocol="TCP"].image`, in our spelling.
std::string path_of_conflict(std::string_view field) {
  std::string out;
  std::size_t at = field.starts_with('.') ? 1 : 0;
  while (at < field.size()) {
    if (field[at] != '[') {
      out += field[at++];
      continue;
    }
    const std::size_t end = std::min(field.find(']', at), field.size());
    std::vector<std::string> values;
    for (std::string part : split(field.substr(at + 1, end - at - 1), ',')) {
      const std::size_t equals = part.find('=');
      if (equals != std::string::npos) part = part.substr(equals + 1);
      std::erase(part, '"');
      if (part != "TCP") values.push_back(part);
    }
    out.append("[").append(join(values, "/")).append("]");
    at = end + 1;
  }
  return out;
}

/// The place of a field in the object, where the field lies inside a document of a Secret: that document's.
std::string object_path(const FieldChange& field) {
  const std::size_t mark = field.pointer.find('#');
  if (mark == std::string::npos) return plain_path(field.path);
  std::string out;
  for (const std::string& step : split(std::string_view(field.pointer).substr(1, mark - 1), '/')) {
    if (!out.empty()) out += '.';
    for (std::size_t at = 0; at < step.size(); ++at) {
      const bool escape = step[at] == '~' && at + 1 < step.size();
      out += escape ? (step[++at] == '1' ? '/' : '~') : step[at];
    }
  }
  return out;
}

bool within(std::string_view path, std::string_view parent) {
  return path.starts_with(parent) && (path.size() == parent.size() || path[parent.size()] == '.');
}

/// Whether a text has any value of a Secret in it, as it is or in base64.
bool repeats_a_value(const Resource& secret, std::string_view text) {
  const auto in_text = [&](const std::string& value) {
    return !value.empty() && text.find(value) != std::string::npos;
  };
  for (const char* map : {"data", "stringData"}) {
    const Json* values = find(secret.spec, {map});
    if (values == nullptr || !values->is_object()) continue;
    for (const auto& [key, value] : values->items()) {
      if (!value.is_string()) continue;
      const std::string& given = value.get_ref<const std::string&>();
      std::string plain;
      if (in_text(given) || in_text(to_base64(given)) || (from_base64(given, plain) && in_text(plain))) return true;
      const Json document = Json::parse(plain.empty() ? given : plain, nullptr, false);
      for (const std::string& pointer : secret.secrets) {
        const std::size_t inside = pointer.find('#');
        if (inside == std::string::npos || !pointer.substr(0, inside).ends_with("/" + pointer_step(key))) continue;
        const Json::json_pointer at(pointer.substr(inside + 1));
        if (!document.is_structured() || !document.contains(at)) continue;
        const Json& leaf = document.at(at);
        if (in_text(leaf.is_string() ? leaf.get<std::string>() : dump(leaf))) return true;
      }
    }
  }
  return false;
}

/// The server's words about an object that is no Secret, without the values in it that came from the environment.
std::string without_secrets(std::string words, const Resource& desired) {
  if (desired.id.kind == "Secret") return words;
  for (const auto& [at, text] : hidden_values_of(desired)) words = without_value(words, text);
  return words;
}

}  // namespace

bool is_manager_conflict(const ApiError& error) {
  return error.status == 409 && std::ranges::any_of(error.causes, [](const ApiCause& cause) {
           return cause.reason == "FieldManagerConflict";
         });
}

void mark_take_overs(Change& change, const ApiError& error) {
  const bool adopting =
      std::ranges::any_of(change.fields, [](const FieldChange& field) { return field.cause == Cause::adopted; });
  for (const ApiCause& cause : error.causes) {
    if (cause.reason != "FieldManagerConflict") continue;
    const std::string path = path_of_conflict(cause.field);
    const std::string wanted = plain_path(path);
    bool known = false;
    for (FieldChange& field : change.fields) {
      const std::string mine = object_path(field);
      if (!within(wanted, mine) && !within(mine, wanted)) continue;
      known = true;
      field.take_over = true;
      field.manager = cause.manager;
    }
    if (known) continue;
    change.fields.push_back({.path = path,
                             .secret = change.id.kind == "Secret",
                             .cause = adopting ? Cause::adopted : Cause::drift,
                             .manager = cause.manager,
                             .take_over = true});
  }
}

bool is_admission_refusal(const ApiError& error) {
  // Both phrases are the server's own, in front of what the webhook or the policy says.
  return error.server_message.find("admission webhook \"") != std::string::npos ||
         error.server_message.find("ValidatingAdmissionPolicy '") != std::string::npos;
}

bool is_quota_refusal(const ApiError& error) {
  return error.status == 403 && error.server_message.find(" is forbidden: exceeded quota: ") != std::string::npos;
}

bool is_immutability(const ApiError& error) {
  if (error.status != 422 || error.reason != "Invalid" || error.causes.empty() || is_admission_refusal(error))
    return false;
  constexpr std::array<std::string_view, 8> words = {"immutable",
                                                     "updates to",
                                                     "may not change",
                                                     "cannot change",
                                                     "is forbidden after creation",
                                                     "may not be changed",
                                                     "can only be modified in tandem",
                                                     "cannot be changed"};
  return std::ranges::all_of(error.causes, [&](const ApiCause& cause) {
    const bool typed = cause.reason == "FieldValueInvalid" || cause.reason == "FieldValueForbidden";
    return typed && !cause.field.empty() && std::ranges::any_of(words, [&](std::string_view word) {
             return cause.message.find(word) != std::string::npos;
           });
  });
}

std::string pointer_of_cause(std::string_view field) {
  std::string out;
  std::string step;
  bool bracket = false;
  const auto end_step = [&] {
    if (!step.empty()) out.append("/").append(pointer_step(step));
    step.clear();
  };
  for (const char c : field) {
    if (c == '[' || c == ']' || (c == '.' && !bracket)) {
      end_step();
      bracket = c == '[';
    } else if (c != '"') {
      step += c;
    }
  }
  end_step();
  return out;
}

std::string pointer_of_duplicate(const Json& object, std::string_view message) {
  constexpr std::string_view words = ": duplicate entries for key ";
  const std::size_t end = message.find(words);
  const std::size_t begin = message.rfind(" .", end);
  if (end == std::string_view::npos || begin == std::string_view::npos) return "";
  std::string_view path = message.substr(begin + 1, end - begin - 1);
  std::string_view key = message.substr(end + words.size());
  key = key.substr(0, key.find(']') + 1);
  const Json* at = &object;
  std::string pointer;
  while (!path.empty() && at != nullptr) {
    if (path.front() == '.') {
      const std::size_t length = std::min(path.find_first_of(".[", 1), path.size());
      const std::string step(path.substr(1, length - 1));
      at = find(*at, {step});
      pointer += "/" + pointer_step(step);
      path.remove_prefix(length);
    } else {
      const std::size_t length = std::min(path.find(']') + 1, path.size());
      const std::vector<std::size_t> found = positions_of(*at, keys_of(path.substr(0, length)));
      if (found.empty()) return "";
      pointer += fmt::format("/{}", found.front());
      at = &(*at)[found.front()];
      path.remove_prefix(length == 0 ? path.size() : length);
    }
  }
  if (at == nullptr) return "";
  const std::vector<std::size_t> twice = positions_of(*at, keys_of(key));
  return twice.size() < 2 ? "" : fmt::format("{}/{}", pointer, twice[1]);
}

std::vector<Error> rejections_of(const Change& change, const ApiError& error) {
  std::vector<Error> out;
  const auto add = [&](std::string message, const std::string& pointer) {
    Error one{.kind = error.kind,
              .message = fmt::format("{}: {}", change.id.text(), without_secrets(std::move(message), change.desired)),
              .where = place_near(change.desired, pointer)};
    one.hint = error.hint;
    out.push_back(std::move(one));
  };
  for (const ApiCause& cause : error.causes) {
    if (cause.field.empty()) continue;
    const std::string pointer = pointer_of_cause(cause.field);
    // The server repeats the value that it refuses.
    const bool hidden =
        change.id.kind == "Secret" && (pointer.starts_with("/data") || pointer.starts_with("/stringData"));
    add(fmt::format("{}: {}", cause.field, hidden ? "refused by the server" : cause.message), pointer);
  }
  const bool about_secret = change.id.kind == "Secret" && error.status != 403 && error.status != 404 &&
                            !(is_admission_refusal(error) && !repeats_a_value(change.desired, error.server_message));
  if (out.empty())
    add(about_secret ? fmt::format("refused by the server ({})", error.reason) : error.server_message,
        pointer_of_duplicate(change.desired.spec, error.server_message));
  return out;
}

}  // namespace cloudflow
