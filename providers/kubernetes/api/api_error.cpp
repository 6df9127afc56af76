// What a refusal of the API server means.
#include <algorithm>
#include <array>

#include "providers/kubernetes/api/api_client.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

ErrorKind kind_of(int status) {
  switch (status) {
    case 401:
      return ErrorKind::unauthenticated;
    case 403:
      return ErrorKind::denied;
    case 404:
    case 410:
      return ErrorKind::not_found;
    case 405:
    case 406:
    case 415:
      return ErrorKind::unsupported;
    case 409:
    case 412:
      return ErrorKind::conflict;
    case 429:
      return ErrorKind::unavailable;
    default:
      return status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid_input;
  }
}

/// The server's words on one line: lists in them become "a, b".
std::string one_line(std::string_view text) {
  std::string out;
  bool first_item = true;
  for (const std::string& line : split(text, '\n')) {
    std::string_view rest = trimmed(line);
    if (rest.empty()) continue;
    const bool item = rest.starts_with("- ");
    if (item) rest = trimmed(rest.substr(2));
    if (!out.empty()) out += item && !first_item ? ", " : " ";
    first_item = !item;
    out += rest;
  }
  return out;
}

/// The manager in `conflict with "kubectl" using apps/v1 at 2026-11-21T08:00:00Z`.
std::string manager_in(std::string_view message) {
  constexpr std::string_view before = "conflict with \"";
  if (!message.starts_with(before)) return {};
  const std::string_view rest = message.substr(before.size());
  return std::string(rest.substr(0, rest.find('"')));
}

std::vector<ApiCause> causes_of(const Json& status) {
  std::vector<ApiCause> out;
  const Json* causes = find(status, {"details", "causes"});
  if (causes == nullptr || !causes->is_array()) return out;
  for (const Json& cause : *causes) {
    ApiCause one{string_at(cause, {"reason"}), string_at(cause, {"field"}), string_at(cause, {"message"})};
    one.manager = manager_in(one.message);
    out.push_back(std::move(one));
  }
  return out;
}

/// What something that is not a Status said: a proxy's page, plain text of an overloaded server.
std::string plain_words(int status, std::string_view body) {
  constexpr std::size_t enough = 200;
  const std::string text = one_line(body.substr(0, enough));
  const std::string number = "HTTP status " + std::to_string(status);
  return text.empty() || text.starts_with("<") ? number : number + ": " + text;
}

}  // namespace

std::string_view hint_of_refusal(std::string_view message) {
  struct Row {
    std::string_view words;
    std::string_view hint;
  };
  constexpr std::string_view rights = "docs/rights.md has the Role that this needs";
  // The first that fits: an admission plug-in's words come with "forbidden", too.
  static constexpr std::array<Row, 8> rows = {
      {{"exceeded quota", "the namespace's ResourceQuota leaves no room: raise it, or ask for less"},
       {"is being terminated", "the namespace is being deleted: apply again when it is gone"},
       {"error looking up service account", "make the service account first, or add it to kubernetes/*.yaml"},
       {"violates PodSecurity", "the namespace's label pod-security.kubernetes.io/enforce asks for this"},
       {"can be resized and the storageclass", "the storage class needs allowVolumeExpansion"},
       {"attempting to grant RBAC permissions not currently held", rights},
       {"\" cannot ", rights},
       {"you can't set finalizers on", rights}}};
  const auto found =
      std::ranges::find_if(rows, [&](const Row& row) { return message.find(row.words) != std::string_view::npos; });
  return found == rows.end() ? "" : found->hint;
}

ApiError api_error(int status, std::string_view body, std::string_view doing) {
  ApiError error(Error{kind_of(status)});
  error.status = status;
  const Result<Json> answer = parse_json(body, doing);
  if (answer && string_at(*answer, {"kind"}) == "Status") {
    error.reason = string_at(*answer, {"reason"});
    error.server_message = one_line(string_at(*answer, {"message"}));
    error.causes = causes_of(*answer);
    if (error.reason == "Timeout") error.kind = ErrorKind::timeout;
  }
  if (error.server_message.empty()) error.server_message = plain_words(status, body);
  error.message = std::string(doing) + ": " + error.server_message;
  if (error.kind == ErrorKind::denied) error.hint = hint_of_refusal(error.server_message);
  return error;
}

}  // namespace cloudflow
