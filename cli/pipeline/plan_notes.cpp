// What a reader of a plan should know beside its changes.
#include "cli/pipeline/plan_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/pipeline/record.h"
#include "cli/pipeline/topic_ownership.h"
#include "cli/systems.h"
#include "planner/rollout/readers.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// So many kinds that could not be looked at are named.
constexpr std::size_t most_unseen = 5;

/// That topics of the application are not known any more, where the record was not whole.
std::string topics_unknown(std::span<const Resource> desired, const Inventory& record, const ClusterIds& cluster_ids) {
  const auto recorded = recorded_topics(record, cluster_ids);
  std::vector<std::string> topics;
  for (const Resource& topic : desired) {
    if (!is_managed_topic(topic)) continue;
    const auto known = recorded.find(topic.id.scope);
    if (known == recorded.end() || !known->second.contains(topic.id.name)) topics.push_back(topic.id.name);
  }
  return fmt::format(
      "with the record went what it knew of topics: those that this application made stay, unless they are adopted{}",
      topics.empty() ? "" : " (the source names " + join(topics, ", ") + ")");
}

std::string unseen_kinds(std::vector<std::string> unseen) {
  const std::size_t shown = std::min(unseen.size(), most_unseen);
  const std::size_t more = unseen.size() - shown;
  unseen.resize(shown);
  return fmt::format(", but these, which could not be looked at: {}{}", join(unseen, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

/// The inlets of the application, as they will be wired.
std::vector<WiredPort> readers_of(std::span<const Resource> desired, const Application& application) {
  std::vector<WiredPort> out;
  for (const Resource& resource : desired) {
    if (!is_secret(resource.id) || resource.streamlet.empty()) continue;
    for (WiredPort& port : wired_ports(resource.spec)) {
      const Streamlet* streamlet = application.streamlet(port.streamlet);
      if (streamlet != nullptr &&
          std::ranges::find(streamlet->descriptor.inlets, port.port, &Port::name) != streamlet->descriptor.inlets.end())
        out.push_back(std::move(port));
    }
  }
  return out;
}

}  // namespace

LeftOut finished_jobs(std::span<const Resource> desired, const Inventory& record, std::span<const Change> changes) {
  std::set<ResourceId> finished;
  for (const Resource& resource : desired) {
    if (removes_itself(resource) && has_run(record, resource)) finished.insert(resource.id);
  }
  LeftOut out;
  for (const Change& change : changes) {
    // One that is going now and does not differ would be replaced without a difference.
    const bool is_going = change.action == Action::replace && change.fields.empty();
    if (!finished.contains(change.id) || (change.action != Action::create && !is_going)) continue;
    out.ids.insert(change.id);
    out.notes.emplace_back(
        fmt::format("{} has run and removed itself (ttlSecondsAfterFinished); to run it again, change it: an "
                    "annotation will do",
                    change.id.text()),
        change.id);
  }
  return out;
}

std::vector<Note> notes_of_record(std::span<const Resource> desired, const Inventory& record,
                                  const RecordSearch& search, const ClusterIds& cluster_ids, const Plan& plan) {
  const std::vector<std::string> lacking = unrecorded(record, desired, plan);
  if (lacking.empty() && !search.made) return {};
  std::string note = fmt::format("the record configmap/cloudflow-{} ", plan.application);
  if (!record.exists) {
    note += "is gone";
  } else if (lacking.empty()) {
    note += "is not as it was written";
  } else {
    note += "lacks kinds of what is deployed: " + join(lacking, ", ");
  }
  if (search.made) note += "; what this application made was looked for among all kinds";
  if (!search.unseen.empty()) note += unseen_kinds(search.unseen);
  if (!plan.removes_all) note += record.exists && !lacking.empty() ? "; apply completes it" : "; apply writes it again";
  std::vector<Note> out = {std::move(note)};
  if (search.made) out.emplace_back(topics_unknown(desired, record, cluster_ids));
  return out;
}

std::vector<Note> notes_of_destroy(const Inventory& record) {
  if (string_at(record.last, {"command"}) != "destroy" || !was_interrupted(record)) return {};
  return {
      fmt::format("a destroy was begun at {} by {} and did not end: this plan makes again what it removed; "
                  "`cloudflow destroy` goes on with it",
                  string_at(record.last, {"time"}), string_at(record.last, {"by"}))};
}

std::vector<Note> notes_of_shared_groups(std::span<const Resource> desired, const Application& application,
                                         const std::function<Result<std::vector<OtherDeployment>>()>& elsewhere) {
  const std::vector<WiredPort> readers = readers_of(desired, application);
  if (readers.empty()) return {};
  const auto others = elsewhere();
  if (!others) return {};  // a help, not a condition
  std::vector<Note> out;
  for (const OtherDeployment& other : *others) {
    std::optional<std::vector<WiredPort>> wired;
    if (other.secrets) wired.emplace();
    for (const Json& secret : other.secrets.value_or(std::vector<Json>()))
      std::ranges::move(wired_ports(secret), std::back_inserter(*wired));
    if (std::string note = shared_readers_note(application.id, other.ns, readers, wired); !note.empty())
      out.emplace_back(std::move(note));
  }
  return out;
}

}  // namespace cloudflow
