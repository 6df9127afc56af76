// What a source asks for.
#include "cli/pipeline/desired.h"

#include <fmt/format.h>

#include <utility>

#include "cli/pipeline/offline.h"
#include "cli/pipeline/outside_values.h"
#include "planner/project/external_values.h"
#include "planner/render/render.h"
#include "planner/settings/config_schema.h"
#include "providers/kubernetes/cluster/facts.h"
#include "providers/kubernetes/cluster/pull_credentials.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The environment and the configuration files, as they are written. `before_check` may take out what only it knows.
Step<Gathered> as_written(const Source& source, const std::function<void(ConfigValue&)>& before_check = {}) {
  Step<Gathered> out;
  ConfigValue user_config = read_user_config(*source.tree, source.project, source.environment, out.problems);
  if (before_check) before_check(user_config);
  check_config(user_config, out.problems);
  if (!out.problems.has_errors())
    out.value = {.environment = source.environment, .user_config = std::move(user_config)};
  return out;
}

/// Puts values in place of the references to them.
Step<Gathered> resolved(Step<Gathered> gathered, const ExternalLookup& lookup) {
  if (!gathered.value) return gathered;
  resolve_external(gathered.value->environment, lookup, gathered.problems);
  if (gathered.problems.has_errors()) gathered.value.reset();
  return gathered;
}

/// Errors that stand-ins bring to light. Warnings come out when all is known.
Diagnostics errors_alone(const Source& source) {
  Diagnostics problems;
  check_offline(*source.tree, source.project, source.application, source.environment, problems);
  return problems.has_errors() ? problems : Diagnostics();
}

/// The outside does not answer; where something is wrong in the source, that is told instead.
Step<Gathered> failed_outside(const Source& source, const Error& why) {
  Diagnostics wrong = errors_alone(source);
  if (wrong.has_errors()) return {.problems = std::move(wrong)};
  return Step<Gathered>::failed(why);
}

Result<FactsRead> read_facts(KubernetesCluster& cluster, const Environment& environment, const FactsNeeded& needed,
                             const std::stop_token& stop) {
  Result<std::map<std::string, Secret>> clusters;
  Result<std::map<std::string, std::string>> found;
  Result<Secret> registries;
  parallel_for(3, 3, [&](std::size_t i) {
    if (i == 0 && !needed.kafka_clusters.empty())
      clusters = kafka_clusters(cluster, environment.kubernetes.kafka_ns, needed.kafka_clusters, stop);
    if (i == 1 && needed.claims) found = claims(cluster, stop);
    if (i == 2 && needed.registries) registries = other_registries(cluster, stop);
  });
  if (!clusters) return std::unexpected(clusters.error());
  if (!found) return std::unexpected(found.error());
  if (!registries && registries.error().kind != ErrorKind::not_found) return std::unexpected(registries.error());
  return FactsRead{.kafka_clusters = *std::move(clusters),
                   .claims = *std::move(found),
                   .registries = registries ? *std::move(registries) : Secret()};
}

ExternalLookup lookup_with(const Access& access, const std::string& folder, const std::stop_token& stop) {
  const auto secret = [&access, stop](const std::string& name, const std::string& key) -> Result<std::string> {
    if (!access) return std::unexpected(access.error());
    CF_TRY(const Secret value, secret_value((*access)->cluster(), name, key, stop));
    return value.reveal();
  };
  return lookup_online(folder, secret, stop);
}

/// read_desired(), without the lock: what is read meanwhile may be old.
Step<Desired> ask(const Source& source, Access& access, std::optional<Desired> proven, const std::stop_token& stop) {
  if (access) (*access)->begin_reading(source.tree.get());
  const auto begin_with_kafka = [&](const Desired& desired) {
    // Mistakes come out when it is connected to.
    if (access && (*access)->connect_kafka(desired.config, desired.from.environment)) (*access)->begin_cluster_ids();
  };
  if (!proven) return desired_online(source, access, stop, begin_with_kafka);
  begin_with_kafka(*proven);
  return {.value = std::move(proven)};
}

}  // namespace

