// `cloudflow adopt`: takes over an application that Cloudflow 2's operator runs, with its pods running on; or, by name,
// what exists and is nobody's.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

#include "cli/apply_plan.h"
#include "cli/approval.h"
#include "cli/cloudflow2_operator.h"
#include "cli/commands/commands.h"
#include "cli/pipeline/plans.h"
#include "cli/pipeline/topic_ownership.h"
#include "cli/steps.h"
#include "cli/systems.h"
#include "cli/take_over.h"
#include "providers/kubernetes/cluster/cloudflow2.h"
#include "sdk/support/name_pattern.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct AdoptOptions {
  std::vector<std::string> names{};  ///< "secret/printer", "topic/calls"; empty: Cloudflow 2's application
  SourceOptions source{};
  ExecuteOptions execute{};
  int deadline_seconds = 300;
  int lock_timeout_seconds = lock_patience.count();
  bool yes = false;
  std::string operator_ns{};
  bool ignore_operator = false;
  bool without_topics = false;
  bool dry_run = false;
  bool full = false;
};

const Question question{.text = "\nTake all of this over? Only \"yes\" is taken as agreement: ",
                        .answer = "yes",
                        .verb = "adopt",
                        .otherwise = "Not adopted: nothing was changed."};

/// Topics that exist and that the application manages are its own from now on; they stay as they are. Enters them into
/// the record, and adds to `out` those that were not in it before.
Result<void> take_topics(Outside& outside, std::span<const Resource> desired, const std::stop_token& stop,
                         const Plan& plan, Inventory& record, PlanAdditions& out) {
  const auto& cluster_ids = outside.known_cluster_ids();
  std::map<std::string, std::vector<std::string>> present;  // name of the Kafka cluster → topics
  for (const Resource& topic : desired) {
    if (!is_managed_topic(topic)) continue;
    if (std::ranges::find(plan.changes, topic.id, &Change::id) != plan.changes.end()) continue;
    if (cluster_ids.contains(topic.id.scope)) present[topic.id.scope].push_back(topic.id.name);
  }
  std::vector<std::string> taken;
  for (const auto& [cluster, topics] : present) {
    CF_TRY(const TopicQuestions::Ids ids, outside.kafka()->topic_ids(cluster, topics, stop));
    const std::string& cluster_id = cluster_ids.at(cluster);
    for (const std::string& topic : topics) {
      const auto live = ids.find(topic);
      const std::string live_id = live == ids.end() ? "" : live->second;
      if (!is_taken_over(record_of(record, cluster_id, topic, live_id), NamedBy::person)) continue;
      take_over(record, cluster_id, topic, live_id);
      taken.push_back(topic);
      out.takes_over.push_back(topic_id(cluster, topic));
    }
  }
  if (!taken.empty())
    out.notes.emplace_back(fmt::format("{} taken over as they are: {}",
                                       counted(static_cast<long long>(taken.size()), "topic"), join(taken, ", ")));
  return {};
}

/// The plan for taking over all of it. What is desired is refined on the way: nothing that runs is disturbed.
Step<Planned> plan_adoption(const Source& source, Outside& outside, Desired& desired, bool with_topics,
                            const std::stop_token& stop) {
  Result<KeptPods> kept = keep_unchanged_pods(source, desired, outside.cluster(), stop);
  if (!kept) return Step<Planned>::failed(kept.error());
  desired.resources = with_topics_left_alone(std::move(kept->desired));
  return plan_take_over(
      source, outside, desired, stop, [&](const Plan& plan, Inventory& record) -> Result<PlanAdditions> {
        PlanAdditions out{.notes = {kept->restarts.begin(), kept->restarts.end()}};
        CF_TRY(const std::vector<ResourceId> left, left_to_cloudflow2(outside.cluster(), desired.resources, stop));
        for (const ResourceId& id : left) {
          out.notes.emplace_back(
              fmt::format("{} is not asked for: it stays the CloudflowApplication's and goes when that is deleted",
                          id.text()),
              id);
        }
        if (with_topics) CF_CHECK(take_topics(outside, desired.resources, stop, plan, record, out));
        return out;
      });
}

