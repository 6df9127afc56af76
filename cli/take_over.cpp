// What taking over an application asks of the desired state.
#include "cli/take_over.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "cli/systems.h"
#include "planner/render/streamlet_files.h"
#include "providers/kubernetes/cluster/facts.h"
#include "providers/kubernetes/ownership/adoption.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Documents = std::map<std::string, std::string>;

/// The documents in a Secret that we ask for.
Documents documents_of(const Resource& secret) {
  Documents out;
  if (const Json* data = find(secret.spec, {"data"}); data != nullptr && data->is_object()) {
    for (const auto& [key, value] : data->items()) {
      if (value.is_string()) from_base64(value.get_ref<const std::string&>(), out[key]);
    }
  }
  return out;
}

/// Which values are why pods restart; of many the first.
std::string restart_text(const std::string& streamlet, const std::vector<std::string>& paths) {
  constexpr std::size_t most = 5;
  const std::span<const std::string> shown(paths.data(), std::min(paths.size(), most));
  const std::string more = paths.size() > most ? fmt::format(" and {} more", paths.size() - most) : "";
  return fmt::format("pods of {} restart, because they read other values than now: {}{}", streamlet, join(shown, ", "),
                     more);
}

Result<Documents> live_documents(KubernetesCluster& cluster, const std::string& secret, const std::stop_token& stop) {
  using Keys = std::map<std::string, Secret>;
  CF_TRY(const Keys keys, secret_values(cluster, secret, stop));
  Documents out;
  for (const auto& [key, text] : keys) out.emplace(key, text.reveal());
  return out;
}

}  // namespace

std::vector<Resource> with_topics_left_alone(std::vector<Resource> desired) {
  for (Resource& resource : desired) {
    if (is_topic(resource.id)) resource.spec["existing"] = "as-it-is";
  }
  return desired;
}

Result<KeptPods> keep_unchanged_pods(const Source& source, const Desired& desired, KubernetesCluster& cluster,
                                     const std::stop_token& stop) {
  KeptPods out{.desired = desired.resources};
  // A logback file is read too, and Cloudflow 2 mounted it in another way: those pods restart.
  if (!desired.from.environment.logback.empty()) {
    out.restarts = {"pods restart: they read a logback file, which Cloudflow 2 mounted in another way"};
    return out;
  }
  const std::vector<Streamlet>& streamlets = source.application.streamlets;
  std::vector<Result<Documents>> live(streamlets.size());
  constexpr int at_once = 16;
  parallel_for(streamlets.size(), at_once,
               [&](std::size_t i) { live[i] = live_documents(cluster, streamlets[i].secret_name, stop); });
  for (std::size_t i = 0; i < streamlets.size(); ++i) {
    if (!live[i]) return std::unexpected(live[i].error());
    const ResourceId id = secret_id(cluster.ns(), streamlets[i].secret_name);
    const auto wanted = std::ranges::find(desired.resources, id, &Resource::id);
    if (wanted == desired.resources.end()) continue;
    if (const std::vector<std::string> paths = read_otherwise(*live[i], documents_of(*wanted)); !paths.empty()) {
      if (!live[i]->empty()) out.restarts.push_back(restart_text(streamlets[i].name, paths));
      continue;
    }
    for (Resource& resource : out.desired) {
      if (resource.streamlet == streamlets[i].name) keep_pods(resource.spec);
    }
  }
  return out;
}

}  // namespace cloudflow
