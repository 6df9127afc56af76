// Who we are to registries, as docker, podman and skopeo keep it.
#include "sdk/image/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "cloudflow/json.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

/// "https://registry.example.com/v1/" and "registry.example.com" are the same.
std::string plain_key(std::string_view key) {
  if (const std::size_t scheme = key.find("://"); scheme != std::string_view::npos) {
    key.remove_prefix(scheme + 3);
    key = key.substr(0, key.find('/'));
  }
  while (key.ends_with('/')) key.remove_suffix(1);
  return std::string(key);
}

/// What a name may be kept under: "r.example.com/a/b", "r.example.com/a", "r.example.com".
std::vector<std::string> keys_for(std::string name) {
  std::vector<std::string> out{name};
  for (std::size_t slash = name.rfind('/'); slash != std::string::npos; slash = name.rfind('/')) {
    name.resize(slash);
    out.push_back(name);
  }
  return out;
}

Result<std::optional<RegistryLogin>> login_of(const Json& entry, const fs::path& file) {
  RegistryLogin out{.username = string_at(entry, {"username"}),
                    .password = Secret(string_at(entry, {"password"})),
                    .identity_token = Secret(string_at(entry, {"identitytoken"}))};
  if (const std::string both = string_at(entry, {"auth"}); !both.empty()) {
    std::string text;
    const bool readable = from_base64(both, text);
    const std::size_t colon = text.find(':');
    if (!readable || colon == std::string::npos)
      return failure(ErrorKind::invalid_input,
                     fmt::format("{} has an \"auth\" that is not base64 of USER:PASSWORD", quote(file.string())));
    out.username = text.substr(0, colon);
    out.password = Secret(text.substr(colon + 1, text.find('\0', colon) - colon - 1));
  }
  // docker leaves an empty entry for what a program keeps.
  if (out.username.empty() && out.identity_token.empty()) return std::nullopt;
  return out;
}

/// Asks docker-credential-HELPER.
Result<std::optional<RegistryLogin>> ask_helper(const std::string& helper, const std::string& registry,
                                                const std::stop_token& stop) {
  const std::string program = "docker-credential-" + helper;
  const Result<ProcessOutput> ran = run_process({.command = {program, "get"}, .input = registry}, stop);
  if (!ran) return failure_in(fmt::format("cannot get the login for {}", registry), ran.error());
  if (ran->status != 0) {
    const std::string words = ran->output + ran->errors;
    if (words.find("credentials not found") != std::string::npos) return std::nullopt;
    return failure(
        ErrorKind::unauthenticated,
        fmt::format("{} ended with status {} when asked for the login for {}", program, ran->status, registry),
        fmt::format("echo {} | {} get  shows why", registry, program));
  }
  // The parser's words could show a part of the secret: they are not passed on.
  const Result<Json> answer = parse_json(ran->output, program);
  if (!answer) return failure(ErrorKind::invalid_input, fmt::format("{} did not answer with JSON", program));
  RegistryLogin out{.username = string_at(*answer, {"Username"}), .password = Secret(string_at(*answer, {"Secret"}))};
  if (out.username == "<token>") return RegistryLogin{.identity_token = std::move(out.password)};
  return out;
}

Result<std::optional<RegistryLogin>> find_in(const Json& config, const fs::path& file, const std::string& repository,
                                             const std::stop_token& stop) {
  const std::string registry = repository.substr(0, repository.find('/'));
  if (const std::string helper = string_at(config, {"credHelpers", registry}); !helper.empty())
    return ask_helper(helper, registry, stop);
  if (const Json* auths = find(config, {"auths"}); auths != nullptr && auths->is_object()) {
    for (const std::string& key : keys_for(repository)) {
      for (const auto& [name, entry] : auths->items()) {
        if (plain_key(name) != key) continue;
        CF_TRY(std::optional<RegistryLogin> login, login_of(entry, file));
        if (login) return login;
      }
    }
  }
  if (const std::string store = string_at(config, {"credsStore"}); !store.empty())
    return ask_helper(store, registry, stop);
  return std::nullopt;
}

}  // namespace

Result<std::optional<RegistryLogin>> LoginFiles::find(const std::string& repository,
                                                      const std::stop_token& stop) const {
  for (const fs::path& file : files_) {
    std::ifstream in(file, std::ios::binary);
    if (!in) continue;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (trimmed(text).empty()) continue;
    const Result<Json> config = parse_json(text, file.string());
    if (!config) return failure(ErrorKind::invalid_input, fmt::format("{} is no JSON", quote(file.string())));
    CF_TRY(std::optional<RegistryLogin> login, find_in(*config, file, repository, stop));
    if (login) return login;
  }
  return std::nullopt;
}

std::string LoginFiles::places() const {
  std::vector<std::string> names;
  for (const fs::path& file : files_) names.push_back(file.string());
  return join(names, ", ");
}

}  // namespace cloudflow
