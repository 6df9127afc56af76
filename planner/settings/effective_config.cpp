// Puts the configuration of every streamlet and topic together and proves it against the application.
#include "planner/settings/effective_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/config/print_config.h"
#include "planner/project/client_passwords.h"
#include "planner/settings/config_schema.h"
#include "planner/settings/effective_config_layers.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const ConfigValue& section(const ConfigValue& tree, std::string_view name) {
  static const ConfigValue nothing = ConfigValue::object({});
  const ConfigValue* found = tree.at({"cloudflow", name});
  return found != nullptr && found->is_object() ? *found : nothing;
}

std::vector<std::string> streamlet_names(const Application& application) {
  std::vector<std::string> names;
  for (const Streamlet& streamlet : application.streamlets) names.push_back(streamlet.name);
  return names;
}

void unknown_streamlet(const Application& application, std::string_view name, const SourcePos& where,
                       Diagnostics& problems) {
  const std::vector<std::string> known = streamlet_names(application);
  const std::string hint = did_you_mean(name, known);
  problems.error("unknown-streamlet", where, fmt::format("the application has no streamlet {}", quote(name)),
                 hint.empty() ? "its streamlets are: " + join(known, ", ") : hint);
}

void check_names(const Application& application, const Environment& environment, const ConfigValue& user,
                 Diagnostics& problems) {
  for (const auto& [name, value] : section(user, "streamlets").members()) {
    if (application.streamlet(name) == nullptr) unknown_streamlet(application, name, value.where(), problems);
  }
  for (const auto& [name, count] : environment.replicas) {
    const SourcePos where = where_of(count, environment);
    if (application.streamlet(name) == nullptr) unknown_streamlet(application, name, where, problems);
    if (count.value < 0)
      problems.error("replicas", where, fmt::format("streamlet {} cannot have {} replicas", quote(name), count.value),
                     "0 stops it");
  }
}

/// Settings that nothing reads are mostly misspelled.
void warn_about_unread(const Application& application, const ConfigValue& user, const EffectiveConfig& config,
                       Diagnostics& problems) {
  std::vector<std::string> runtimes;
  for (const Streamlet& streamlet : application.streamlets) {
    if (std::ranges::find(runtimes, streamlet.runtime) == runtimes.end()) runtimes.push_back(streamlet.runtime);
  }
  for (const auto& [name, value] : section(user, "runtimes").members()) {
    if (std::ranges::find(runtimes, name) != runtimes.end()) continue;
    problems.warning("unused-runtime", value.where(), fmt::format("no streamlet has the runtime {}", quote(name)),
                     did_you_mean(name, runtimes));
  }
  std::set<SourcePos> said;  // one section can be that of many streamlets
  const auto warn = [&](const Streamlet& streamlet, const ConfigValue& value, std::string_view what,
                        const std::string& name, std::vector<std::string> wanted) {
    if (!said.insert(value.where()).second) return;
    for (std::string& one : wanted) one = quote(one);
    problems.warning("unused-pod", value.where(),
                     fmt::format("{} {} has no effect for the runtime {}, which reads {}", what, quote(name),
                                 quote(streamlet.runtime), join(wanted, ", ")));
  };
  for (const Streamlet& streamlet : application.streamlets) {
    const std::vector<std::string>& known = application.needs_of(streamlet).pods;
    if (known.empty()) continue;
    for (const auto& [pod_name, pod] : config.streamlets.at(streamlet.name).kubernetes.find("pods")->members()) {
      const bool read = std::ranges::find(known, pod_name) != known.end();
      if (!read) warn(streamlet, pod, "pod", pod_name, known);
      const ConfigValue* containers = pod.find("containers");
      if (!read || containers == nullptr) continue;
      for (const auto& [name, container] : containers->members()) {
        if (name != "container") warn(streamlet, container, "container", name, {"container"});
      }
    }
  }
}