Step<Gathered> gather_offline(const Source& source) { return resolved(as_written(source), lookup_offline()); }

Step<Gathered> gather_here(const Source& source, const std::stop_token& stop,
                           const std::function<void(ConfigValue&)>& before_check) {
  const auto no_secret = [](const std::string& name, const std::string& /*key*/) -> Result<std::string> {
    return failure(ErrorKind::unsupported,
                   fmt::format("the Secret {} is in a cluster, and none is asked", quote(name)));
  };
  return resolved(as_written(source, before_check), lookup_online(source.options.folder, no_secret, stop));
}

Step<Gathered> gather(const Source& source, const Access& access, const std::stop_token& stop) {
  Step<Gathered> out = as_written(source);
  if (!out.value) return out;
  const FactsNeeded needed = facts_needed(source.application, source.environment, out.value->user_config);
  if (needed.any() && !access) return failed_outside(source, access.error());
  Result<FactsRead> read =
      needed.any() ? read_facts((*access)->cluster(), source.environment, needed, stop) : Result<FactsRead>();
  if (!read) return failed_outside(source, read.error());
  out.value->facts = facts_of(*std::move(read), needed, out.problems);
  if (out.problems.has_errors()) out.value.reset();
  return resolved(std::move(out), lookup_with(access, source.options.folder, stop));
}

Step<Desired> desired_of(const Source& source, Gathered gathered,
                         const std::function<void(const Desired&)>& configured) {
  Step<Desired> out;
  Desired desired{.from = std::move(gathered)};
  const Gathered& from = desired.from;
  desired.config = effective_config(source.application, from.environment, from.user_config, from.facts, out.problems);
  if (configured && !out.problems.has_errors()) configured(desired);
  desired.resources =
      render(source.application, from.environment, desired.config, *source.tree, out.problems, source.project.folder);
  if (!out.problems.has_errors()) out.value = std::move(desired);
  return out;
}

Step<Desired> desired_online(const Source& source, const Access& access, const std::stop_token& stop,
                             const std::function<void(const Desired&)>& configured) {
  Step<Gathered> gathered = gather(source, access, stop);
  if (!gathered.value) return {.problems = std::move(gathered.problems), .error = std::move(gathered.error)};
  Step<Desired> out = desired_of(source, *std::move(gathered.value), configured);
  for (const Diagnostic& one : out.problems.all()) gathered.problems.add(one);
  out.problems = std::move(gathered.problems);
  return out;
}

Step<std::optional<Desired>> prove_offline(const Source& source, const Access& access, const std::stop_token& stop) {
  Step<Gathered> written = as_written(source);
  if (!written.value) return {.problems = std::move(written.problems)};
  if (facts_needed(source.application, source.environment, written.value->user_config).any()) {
    Diagnostics wrong = errors_alone(source);
    if (wrong.has_errors()) return {.problems = std::move(wrong)};
    return {.value = std::optional<Desired>()};
  }
  Step<Desired> desired = desired_online(source, access, stop);
  Step<std::optional<Desired>> out{.problems = std::move(desired.problems), .error = std::move(desired.error)};
  if (desired.value) out.value = std::move(desired.value);
  return out;
}

Step<Desired> read_desired(const Source& source, Access& access, std::optional<Desired> proven,
                           const std::stop_token& stop) {
  Step<Desired> out = ask(source, access, std::move(proven), stop);
  if (!out.value) return out;
  const auto failed = [&](const Error& why) {
    out.value.reset();
    out.error = why;
    return std::move(out);
  };
  if (!access) return failed(access.error());
  Outside& outside = **access;
  outside.read_early(out.value->resources);
  const Result<bool> is_old = outside.settle_lock();
  if (!is_old) return failed(is_old.error());
  if (*is_old) {
    outside.forget_readings();
    out = ask(source, access, std::nullopt, stop);
    if (!out.value) return out;
  }
  if (const auto record = outside.record(); !record) return failed(record.error());
  const Result<void> connected = outside.connect_kafka(out.value->config, out.value->from.environment);
  return connected ? std::move(out) : failed(connected.error());
}

}  // namespace cloudflow
