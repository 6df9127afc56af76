// Kubeconfig files, merged as kubectl does: which server, trusted how, as whom.
#include "providers/kubernetes/api/kubeconfig.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sdk/support/text.h"
#include "sdk/support/yaml_tree.h"

namespace cloudflow {
namespace {

/// A named part of one of the files.
struct Entry {
  std::string file{};
  YamlNode node{};
  const YamlNode& member(std::string_view key) const { return node[key]; }
};

struct Merged {
  std::string current_context{};
  std::map<std::string, Entry> clusters{};
  std::map<std::string, Entry> contexts{};
  std::map<std::string, Entry> users{};
};

SourcePos place_of(const Entry& entry, const YamlNode& node) { return {entry.file, node.at.line, node.at.column}; }

std::unexpected<Error> wrong(const Entry& entry, const YamlNode& node, std::string message, std::string hint = {}) {
  return std::unexpected(Error{ErrorKind::invalid_input, std::move(message), place_of(entry, node), std::move(hint)});
}

std::string text_at(const Entry& entry, std::string_view key) { return entry.member(key).text; }

bool flag_at(const Entry& entry, std::string_view key) { return lower(text_at(entry, key)) == "true"; }

std::vector<std::string> texts_at(const Entry& entry, std::string_view key) {
  std::vector<std::string> out;
  for (const YamlNode& item : entry.member(key).items) out.push_back(item.text);
  return out;
}

/// A path as the file means it: relative to the file.
std::string path_at(const Entry& entry, std::string_view key) {
  std::string path = text_at(entry, key);
  if (path.empty()) return path;
  return (std::filesystem::absolute(entry.file).parent_path() / path).lexically_normal().string();
}

Result<std::string> decoded_at(const Entry& entry, std::string_view key) {
  std::string bytes;
  std::string text = text_at(entry, key);
  std::erase_if(text, [](char c) { return c == '\n' || c == ' '; });
  if (!from_base64(text, bytes)) return wrong(entry, entry.member(key), quote(key) + " is not valid base64");
  return bytes;
}

void take_named(const YamlNode& root, const std::string& list, const std::string& member, const std::string& file,
                std::map<std::string, Entry>& out) {
  for (const YamlNode& entry : root[list].items) {
    if (entry.is_map()) out.try_emplace(entry["name"].text, Entry{file, entry[member]});  // the first file wins
  }
}

Result<void> take_file(const std::string& file, const std::string& text, Merged& merged) {
  const auto read = read_yaml_tree(text);
  if (!read) {
    return std::unexpected(Error{ErrorKind::invalid_input, "not valid YAML: " + read.error().message,
                                 SourcePos{file, read.error().at.line, read.error().at.column}});
  }
  const YamlNode& root = *read;
  if (!root.is_there()) return {};
  if (!root.is_map()) return wrong({file, root}, root, "a kubeconfig is a map of clusters, contexts and users");
  if (merged.current_context.empty()) merged.current_context = root["current-context"].text;
  take_named(root, "clusters", "cluster", file, merged.clusters);
  take_named(root, "contexts", "context", file, merged.contexts);
  take_named(root, "users", "user", file, merged.users);
  return {};
}

Result<Merged> merge_files(const std::string& paths) {
  Merged merged;
  std::vector<std::string> missing;
  bool any = false;
  for (const std::string& path : split(paths, ':')) {
    if (path.empty()) continue;
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) {
      missing.push_back(quote(path));
      continue;
    }
    any = true;
    CF_CHECK(take_file(path, {std::istreambuf_iterator<char>(file), {}}, merged));
  }
  if (!any) return failure(ErrorKind::not_found, fmt::format("no kubeconfig: cannot read {}", join(missing, ", ")));
  return merged;
}

std::vector<std::string> names_of(const std::map<std::string, Entry>& entries) {
  std::vector<std::string> out;
  out.reserve(entries.size());
  for (const auto& [name, entry] : entries) out.push_back(name);
  return out;
}

/// The entry of a name; the error names what there is.
Result<Entry> entry_of(const std::map<std::string, Entry>& entries, std::string_view what, const std::string& name,
                       const std::string& wanted_by) {
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  const std::vector<std::string> known = names_of(entries);
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) {
    hint = known.empty() ? fmt::format("there are no {}s at all", what)
                         : fmt::format("known {}s: {}", what, join(known, ", "));
  }
  return failure(ErrorKind::not_found, fmt::format("no {} {} in the kubeconfig{}", what, quote(name), wanted_by),
                 std::move(hint));
}

Json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::none:
      return nullptr;
    case YamlNode::Kind::list: {
      Json list = Json::array();
      for (const YamlNode& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case YamlNode::Kind::map: {
      Json map = Json::object();
      for (const auto& [key, member] : node.members) map[key] = to_json(member);
      return map;
    }
    case YamlNode::Kind::scalar:
      break;
  }
  if (!node.plain) return node.text;
  Json value = Json::parse(node.text, nullptr, false);
  return value.is_primitive() && !value.is_discarded() ? value : Json(node.text);
}

/// The cluster's settings for the plugin: extension client.authentication.k8s.io/exec.
Json exec_extension(const Entry& cluster) {
  for (const YamlNode& extension : cluster.member("extensions").items) {
    if (extension["name"].text == "client.authentication.k8s.io/exec") return to_json(extension["extension"]);
  }
  return nullptr;
}

