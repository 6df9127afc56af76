// Settings of Kafka clients that are passwords wherever they are written.
#include "planner/project/client_passwords.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 9> passwords{"sasl.jaas.config",
                                                    "ssl.key.password",
                                                    "ssl.keystore.password",
                                                    "ssl.keystore.key",
                                                    "ssl.keystore.certificate.chain",
                                                    "ssl.truststore.password",
                                                    "ssl.truststore.certificates",
                                                    "sasl.oauthbearer.client.credentials.client.secret",
                                                    "sasl.oauthbearer.assertion.private.key.passphrase"};

/// The keys above a value, from the inside out.
struct Path {
  const Path* up = nullptr;
  std::string_view key{};
};

/// Takes the end of `name` that `path` has away; true when nothing is left of it.
bool ends_like(const Path* path, std::string_view name) {
  for (; path != nullptr; path = path->up) {
    std::string_view key = path->key;
    if (key.size() >= name.size())
      return key.ends_with(name) && (key.size() == name.size() || key[key.size() - name.size() - 1] == '.');
    if (!name.ends_with(key) || name[name.size() - key.size() - 1] != '.') return false;
    name.remove_suffix(key.size() + 1);
  }
  return false;
}

bool is_password(const Path* path) {
  return std::ranges::any_of(passwords, [&](std::string_view name) { return ends_like(path, name); });
}

/// Nothing where nothing below is a password: configurations are large, and most have none.
std::optional<ConfigValue> marked(const ConfigValue& value, const Path* path) {
  if (value.is_object()) {
    std::optional<ConfigValue> out;
    for (const auto& [key, member] : value.members()) {
      const Path below{path, key};
      if (auto changed = marked(member, &below)) out = (out ? *out : value).with(key, *std::move(changed));
    }
    return out;
  }
  if (!value.is_scalar() || value.is_secret() || path == nullptr || !is_password(path)) return std::nullopt;
  return value.marked_secret();
}

}  // namespace

ConfigValue with_passwords_marked(const ConfigValue& tree) { return marked(tree, nullptr).value_or(tree); }

Environment with_passwords_marked(Environment environment) {
  environment.values = with_passwords_marked(environment.values);
  for (auto& [name, cluster] : environment.kafka) cluster.config = with_passwords_marked(cluster.config);
  return environment;
}

}  // namespace cloudflow
