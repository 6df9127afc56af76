// The topics of the embedded broker.
#include "providers/sandbox/embedded_topics.h"

#include <fmt/format.h>

#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// A broker's usual default.
int partitions_of(const Json& spec) { return static_cast<int>(int_at(spec, {"partitions"}, 1)); }

auto stopped() { return failure(ErrorKind::interrupted, "stopped"); }

}  // namespace

Traits EmbeddedTopicRules::traits(const ResourceId& /*id*/) const {
  return {.ready_when_written = true, .tells_managers = false};
}

std::string EmbeddedTopicRules::headline(const Resource& desired) const {
  if (covers(desired.secrets, "/partitions")) return fmt::format("partitions {}", hidden_value);
  return counted(partitions_of(desired.spec), "partition");
}

Result<std::vector<Live>> EmbeddedTopics::read(std::span<const Resource> /*desired*/, const Inventory& /*inventory*/,
                                               std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  const std::scoped_lock lock(mutex_);
  std::vector<Live> out;
  for (const auto& [id, partitions] : partitions_) out.push_back({id, dump({{"partitions", partitions}})});
  return out;
}

Result<Change> EmbeddedTopicRules::compare(const Resource* desired, const Live* live) const {
  Change change{.id = desired != nullptr ? desired->id : live->id};
  if (desired != nullptr) change.desired = *desired;
  if (live == nullptr || desired == nullptr) {
    change.action = live == nullptr ? Action::create : Action::remove;
    return change;
  }
  CF_TRY(const Json document, parse_json(live->document, live->id.text()));
  change.precondition = document;
  const int before = partitions_of(document);
  const int after = partitions_of(desired->spec);
  if (before == after) return change;
  change.action = Action::update;
  change.fields = {{.path = "partitions",
                    .pointer = "/partitions",
                    .before = before,
                    .after = after,
                    .secret = covers(desired->secrets, "/partitions"),
                    .origin = desired->origin_of("/partitions")}};
  change.notes.emplace_back("the embedded broker makes it anew");
  lose(change, {.what = "what is in it"});
  return change;
}

Result<std::vector<Error>> EmbeddedTopicRules::verify(std::span<Change> changes, std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  std::vector<Error> out;
  for (Change& change : changes) {
    change.verified = Verified::local;
    if (change.action != Action::remove && partitions_of(change.desired.spec) < 1)
      out.push_back({ErrorKind::invalid_input, fmt::format("{}: wanted at least 1 partition", change.id.text()),
                     change.desired.origin_of("/partitions")});
  }
  return out;
}

Result<void> EmbeddedTopics::apply(const Change& change, std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  const std::scoped_lock lock(mutex_);
  const auto there = partitions_.find(change.id);
  const int wanted = partitions_of(change.desired.spec);
  const bool removes = change.action == Action::remove;
  if (removes ? there == partitions_.end() : there != partitions_.end() && there->second == wanted) return {};
  if (there != partitions_.end()) {
    if (change.action == Action::create || int_at(change.precondition, {"partitions"}, there->second) != there->second)
      return failure(ErrorKind::conflict, fmt::format("{} has changed since the plan", change.id.text()));
    CF_CHECK(broker_.delete_topic(change.id.name));
    partitions_.erase(there);
  }
  if (removes) return {};
  CF_CHECK(broker_.make_topic(change.id.name, wanted));
  partitions_.emplace(change.id, wanted);
  return {};
}

Result<std::vector<Readiness>> EmbeddedTopics::readiness(std::span<const ResourceId> ids, std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  const std::scoped_lock lock(mutex_);
  std::vector<Readiness> out;
  for (const ResourceId& id : ids)
    out.push_back({partitions_.contains(id) ? Readiness::State::ready : Readiness::State::missing});
  return out;
}

}  // namespace cloudflow
