// `cloudflow status`: what runs, why not, and how far behind its readers are.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

#include "cli/commands/commands.h"
#include "cli/pipeline/kafka_clusters.h"
#include "cli/pipeline/left_behind.h"
#include "cli/pipeline/planning.h"
#include "cli/steps.h"
#include "cli/systems.h"
#include "cli/views/status_view.h"
#include "planner/apply/executor.h"
#include "planner/rollout/readers.h"
#include "providers/kubernetes/cluster/streamlet_status.h"

namespace cloudflow {
namespace {

struct StatusOptions {
  SourceOptions source{};
  bool json = false;
  bool exit_code = false;
};

/// The cluster a topic is in and its name there.
struct TopicAddress {
  std::string cluster{};
  std::string topic{};
};

std::map<std::string, TopicAddress> topic_addresses(const EffectiveConfig& config) {
  std::map<std::string, TopicAddress> addresses;
  for (const auto& [id, topic] : config.topics) addresses[id] = {topic.cluster, topic.name.text()};
  return addresses;
}

/// Consumer group ids are `<application>.<streamlet>.<inlet>` (docs/compatibility.md, Documents in the container), with
/// the environment's prefix in front.
struct InletTopic {
  std::string streamlet{};
  std::string inlet{};
  std::string group{};
  TopicAddress address{};
};

std::vector<InletTopic> inlet_topics(const Application& application, const std::string& groups,
                                     const std::map<std::string, TopicAddress>& addresses) {
  std::vector<InletTopic> out;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const Port& inlet : streamlet.descriptor.inlets) {
      const auto port = streamlet.ports.find(inlet.name);
      if (port == streamlet.ports.end() || !addresses.contains(port->second.topic)) continue;
      out.push_back({streamlet.name, inlet.name, fmt::format("{}.{}.{}", groups, streamlet.name, inlet.name),
                     addresses.at(port->second.topic)});
    }
  }
  return out;
}

/// What a status is asked with.
struct Asker {
  const Host& host;
  View& view;
  const Source& source;
  const Desired& desired;
  Outside& outside;
};

/// How the streamlets are wired that are deployed: a change that is refused, held or cut short leaves them on other
/// topics than the source asks for. Nothing where Secrets may not be read.
Result<std::vector<WiredPort>> deployed_wiring(const Asker& asker) {
  std::vector<Resource> secrets;
  for (const Resource& resource : asker.desired.resources) {
    if (is_secret(resource.id) && !resource.streamlet.empty())
      secrets.push_back({.id = resource.id, .spec = {{"apiVersion", "v1"}, {"kind", resource.id.kind}}});
  }
  std::vector<WiredPort> out;
  if (secrets.empty()) return out;
  Inventory none;
  none.exists = true;  // nothing else is looked for
  const Result<std::vector<Live>> live = asker.outside.kubernetes().read(secrets, none, asker.host.abort);
  if (!live && live.error().kind == ErrorKind::denied) return out;
  if (!live) return std::unexpected(live.error());
  for (const Live& one : *live) {
    if (is_secret(one.id))
      std::ranges::move(wired_ports(Json::parse(one.document, nullptr, false)), std::back_inserter(out));
  }
  return out;
}

/// Where each inlet reads now, as far as a configured cluster has it.
void use_deployed(std::vector<InletTopic>& inlets, const std::vector<WiredPort>& wired, const EffectiveConfig& config) {
  const std::map<std::string, std::string> clusters = clusters_by_brokers(config);
  for (InletTopic& inlet : inlets) {
    const auto port = std::ranges::find_if(
        wired, [&](const WiredPort& one) { return one.streamlet == inlet.streamlet && one.port == inlet.inlet; });
    if (port == wired.end()) continue;
    const std::optional<std::string> cluster = cluster_of(*port, clusters);
    if (!cluster) continue;
    inlet.group = port->group;
    inlet.address = {*cluster, port->topic};
  }
}

/// The lag of every inlet; one cluster that cannot tell it does not hide that of the others.
void read_lag(const Asker& asker, const std::vector<InletTopic>& inlets, ApplicationStatus& status) {
  std::map<std::string, std::map<std::string, std::vector<std::string>>> groups;
  for (const InletTopic& inlet : inlets) groups[inlet.address.cluster][inlet.group].push_back(inlet.address.topic);
  for (const auto& [cluster, of_cluster] : groups) {
    const auto answer = asker.outside.kafka()->lag(cluster, of_cluster, asker.host.abort);
    if (!answer) {
      asker.view.error(answer.error());
      status.lag_is_known = false;
      continue;
    }
    for (const InletTopic& inlet : inlets) {
      const auto found = std::ranges::find_if(*answer, [&](const GroupLag& lag) {
        return inlet.address.cluster == cluster && lag.group == inlet.group && lag.topic == inlet.address.topic;
      });
      if (found != answer->end()) status.inlets.push_back({inlet.streamlet, inlet.inlet, *found});
    }
  }
}

/// Whether the topics can be told.
bool read_kafka(const Asker& asker, ApplicationStatus& status) {
  const std::map<std::string, TopicAddress> addresses = topic_addresses(asker.desired.config);
  std::map<std::string, std::vector<std::string>> topics;
  for (const auto& [id, address] : addresses) topics[address.cluster].push_back(address.topic);
  const Result<std::vector<WiredPort>> wired = deployed_wiring(asker);
  if (!wired) {
    asker.view.error(wired.error());
    return false;
  }
  std::vector<InletTopic> inlets = inlet_topics(asker.source.application, asker.desired.config.groups, addresses);
  use_deployed(inlets, *wired, asker.desired.config);
  for (const InletTopic& inlet : inlets) topics[inlet.address.cluster].push_back(inlet.address.topic);
  for (auto& [cluster, names] : topics) {
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    const auto answer = asker.outside.kafka()->topics(cluster, names, asker.host.abort);
    if (!answer) {
      asker.view.error(answer.error());
      return false;
    }
    status.topics.insert(status.topics.end(), answer->begin(), answer->end());
  }
  read_lag(asker, inlets, status);
  return true;
}