/// Every key of the environment's volume-mounts has to name a mount.
void check_mount_names(const Application& application, const Environment& environment, Diagnostics& problems) {
  std::vector<std::string> known;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const VolumeMount& mount : streamlet.descriptor.volume_mounts)
      known.push_back(streamlet.name + "." + mount.name);
  }
  for (const auto& [key, claim] : environment.volume_mounts) {
    if (std::ranges::find(known, key) != known.end()) continue;
    std::string hint = did_you_mean(key, known);
    if (hint.empty())
      hint = known.empty() ? "no streamlet declares a volume mount" : "the volume mounts are: " + join(known, ", ");
    problems.error("unknown-volume-mount", where_of(claim, environment),
                   fmt::format("there is no volume mount {}", quote(key)), hint);
  }
}

ConfigValue replicas_of(const Streamlet& streamlet, const Environment& environment) {
  if (const auto found = environment.replicas.find(streamlet.name); found != environment.replicas.end()) {
    return ConfigValue::number(static_cast<long long>(found->second.value), where_of(found->second, environment));
  }
  return ConfigValue::number(static_cast<long long>(streamlet.replicas.value_or(1)), streamlet.where);
}

void add_claims(const Streamlet& streamlet, const RuntimeNeeds& runtime, const Environment& environment,
                EffectiveStreamlet& effective, EffectiveConfig& out, Diagnostics& problems) {
  for (const VolumeMount& mount : streamlet.descriptor.volume_mounts) {
    const std::string key = streamlet.name + "." + mount.name;
    const auto bound = environment.volume_mounts.find(key);
    const std::string claim = bound == environment.volume_mounts.end() ? mount.claim : bound->second.value;
    const std::string user = fmt::format("volume mount {} of streamlet {}", quote(mount.name), quote(streamlet.name));
    if (claim.empty()) {
      problems.error("volume-mount-unbound", mount.where.file.empty() ? streamlet.where : mount.where,
                     user + " is not bound to a claim",
                     fmt::format("add {}: CLAIM under volume-mounts: of the environment", key));
      continue;
    }
    const SourcePos where =
        bound == environment.volume_mounts.end() ? mount.where : where_of(bound->second, environment);
    effective.claims.emplace(mount.name, ConfigValue::string(claim, where));
    out.claims.push_back({.claim = claim, .access_mode = mount.access_mode, .user = user, .where = where});
  }
  const ConfigValue* pods = effective.kubernetes.find("pods");
  if (pods == nullptr) return;
  for (const auto& [pod_name, pod] : pods->members()) {
    const ConfigValue* volumes = pod.find("volumes");
    if (volumes == nullptr) continue;
    for (const auto& [name, volume] : volumes->members()) {
      const ConfigValue* claim = volume.at({"pvc", "name"});
      if (claim == nullptr || !claim->is_string()) continue;
      out.claims.push_back({.claim = claim->text(),
                            .is_secret = claim->is_secret(),
                            .access_mode = runtime.storage && runtime.storage->claim == claim->text()
                                               ? runtime.storage->access_mode
                                               : "",
                            .user = fmt::format("volume {} of streamlet {}", quote(name), quote(streamlet.name)),
                            .where = claim->where().file.empty() ? streamlet.where : claim->where()});
    }
  }
}

EffectiveStreamlet make_streamlet(const Streamlet& streamlet, const RuntimeNeeds& runtime,
                                  const Environment& environment, const ConfigValue& files, EffectiveConfig& out,
                                  Diagnostics& problems) {
  EffectiveStreamlet effective{.name = streamlet.name};
  effective.runtime = merge_layers_with_nulls(streamlet_layers(streamlet, runtime, environment, files, "config"));
  effective.kubernetes =
      complete_kubernetes(merge_layers(streamlet_layers(streamlet, runtime, environment, files, "kubernetes")));
  effective.parameters = effective_parameters(
      streamlet, streamlet_layers(streamlet, runtime, environment, files, "config-parameters"), problems);
  effective.replicas = replicas_of(streamlet, environment);
  effective.replicas_given = streamlet.replicas || environment.replicas.contains(streamlet.name);
  add_claims(streamlet, runtime, environment, effective, out, problems);
  return effective;
}