/// The change by which a thing gets our mark and stays as it is otherwise: what differs is for the next plan, with its
/// risks.
Change marking(const Change& planned) {
  const Json& manifest = planned.desired.spec;
  Change out{.id = planned.id, .action = Action::update, .verified = planned.verified};
  out.desired.id = planned.id;
  out.desired.spec = {{"apiVersion", string_at(manifest, {"apiVersion"})},
                      {"kind", string_at(manifest, {"kind"})},
                      {"metadata", {{"name", planned.id.name}}}};
  out.desired.origins = planned.desired.origins;
  // Only that it is this very object: what its status says meanwhile does not matter.
  out.precondition = {{"uid", string_at(planned.precondition, {"uid"})}};
  out.fields.push_back({.path = "metadata.labels[applyset.kubernetes.io/part-of]",
                        .pointer = "/metadata/labels/applyset.kubernetes.io~1part-of",
                        .after = Json("this application"),
                        .cause = Cause::adopted});
  out.notes.emplace_back("is taken over as it is; what differs is for the next plan");
  return out;
}

/// What the names mean among what the application asks for; nothing, said, when one means nothing.
std::optional<std::vector<ResourceId>> named(std::span<const Resource> desired, const std::vector<std::string>& names,
                                             View& view) {
  std::vector<ResourceId> out;
  std::vector<std::string> known;
  for (const Resource& resource : desired) known.push_back(resource.id.text());
  for (const std::string& name : names) {
    const std::size_t before = out.size();
    for (const Resource& resource : desired) {
      if (matches_pattern(name, resource.id.text())) out.push_back(resource.id);
    }
    if (out.size() > before) continue;
    const auto is_name_of = [&](const std::string& one) { return one.ends_with("/" + name); };
    const auto with_kind = std::ranges::find_if(known, is_name_of);
    view.error({ErrorKind::not_found, fmt::format("this application asks for nothing that is called {}", quote(name)),
                std::nullopt,
                with_kind == known.end() ? did_you_mean(name, known) : "with its kind in front: " + *with_kind});
    return std::nullopt;
  }
  return out;
}

/// The part of the whole plan that takes over what is named: a plan of its own. Nothing, said, when that is not there.
std::optional<Plan> plan_marking(std::span<const Resource> desired, const Planned& planned_all,
                                 const std::vector<std::string>& names, View& view) {
  const auto ids = named(desired, names, view);
  if (!ids) return std::nullopt;
  const Plan* whole = &planned_all.plan;
  Plan part = *whole;
  part.is_part = true;
  part.changes.clear();
  part.rejections.clear();
  part.violations.clear();
  part.notes.clear();
  part.awaits.clear();
  for (const ResourceId& id : *ids) {
    const auto planned = std::ranges::find(whole->changes, id, &Change::id);
    if (planned != whole->changes.end() && planned->action == Action::create) {
      view.error({ErrorKind::not_found, fmt::format("{} does not exist", id.text()), std::nullopt,
                  "there is nothing to take over: apply makes it"});
      return std::nullopt;
    }
    const bool foreign = planned != whole->changes.end() && planned->foreign;
    if (foreign) {
      part.violations.push_back(fmt::format("{} {}", id.text(), planned->refused.value_or("belongs to others")));
    } else if (planned != whole->changes.end() && planned->adoptable) {
      part.changes.push_back(marking(*planned));
    } else if (std::ranges::find(planned_all.adopted, id) != planned_all.adopted.end()) {
      part.notes.emplace_back(fmt::format("{} is taken over as it is; what differs is for the next plan", id.text()),
                              id);
      std::ranges::copy_if(whole->notes, std::back_inserter(part.notes),
                           [&](const Note& note) { return note.about == id; });
    } else {
      part.notes.emplace_back(fmt::format("{} is this application's already", id.text()), id);
    }
  }
  return part;
}