/// A streamlet that has neither a Deployment nor pods: what its runtime made of it is asked, as a CronJob.
Result<StreamletStatus> status_without_pods(const Asker& asker, const std::string& streamlet) {
  StreamletStatus out{.streamlet = streamlet, .readiness = {Readiness::State::missing, "not deployed"}};
  std::vector<ResourceId> ids;
  for (const Resource& resource : asker.desired.resources) {
    if (resource.streamlet == streamlet && is_object(resource.id) &&
        !asker.outside.kubernetes().traits(resource.id).runs_nothing)
      ids.push_back(resource.id);
  }
  if (ids.empty()) return out;
  CF_TRY(const std::vector<Readiness> answers, asker.outside.kubernetes().readiness(ids, asker.host.abort));
  const auto not_ready =
      std::ranges::find_if(answers, [](const Readiness& answer) { return answer.state != Readiness::State::ready; });
  if (not_ready == answers.end()) {
    out.readiness = {Readiness::State::ready, ""};
  } else if (not_ready->state != Readiness::State::missing) {
    out.readiness = *not_ready;
  }
  return out;
}

/// What the application consists of beside its streamlets and can be unready: workloads, claims, and what is named in
/// kubernetes/*.yaml.
Result<std::vector<ObjectStatus>> other_objects(const Asker& asker) {
  std::vector<ResourceId> ids;
  for (const Resource& resource : asker.desired.resources) {
    if (resource.streamlet.empty() && is_object(resource.id) &&
        !asker.outside.kubernetes().traits(resource.id).ready_when_written)
      ids.push_back(resource.id);
  }
  CF_TRY(const std::vector<Readiness> answers, asker.outside.kubernetes().readiness(ids, asker.host.abort));
  std::vector<ObjectStatus> out;
  for (std::size_t i = 0; i < ids.size(); ++i) out.push_back({ids[i], answers[i]});
  std::ranges::sort(out, {}, &ObjectStatus::id);
  return out;
}

ExitCode run_status(const StatusOptions& options, const Host& host) {
  const std::unique_ptr<View> view = options.json ? make_json_view(JsonAnswer::document) : make_text_view(host, {});
  std::optional<ToChange> read = read_to_change(options.source, host, *view);
  if (!read) return ExitCode::failed;
  auto& [source, access, desired] = *read;
  Outside& outside = **access;
  outside.look_for_other_run();
  if (!desired) desired = shown(desired_online(source, access, host.finish), *view);
  if (!desired) return ExitCode::failed;
  const Result<Inventory> record = outside.record();
  const Result<void> connected =
      record ? outside.connect_kafka(desired->config, desired->from.environment) : Result<void>();
  if (!record || !connected) {
    view->error(record ? connected.error() : record.error());
    return ExitCode::failed;
  }
  // A Kafka that is away is when somebody most wants to know how the pods are.
  const Result<ClusterIds> cluster_ids = outside.cluster_ids();
  if (!cluster_ids) view->error(cluster_ids.error());
  bool kafka_answers = cluster_ids.has_value();
  ApplicationStatus status{
      .application = source.application.id,
      .targets = targets_of(outside.name(), desired->config, cluster_ids.value_or(ClusterIds()), *record),
      .last = record->last};
  auto streamlets = streamlet_status(outside.cluster(), host.abort);
  if (!streamlets) {
    view->error(streamlets.error());
    return ExitCode::failed;
  }
  const Asker asker{.host = host, .view = *view, .source = source, .desired = *desired, .outside = outside};
  status.lock = outside.other_run();
  status.streamlets = std::move(*streamlets);
  for (const Streamlet& streamlet : source.application.streamlets) {
    if (std::ranges::any_of(status.streamlets,
                            [&](const StreamletStatus& known) { return known.streamlet == streamlet.name; }))
      continue;
    Result<StreamletStatus> one = status_without_pods(asker, streamlet.name);
    if (!one) {
      view->error(one.error());
      return ExitCode::failed;
    }
    status.streamlets.push_back(*std::move(one));
  }
  std::ranges::sort(status.streamlets, {}, &StreamletStatus::streamlet);
  Result<std::vector<ObjectStatus>> objects = other_objects(asker);
  if (!objects) {
    view->error(objects.error());
    return ExitCode::failed;
  }
  status.objects = *std::move(objects);
  if (outside.kafka() != nullptr) kafka_answers = kafka_answers && read_kafka(asker, status);
  status.kafka_answers = kafka_answers;
  print_out(options.json ? status_json(status) : status_text(status, Style(host.colour), host.output_width));
  leave_behind(std::move(desired));
  if (!kafka_answers || !status.lag_is_known) return ExitCode::failed;
  return options.exit_code && !is_healthy(status) ? ExitCode::changes : ExitCode::ok;
}

}  // namespace

void add_status(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand("status", "Show what runs, why not, and the lag of every inlet");
  add_source_options(*command, options->source, true);
  add_json(*command, options->json, "one JSON document on stdout");
  command->add_flag("--detailed-exitcode", options->exit_code, "Exit 2 when something is not ready");
  command->callback([options, &host, &exit] { exit = run_status(*options, host); });
}

}  // namespace cloudflow
