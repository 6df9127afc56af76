// What a registry says when it refuses.
#include "sdk/image/registry_words.h"

#include <fmt/format.h>

#include "cloudflow/json.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t longest_words = 300;

std::string shortened(std::string text) {
  if (text.size() > longest_words) {
    text.resize(longest_words);
    text += "…";
  }
  return printable(in_one_line(std::move(text)));
}

/// Code and message of one error, and its detail where that is a text.
std::string words_of_error(const Json& error) {
  std::string out = string_at(error, {"message"});
  if (const std::string code = string_at(error, {"code"}); !code.empty()) out = out.empty() ? code : code + ": " + out;
  if (const std::string detail = string_at(error, {"detail"}); !detail.empty()) out += " (" + detail + ")";
  if (const Json* inner = find(error, {"detail"}); inner != nullptr && inner->is_object() && !inner->empty())
    out += " (" + dump(*inner) + ")";
  return out;
}

std::string hint_of(int status) {
  switch (status) {
    case 404:
      return "look at the names of registry and repository; some registries want a repository to be made first";
    case 405:
      return "this registry is read-only, or a mirror";
    case 413:
      return "a proxy in front of the registry limits the size of requests";
    case 429:
      return "the registry limits how much it is asked: try again later, or log in";
    default:
      return status >= 500 ? "look at the log and the disk of the registry; pushing again sends only what is not there"
                           : "";
  }
}

ErrorKind kind_of_status(int status) {
  switch (status) {
    case 401:
      return ErrorKind::unauthenticated;
    case 403:
      return ErrorKind::denied;
    case 404:
      return ErrorKind::not_found;
    case 405:
      return ErrorKind::unsupported;
    default:
      return status == 429 || status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid_input;
  }
}

}  // namespace

std::string words_of(const HttpResponse& answer) {
  const Result<Json> body = parse_json(answer.body, "answer");
  const Json* errors = body ? find(*body, {"errors"}) : nullptr;
  std::vector<std::string> all;
  for (const Json& error : errors != nullptr && errors->is_array() ? *errors : Json::array())
    all.push_back(words_of_error(error));
  if (!all.empty()) return shortened(join(all, "; "));
  if (body) {
    for (const char* key : {"details", "message", "error"}) {
      if (const std::string text = string_at(*body, {key}); !text.empty()) return shortened(text);
    }
  }
  const std::string_view text = trimmed(answer.body);
  return text.starts_with('<') ? "" : shortened(std::string(text.substr(0, text.find('\n'))));
}

Error refusal_of(const HttpResponse& answer, std::string_view doing) {
  const std::string words = words_of(answer);
  return {kind_of_status(answer.status),
          fmt::format("{}: HTTP status {}{}", doing, answer.status, words.empty() ? "" : ", " + words), std::nullopt,
          hint_of(answer.status)};
}

}  // namespace cloudflow