ExitCode run_adopt_named(const AdoptOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {.full = options.full});
  std::optional<ToChange> to_change = read_to_change(options.source, host, *view);
  if (!to_change) return ExitCode::failed;
  auto& [source, access, proven] = *to_change;
  Outside& outside = **access;
  if (!options.dry_run && !take_lock(outside, std::chrono::seconds(options.lock_timeout_seconds), *view))
    return ExitCode::failed;
  std::optional<Desired> desired = shown(read_desired(source, access, std::move(proven), host.finish), *view);
  if (!desired) return without_plan(host);
  std::optional<Planned> planned =
      shown(plan_desired(source, outside, *desired, {.adopt = options.names}, host.finish), *view);
  if (!planned) return without_plan(host);
  std::optional<Plan> part = plan_marking(desired->resources, *planned, options.names, *view);
  if (!part) return without_plan(host);
  planned->plan = *std::move(part);
  Run run(host, *view, outside, source.application.id, std::move(desired->resources), *std::move(planned));
  run.command = "adopt";
  view->plan(run.plan);
  if (const auto code = why_not_applicable(*view, run.plan)) return *code;
  if (options.dry_run || (!has_changes(run.plan) && run.adopted_topics.empty())) return ExitCode::ok;
  if (!options.yes && !is_approved(host, *view, question)) return ExitCode::failed;
  ExecuteOptions execute = options.execute;
  execute.await_workloads = false;  // what runs goes on running
  return apply_part(run, execute);
}

ExitCode run_adopt(AdoptOptions& options, const Host& host) {
  options.execute.deadline = std::chrono::seconds(options.deadline_seconds);
  if (!options.names.empty()) return run_adopt_named(options, host);
  const std::unique_ptr<View> view = make_text_view(host, {.full = options.full});
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return ExitCode::failed;
  Access access = connect(*source, host, true);
  Outside* outside = shown(access, *view);
  if (outside == nullptr) return ExitCode::failed;
  if (const auto code =
          operator_in_the_way(outside->cluster(), options.operator_ns, options.ignore_operator, host, *view))
    return *code;
  if (!options.dry_run && !take_lock(*outside, std::chrono::seconds(options.lock_timeout_seconds), *view))
    return ExitCode::failed;
  std::optional<Desired> desired = shown(read_desired(*source, access, std::nullopt, host.finish), *view);
  if (!desired) return without_plan(host);
  std::optional<Planned> planned =
      shown(plan_adoption(*source, *outside, *desired, !options.without_topics, host.finish), *view);
  if (!planned) return without_plan(host);
  Run run(host, *view, *outside, source->application.id, std::move(desired->resources), *std::move(planned));
  run.command = "adopt";
  view->plan(run.plan);
  if (const auto code = why_not_applicable(*view, run.plan)) return *code;
  if (options.dry_run) return ExitCode::ok;
  if (!has_changes(run.plan) && run.plan.takes_over.empty()) return report_no_changes(run, false);
  if (!options.yes && !is_approved(host, *view, question)) return ExitCode::failed;
  return apply_plan(run, options.execute);
}

}  // namespace

void add_adopt(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<AdoptOptions>();
  CLI::App* command = app.add_subcommand(
      "adopt", "Take over what exists by name, or an application that Cloudflow 2's operator runs; its pods run on");
  add_source_options(*command, options->source, true);
  command
      ->add_option(
          "names", options->names,
          "Objects and topics that exist and that the application asks for, as a plan names them; they stay as "
          "they are (default: the whole application as Cloudflow 2's operator runs it)")
      ->type_name("KIND/NAME");
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  command->add_flag("--dry-run", options->dry_run, "Only show what would be taken over");
  command->add_flag("--ignore-operator", options->ignore_operator, "Go on although Cloudflow 2's operator is running");
  command
      ->add_option("--operator-namespace", options->operator_ns,
                   "Where Cloudflow 2's operator is looked for (default: everywhere)")
      ->type_name("NAME");
  command->add_flag("--without-topics", options->without_topics,
                    "Leave topics that exist to others: they are checked and never changed");
  command->add_flag("--full", options->full, "Show every field of what is created and every line that changes");
  add_time(*command, "--deadline", options->deadline_seconds, "Time that one change may take until it is ready");
  add_lock_timeout(*command, options->lock_timeout_seconds);
  command->callback([options, &host, &exit] { exit = run_adopt(*options, host); });
}

}  // namespace cloudflow