/// The user's tree with the defaults in it: what `configuration` shows.
ConfigValue whole_document(const Application& application, const EffectiveConfig& config, const ConfigValue& user) {
  const ConfigValue empty = ConfigValue::object({});
  ConfigValue::Object entries = section(user, "streamlets").members();
  for (const Streamlet& streamlet : application.streamlets) {
    const auto own = entries.find(streamlet.name);
    ConfigValue entry = own != entries.end() && own->second.is_object() ? own->second : empty;
    entry = entry.with("config-parameters", config.streamlets.at(streamlet.name).parameters);
    if (entry.find("config") == nullptr) entry = entry.with("config", empty);
    const ConfigValue* kubernetes = entry.find("kubernetes");
    if (kubernetes == nullptr || kubernetes->find("pods") == nullptr)
      entry = entry.with("kubernetes", empty.with("pods", empty));
    entries.insert_or_assign(streamlet.name, entry);
  }
  const std::vector<std::string> path = {"cloudflow", "streamlets"};
  ConfigValue document =
      user.with_at(path, ConfigValue::object(std::move(entries), section(user, "streamlets").where()));
  for (const Streamlet& streamlet : application.streamlets) {
    const std::vector<std::string> kubernetes = {"cloudflow", "runtimes", streamlet.runtime, "kubernetes"};
    const ConfigValue defaults = runtime_defaults(application.needs_of(streamlet));
    if (defaults.is_object() && document.at(kubernetes) == nullptr) document = document.with_at(kubernetes, defaults);
  }
  for (const char* name : {"runtimes", "topics"}) {
    const std::vector<std::string> group = {"cloudflow", name};
    if (document.at(group) == nullptr) document = document.with_at(group, empty);
  }
  return document;
}

}  // namespace

EffectiveConfig effective_config(const Application& application, const Environment& given, const ConfigValue& files,
                                 const ClusterFacts& facts, Diagnostics& problems) {
  const ConfigValue user = with_passwords_marked(files);
  const Environment environment = with_passwords_marked(given);
  const ConfigValue all = user_config(environment, user);
  check_config(all, problems);
  check_names(application, environment, all, problems);
  check_mount_names(application, environment, problems);
  EffectiveConfig out{.facts = facts};
  for (const Streamlet& streamlet : application.streamlets) {
    out.streamlets.emplace(
        streamlet.name, make_streamlet(streamlet, application.needs_of(streamlet), environment, user, out, problems));
  }
  add_topics(application, environment, user, facts, out, problems);
  warn_about_unread(application, all, out, problems);
  out.document = whole_document(application, out, all);
  return out;
}

void check_claims(const EffectiveConfig& config, const std::map<std::string, std::string>& planned,
                  Diagnostics& problems) {
  std::vector<std::string> known;
  for (const auto& [name, modes] : config.facts.claims) known.push_back(name);
  for (const auto& [name, modes] : planned) known.push_back(name);
  for (const ClaimUse& use : config.claims) {
    const auto made = planned.find(use.claim);
    const auto live = config.facts.claims.find(use.claim);
    if (made == planned.end() && live == config.facts.claims.end()) {
      if (!config.facts.online) continue;
      problems.error("claim-missing", use.where,
                     fmt::format("{} uses the claim {}, which does not exist", use.user,
                                 use.is_secret ? std::string(hidden_value) : quote(use.claim)),
                     use.is_secret ? "" : did_you_mean(use.claim, known));
      continue;
    }
    const std::string& modes = made != planned.end() ? made->second : live->second;
    const bool readable = use.access_mode == "ReadOnlyMany" && modes.find("ReadWriteMany") != std::string::npos;
    if (use.access_mode.empty() || readable || modes.find(use.access_mode) != std::string::npos) continue;
    problems.error(
        "claim-access-mode", use.where,
        fmt::format("{} needs access mode {}, but the claim {} has {}", use.user, use.access_mode,
                    use.is_secret ? std::string(hidden_value) : quote(use.claim), modes.empty() ? "none" : modes));
  }
}

}  // namespace cloudflow