Result<void> take_cluster(const Entry& entry, ClusterAccess& access) {
  access.server = text_at(entry, "server");
  while (access.server.ends_with('/')) access.server.pop_back();
  if (access.server.empty())
    return wrong(entry, entry.node, fmt::format("cluster {} has no server", quote(access.cluster)));
  access.proxy = text_at(entry, "proxy-url");
  access.disable_compression = flag_at(entry, "disable-compression");
  access.tls.server_name = text_at(entry, "tls-server-name");
  access.tls.insecure = flag_at(entry, "insecure-skip-tls-verify");
  access.tls.ca_file = path_at(entry, "certificate-authority");
  CF_TRY(access.tls.ca_data, decoded_at(entry, "certificate-authority-data"));
  return {};
}

Result<ExecPlugin> exec_of(const Entry& user, const Entry& cluster) {
  const Entry entry{user.file, user.member("exec")};
  ExecPlugin plugin;
  plugin.api_version = text_at(entry, "apiVersion");
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return wrong(entry, entry.node,
                 fmt::format("apiVersion {} of the credential plugin is unknown", quote(plugin.api_version)),
                 "use client.authentication.k8s.io/v1 or v1beta1");
  }
  plugin.command = text_at(entry, "command");
  if (plugin.command.empty()) return wrong(entry, entry.node, "the credential plugin has no command");
  if (plugin.command.find('/') != std::string::npos) plugin.command = path_at(entry, "command");
  if (text_at(entry, "interactiveMode") == "Always") {
    return wrong(entry, entry.node,
                 fmt::format("credential plugin {} can only be used interactively", quote(plugin.command)));
  }
  plugin.arguments = texts_at(entry, "args");
  for (const YamlNode& variable : entry.member("env").items) {
    if (variable.is_map()) plugin.environment[variable["name"].text] = variable["value"].text;
  }
  plugin.install_hint = std::string(trimmed(text_at(entry, "installHint")));
  plugin.wants_cluster = flag_at(entry, "provideClusterInfo");
  if (plugin.wants_cluster) plugin.cluster_config = exec_extension(cluster);
  return plugin;
}

void take_impersonation(const Entry& entry, ClusterAccess& access) {
  access.as = text_at(entry, "as");
  access.as_uid = text_at(entry, "as-uid");
  access.as_groups = texts_at(entry, "as-groups");
  const Entry extra{entry.file, entry.member("as-user-extra")};
  for (const auto& [key, groups] : extra.node.members) access.as_extra[key] = texts_at(extra, key);
}

Result<void> take_user(const Entry& entry, const Entry& cluster, ClusterAccess& access) {
  if (entry.member("auth-provider").is_there()) {
    const Entry provider{entry.file, entry.member("auth-provider")};
    return wrong(entry, provider.node,
                 fmt::format("user {} needs the auth provider {}, which Kubernetes has removed", quote(access.user),
                             quote(text_at(provider, "name"))),
                 "let your cloud's tool write the kubeconfig again: it will use a credential plugin (exec)");
  }
  access.token = Secret(text_at(entry, "token"));
  access.token_file = path_at(entry, "tokenFile");
  access.username = text_at(entry, "username");
  access.password = Secret(text_at(entry, "password"));
  access.tls.certificate_file = path_at(entry, "client-certificate");
  CF_TRY(access.tls.certificate_data, decoded_at(entry, "client-certificate-data"));
  access.tls.key_file = path_at(entry, "client-key");
  CF_TRY(std::string key, decoded_at(entry, "client-key-data"));
  access.tls.key_data = Secret(std::move(key));
  take_impersonation(entry, access);
  if (entry.member("exec").is_there()) {
    CF_TRY(access.exec, exec_of(entry, cluster));
  }
  return {};
}

Result<ClusterAccess> access_of(const Merged& merged, const std::string& context) {
  ClusterAccess access;
  access.context = context.empty() ? merged.current_context : context;
  if (access.context.empty()) {
    const std::vector<std::string> known = names_of(merged.contexts);
    return failure(ErrorKind::not_found, "the kubeconfig has no current context",
                   known.empty() ? "" : "choose one of: " + join(known, ", "));
  }
  CF_TRY(const Entry chosen, entry_of(merged.contexts, "context", access.context, ""));
  const std::string wanted_by = fmt::format(" (wanted by context {})", quote(access.context));
  access.cluster = text_at(chosen, "cluster");
  access.user = text_at(chosen, "user");
  access.ns = text_at(chosen, "namespace");
  CF_TRY(const Entry cluster, entry_of(merged.clusters, "cluster", access.cluster, wanted_by));
  CF_CHECK(take_cluster(cluster, access));
  if (access.user.empty()) return access;  // nobody: an anonymous user, as kubectl does
  CF_TRY(const Entry user, entry_of(merged.users, "user", access.user, wanted_by));
  CF_CHECK(take_user(user, cluster, access));
  return access;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return std::string(trimmed(text));
}

}  // namespace

Result<ClusterAccess> read_kubeconfig(const std::string& paths, const std::string& context) {
  CF_TRY(const Merged merged, merge_files(paths));
  return access_of(merged, context);
}

Result<ClusterAccess> in_cluster_access(const std::string& folder) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || port == nullptr || !std::filesystem::exists(folder + "/token")) {
    return failure(ErrorKind::unavailable, "no kubeconfig is given, and this is not a pod with a service account");
  }
  ClusterAccess access;
  const bool ipv6 = std::string_view(host).find(':') != std::string_view::npos;
  access.context = access.cluster = access.user = "in-cluster";
  access.server = ipv6 ? fmt::format("https://[{}]:{}", host, port) : fmt::format("https://{}:{}", host, port);
  access.tls.ca_file = folder + "/ca.crt";
  access.token_file = folder + "/token";
  access.ns = file_text(folder + "/namespace");
  return access;
}

}  // namespace cloudflow
