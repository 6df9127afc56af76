// The record of an application.
#include "cli/pipeline/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/pipeline/topic_ownership.h"
#include "cli/systems.h"
#include "providers/kafka/topic/asked_settings.h"
#include "providers/kubernetes/cluster/application_record.h"
#include "providers/kubernetes/ownership/ending_workloads.h"
#include "sdk/support/digest.h"

namespace cloudflow {
namespace {

/// The member "ran" of Inventory::last has one entry for each Job that removes itself and was made: "namespace/name" →
/// digest.
constexpr const char* ran_member = "ran";

std::string digest_of_job(const Resource& job) { return sha256_hex(dump(job.spec)); }
std::string place_of_job(const Resource& job) { return job.id.scope + "/" + job.id.name; }

/// Where the Kubernetes provider has to look for leftovers: kind and namespace of everything, names left out but those
/// of namespaces, which are not searched for.
std::vector<ResourceId> places_of(std::span<const ResourceId> ids) {
  std::set<ResourceId> places;
  for (const ResourceId& id : ids) {
    if (is_object(id)) places.insert({id.provider, id.kind, id.scope, is_namespace(id) ? id.name : ""});
  }
  return {places.begin(), places.end()};
}

std::vector<ResourceId> places_of(std::span<const Resource> desired) {
  std::vector<ResourceId> ids;
  for (const Resource& resource : desired) ids.push_back(resource.id);
  return places_of(ids);
}

void forget_empty_clusters(Inventory& record) {
  const auto is_empty = [](const auto& entry) { return entry.second.empty(); };
  std::erase_if(record.topics, is_empty);
  std::erase_if(record.topic_ids, is_empty);
}

bool is_done(const Outcome& outcome, const ResourceId& id) {
  return std::ranges::find(outcome.done, id) != outcome.done.end();
}

/// Digests of the saved plans that were applied, the last ones: each is used once.
Json used_plans(const RecordedRun& run) {
  static constexpr std::size_t most = 50;
  Json out = Json::array();
  if (const Json* before = find(run.before.last, {plans_member}); before != nullptr && before->is_array())
    out = *before;
  const bool is_new = !run.saved_plan.empty() && std::ranges::find(out, Json(run.saved_plan)) == out.end();
  if (is_new) out.push_back(run.saved_plan);
  if (out.size() > most) out.erase(out.begin(), out.end() - most);
  return out;
}

/// `outcome` is null before the first change.
Json last_apply(const RecordedRun& run, const Outcome* outcome) {
  const bool is_over = outcome != nullptr && outcome->complete();
  Json out = {{"commit", run.plan.revision.commit},
              {"version", run.plan.version},
              {"environment", run.plan.environment},
              {"command", command_of(run)},
              {"run", run.id},
              {"state", is_over ? "applied" : "applying"},
              {"time", rfc3339(run.clock.wall())},
              {"by", run.by},
              {"dirty", run.plan.revision.dirty},
              {"application", run.application}};
  if (outcome != nullptr && outcome->refused > 0) out["refused"] = outcome->refused;
  if (!run.saved_plan.empty()) out[plan_member] = run.saved_plan;
  if (Json used = used_plans(run); !used.empty()) out[plans_member] = std::move(used);
  return out;
}

/// What was asked for of the topics that are this application's, for the cause of a later difference. A change that was
/// not made leaves what was asked for before it.
Json asked_of_topics(const RecordedRun& run, const Outcome* outcome, const Inventory& record) {
  const Json* before = find(run.before.last, {asked_member});
  std::map<ResourceId, AskedSettings> asked;
  for (const Resource& resource : run.desired) {
    if (!is_topic(resource.id) || outcome == nullptr) continue;
    const auto change = std::ranges::find(run.plan.changes, resource.id, &Change::id);
    const bool is_made =
        change == run.plan.changes.end() || change->action == Action::none || is_done(*outcome, resource.id);
    if (is_made) asked.emplace(resource.id, asked_settings(resource));
  }
  Json out = Json::object();
  for (const auto& [cluster, topics] : record.topics) {
    const auto named = std::ranges::find(run.cluster_ids, cluster, [](const auto& one) { return one.second; });
    for (const std::string& topic : topics) {
      const auto now = named == run.cluster_ids.end() ? asked.end() : asked.find(topic_id(named->first, topic));
      const Json* earlier = before == nullptr ? nullptr : find(*before, {cluster, topic});
      if (now != asked.end()) {
        out[cluster][topic] = now->second;
      } else if (earlier != nullptr) {
        out[cluster][topic] = *earlier;
      }
    }
  }
  return out;
}

/// Which Jobs that remove themselves have been made, as far as that still matters.
Json jobs_that_ran(const RecordedRun& run, const Outcome* outcome) {
  Json out = Json::object();
  for (const Resource& resource : run.desired) {
    if (!removes_itself(resource)) continue;
    const bool planned = std::ranges::find(run.plan.changes, resource.id, &Change::id) != run.plan.changes.end();
    const bool made = !planned || (outcome != nullptr && is_done(*outcome, resource.id));
    const std::string place = place_of_job(resource);
    const std::string before = string_at(run.before.last, {ran_member, place});
    if (made) out[place] = digest_of_job(resource);
    if (!made && !before.empty()) out[place] = before;
  }
  return out;
}

/// The topics of others that this application reads or writes. What it has used before counts until all is as asked
/// for: its pods may still do so.
Json used_topics(const RecordedRun& run, const Outcome* outcome, const Inventory& record) {
  std::map<std::string, std::set<std::string>> used;
  for (const Resource& resource : run.desired) {
    const auto cluster = run.cluster_ids.find(resource.id.scope);
    if (is_topic(resource.id) && cluster != run.cluster_ids.end()) used[cluster->second].insert(resource.id.name);
  }
  const Json* before = find(run.before.last, {used_member});
  const bool is_over = outcome != nullptr && outcome->complete() && outcome->refused == 0;
  if (!is_over && before != nullptr && before->is_object()) {
    for (const auto& [cluster, topics] : before->items()) {
      for (const Json& topic : topics) {
        if (topic.is_string()) used[cluster].insert(topic.get<std::string>());
      }
    }
  }
  for (const auto& [cluster, topics] : record.topics) {
    for (const std::string& topic : topics) used[cluster].erase(topic);
  }
  std::erase_if(used, [](const auto& one) { return one.second.empty(); });
  return used;
}

/// Workloads that are removed and whose pods may not have ended: the next run waits for them.
Json ending(const RecordedRun& run, const Outcome* outcome) {
  if (outcome != nullptr && outcome->complete()) return {};  // all were waited for, those of earlier runs, too
  std::set<ResourceId> asked_for;
  for (const Resource& resource : run.desired) asked_for.insert(resource.id);
  return record_of_ending(run.before, run.plan.changes, asked_for);
}

/// Completes the record with what this run is, and comes to.
void describe_run(const RecordedRun& run, const Outcome* outcome, Inventory& record) {
  record.last = last_apply(run, outcome);
  if (Json ran = jobs_that_ran(run, outcome); !ran.empty()) record.last[ran_member] = std::move(ran);
  if (Json asked = asked_of_topics(run, outcome, record); !asked.empty()) record.last[asked_member] = std::move(asked);
  if (Json used = used_topics(run, outcome, record); !used.empty()) record.last[used_member] = std::move(used);
  if (Json left = ending(run, outcome); !left.empty()) record.last[ending_member] = std::move(left);
}

/// Topics that were only to be made, and that are taken for this application's by now.
std::set<ResourceId> confirmed_topics(const TopicQuestions& kafka) {
  if (!kafka.has_kafka()) return {};
  const std::vector<ResourceId> confirmed = kafka.confirmed();
  return {confirmed.begin(), confirmed.end()};
}

/// What became of one change of a topic. `ours` gets those that this run has made.
void record_topic(const RecordedRun& run, const Outcome& outcome, const Change& change, Recorded& out,
                  std::set<ResourceId>& ours) {
  const std::string& cluster = run.cluster_ids.at(change.id.scope);
  const bool done = is_done(outcome, change.id);
  const bool creates = change.action == Action::create;
  const bool gone = change.action == Action::remove && done;
  // Without an answer the topic may exist: it stays recorded unless creating it was never tried.
  const bool never_made =
      creates && !done && !outcome.interrupted &&
      std::ranges::none_of(outcome.failures, [&](const Failed& failure) { return failure.id == change.id; });
  const bool of_others = creates && run.kafka.has_kafka() && run.kafka.was_there(change.id);
  std::map<std::string, std::string>& ids = out.record.topic_ids[cluster];
  if (gone || never_made || of_others) {
    std::erase(out.record.topics[cluster], change.id.name);
    ids.erase(change.id.name);
  } else if (creates && done) {
    ours.insert(change.id);
  }
  if (of_others && done)
    out.notes.push_back(
        fmt::format("{} was made by somebody else meanwhile, as it is asked for: it stays theirs", change.id.text()));
}

}  // namespace

bool was_interrupted(const Inventory& record) { return string_at(record.last, {"state"}) == "applying"; }

bool removes_itself(const Resource& resource) {
  return is_job(resource.id) && find(resource.spec, {"spec", "ttlSecondsAfterFinished"}) != nullptr;
}

bool has_run(const Inventory& record, const Resource& job) {
  return string_at(record.last, {ran_member, place_of_job(job)}) == digest_of_job(job);
}

Result<void> record_topic_ids(const std::map<std::string, std::string>& cluster_ids, const TopicQuestions& kafka,
                              const std::set<ResourceId>& made, Inventory& record) {
  Result<void> out;
  for (const auto& [cluster, id] : cluster_ids) {
    const auto topics = record.topics.find(id);
    std::map<std::string, std::string>& ids = record.topic_ids[id];
    if (topics == record.topics.end()) {
      ids.clear();
      continue;
    }
    std::erase_if(
        ids, [&](const auto& one) { return std::ranges::find(topics->second, one.first) == topics->second.end(); });
    std::set<std::string> made_here;
    for (const ResourceId& topic : made) {
      if (topic.scope == cluster) made_here.insert(topic.name);
    }
    const std::vector<std::string> open = topics_without_id(record, id, made_here);
    if (open.empty() || !kafka.has_kafka()) continue;
    const auto found = kafka.ids(cluster, open);
    if (!found && out) out = std::unexpected(found.error());
    if (!found) continue;
    for (const auto& [topic, topic_id] : *found) ids.insert_or_assign(topic, topic_id);
  }
  std::erase_if(record.topic_ids, [](const auto& entry) { return entry.second.empty(); });
  return out;
}

void settle_intents(const std::map<std::string, std::string>& cluster_ids, const TopicQuestions& kafka,
                    Inventory& record) {
  if (const std::set<ResourceId> confirmed = confirmed_topics(kafka); !confirmed.empty())
    static_cast<void>(record_topic_ids(cluster_ids, kafka, confirmed, record));
}

bool forget_gone_topics(std::span<const Resource> desired, const std::map<std::string, std::string>& cluster_ids,
                        const TopicQuestions& kafka, Inventory& record) {
  if (!kafka.has_kafka()) return false;
  bool found = false;
  std::set<ResourceId> asked_for;
  for (const Resource& resource : desired) asked_for.insert(resource.id);
  for (const auto& [cluster, id] : cluster_ids) {
    const auto topics = record.topics.find(id);
    if (topics == record.topics.end()) continue;
    std::vector<std::string> left;
    std::ranges::copy_if(topics->second, std::back_inserter(left),
                         [&](const std::string& topic) { return !asked_for.contains(topic_id(cluster, topic)); });
    if (left.empty()) continue;
    const auto gone = kafka.gone(cluster, left);
    if (!gone) continue;
    for (const std::string& topic : *gone) {
      std::erase(topics->second, topic);
      record.topic_ids[id].erase(topic);
      found = true;
    }
  }
  forget_empty_clusters(record);
  return found;
}

Inventory record_before(const RecordedRun& run) {
  Inventory out = run.before;
  settle_intents(run.cluster_ids, run.kafka, out);
  out.application = run.plan.application;
  std::vector<ResourceId> ids = out.resources;
  for (const Resource& resource : run.desired) ids.push_back(resource.id);
  for (const Change& change : run.plan.changes) {
    ids.push_back(change.id);
    if (!is_topic(change.id) || change.action != Action::create || change.refused) continue;
    const std::string& cluster = run.cluster_ids.at(change.id.scope);
    std::vector<std::string>& topics = out.topics[cluster];
    if (std::ranges::find(topics, change.id.name) == topics.end()) topics.push_back(change.id.name);
    out.topic_ids[cluster][change.id.name] = intended_topic;
  }
  out.resources = places_of(ids);
  describe_run(run, nullptr, out);
  return out;
}

Recorded record_after(const RecordedRun& run, const Outcome& outcome, Inventory written) {
  Recorded out{.record = std::move(written)};
  std::set<ResourceId> ours = confirmed_topics(run.kafka);
  for (const Change& change : run.plan.changes) {
    if (is_topic(change.id)) record_topic(run, outcome, change, out, ours);
  }
  std::erase_if(out.record.topics, [](const auto& entry) { return entry.second.empty(); });
  forget_gone_topics(run.desired, run.cluster_ids, run.kafka, out.record);
  if (const Result<void> recorded = record_topic_ids(run.cluster_ids, run.kafka, ours, out.record); !recorded)
    out.notes.push_back(
        fmt::format("which topics this application has made could not be recorded: {}; one that holds records at the "
                    "next apply counts as somebody else's until it is adopted",
                    recorded.error().message));
  if (outcome.complete() && outcome.refused == 0) out.record.resources = places_of(run.desired);
  describe_run(run, &outcome, out.record);
  return out;
}

Inventory record_after_part(const RecordedRun& run, Inventory written) {
  written.last = run.before.last;
  return written;
}

bool names_all(const Inventory& record, const Inventory& next) {
  const std::vector<ResourceId> known = places_of(record.resources);
  return record.exists && record.topics == next.topics && record.topic_ids == next.topic_ids &&
         std::ranges::includes(places_of(next.resources), known) && known.size() == next.resources.size();
}

std::vector<std::string> unrecorded(const Inventory& record, std::span<const Resource> desired, const Plan& plan) {
  const auto place_of = [](const ResourceId& id) { return ResourceId{id.provider, id.kind, id.scope, ""}; };
  std::set<ResourceId> known;
  for (const ResourceId& id : record.resources) known.insert(place_of(id));
  std::set<ResourceId> not_ours;  // not there yet, or somebody else's
  for (const Change& change : plan.changes) {
    const bool is_taken_over =
        std::ranges::any_of(change.fields, [](const FieldChange& field) { return field.cause == Cause::adopted; });
    if (change.action == Action::create || change.adoptable || change.foreign || is_taken_over)
      not_ours.insert(change.id);
  }
  std::set<std::string> out;
  const auto add = [&](const ResourceId& id) {
    if (!is_object(id) || is_namespace(id) || known.contains(place_of(id))) return;
    if (!not_ours.contains(id)) out.insert(id.scope.empty() ? id.kind : fmt::format("{} in {}", id.kind, id.scope));
  };
  for (const Resource& resource : desired) add(resource.id);
  for (const Change& change : plan.changes) {
    if (change.action == Action::remove) add(change.id);
  }
  return {out.begin(), out.end()};
}

bool lacks_topics(const RecordedRun& run) {
  Inventory completed = run.before;
  if (record_topic_ids(run.cluster_ids, run.kafka, confirmed_topics(run.kafka), completed) &&
      completed.topic_ids != run.before.topic_ids)
    return true;
  Outcome nothing;
  nothing.refused = count(run.plan).refused;
  const Json used = used_topics(run, &nothing, run.before);
  const Json* recorded = find(run.before.last, {used_member});
  return recorded == nullptr ? !used.empty() : *recorded != used;
}

}  // namespace cloudflow
