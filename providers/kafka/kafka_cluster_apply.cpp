// Makes one change under its precondition. Every write is read back; a timeout means "unknown" and is decided by
// reading.
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "providers/kafka/kafka_cluster.h"
#include "providers/kafka/topic/topic_compare.h"
#include "providers/kafka/topic/topic_writes.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
constexpr auto confirm_deadline = 15s;
constexpr auto confirm_pause = 100ms;
/// More than the session of a consumer that was killed lasts (45 s by default).
constexpr auto leave_deadline = 60s;

Result<void> without_value(Result<std::monostate> answer) {
  if (!answer) return std::unexpected(std::move(answer).error());
  return {};
}

std::string in_words(const FieldChange& field) {
  const auto text = [](const std::optional<Json>& value) -> std::string {
    if (!value) return "unset";
    return value->is_string() ? value->get<std::string>() : dump(*value);
  };
  return field.secret ? field.path : fmt::format("{} is {}, not {}", field.path, text(field.before), text(field.after));
}

std::string differences(const Change& change) {
  std::vector<std::string> parts;
  for (const FieldChange& field : change.fields) parts.push_back(in_words(field));
  return join(parts, ", ");
}

/// True when everything that is still to do was approved with this very before and after.
bool is_approved(const Change& fresh, const Change& approved) {
  return std::ranges::all_of(fresh.fields, [&](const FieldChange& field) {
    return std::ranges::any_of(approved.fields, [&](const FieldChange& one) {
      return one.pointer == field.pointer && (field.secret || (one.before == field.before && one.after == field.after));
    });
  });
}

/// The outcome of a write whose answer got lost and that is not visible: whoever makes the change again begins with
/// reading, so it may be made again.
Result<void> to_be_repeated(Result<void> lost) {
  if (!lost && lost.error().kind == ErrorKind::timeout) lost.error().kind = ErrorKind::unavailable;
  return lost;
}

bool is_remade(const Change& change, const TopicFacts& facts) {
  const std::string planned = string_at(change.precondition, {"topic_id"});
  return !planned.empty() && !facts.topic_id.empty() && planned != facts.topic_id;
}

}  // namespace

Result<std::optional<Live>> KafkaCluster::live(const ResourceId& id, const Json& spec, std::stop_token stop) {
  TopicQuery query{.topic = id.name, .is_desired = !spec.empty()};
  Resource named{.id = id, .spec = spec};
  CF_TRY(TopicWish wish, topic_wish(named));
  query.wanted = std::move(wish.config);
  CF_TRY(std::optional<TopicFacts> facts, reading_.run(std::move(query), stop));
  if (!facts) return std::optional<Live>{};
  facts->owned = true;  // the plan has decided that already
  return std::optional<Live>(Live{id, to_document(*facts)});
}

Result<void> KafkaCluster::apply(const Change& change, std::stop_token stop) {
  if (change.action == Action::none) return {};
  if (change.check_only) return check(change, stop);
  if (change.refused) return failure(ErrorKind::denied, fmt::format("{}: {}", change.id.text(), *change.refused));
  switch (change.action) {
    case Action::create:
      return create(change, stop);
    case Action::update:
      return update(change, stop);
    case Action::remove:
      return remove(change, stop);
    case Action::none:
    case Action::replace:
      break;
  }
  return failure(ErrorKind::unsupported, fmt::format("{}: a topic is never replaced", change.id.text()));
}

Result<void> KafkaCluster::check(const Change& change, std::stop_token stop) {
  CF_TRY(const std::optional<Live> now, live(change.id, change.desired.spec, stop));
  CF_TRY(const Change fresh, compare_topic(&change.desired, now ? &*now : nullptr));
  if (fresh.action == Action::none) return {};
  return failure(ErrorKind::conflict,
                 fmt::format("{}: {}", change.id.text(), fresh.refused.value_or("is not as needed")));
}

Result<void> KafkaCluster::create(const Change& change, std::stop_token stop) {
  CF_TRY(NewTopic topic, new_topic(change.desired));
  expect(change.id.name, {.gone = false, .partitions = std::max(topic.partitions, 1)});
  const bool is_first = [&] {
    const std::scoped_lock lock(mutex_);
    return tried_.insert(change.id.name).second;
  }();
  const Result<void> created = without_value(creating_.run(std::move(topic), stop));
  if (created) return {};  // readiness() reads it back, from every broker
  const ErrorKind kind = created.error().kind;
  if (kind == ErrorKind::timeout) return confirm(change, created, stop);
  if (kind != ErrorKind::conflict) return created;
  {
    const std::scoped_lock lock(mutex_);
    // After an attempt without an answer it may well be ours.
    if (is_first) were_there_.insert(change.id.name);
  }
  CF_TRY(const std::optional<Live> now, live(change.id, change.desired.spec, stop));
  if (!now) return confirm(change, created, stop);  // accepted from somebody else a moment ago
  CF_TRY(const Change fresh, compare_topic(&change.desired, &*now));
  if (fresh.action == Action::none) return {};
  return failure(ErrorKind::conflict, fmt::format("{}: was created by somebody else since the plan and differs: {}",
                                                  change.id.text(), differences(fresh)));
}

bool KafkaCluster::is_untouched(const std::string& topic, int partitions, const std::stop_token& stop) {
  std::vector<TopicPartition> all;
  for (int i = 0; i < partitions; ++i) all.push_back({topic, i});
  // Leaders of a topic that was just made may still be on their way.
  for (const auto end = clock_.now() + confirm_deadline; clock_.now() < end && !stop.stop_requested();
       clock_.sleep(confirm_pause, stop)) {
    const auto ends = admin_->offsets(all, OffsetSpec::latest, stop);
    if (!ends) return false;
    if (std::ranges::any_of(*ends, [](const auto& one) { return one && *one > 0; })) return false;
    if (std::ranges::all_of(*ends, [](const auto& one) { return one.has_value(); })) return true;
  }
  return false;
}

bool KafkaCluster::was_there(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  return were_there_.contains(topic);
}

Result<void> KafkaCluster::update(const Change& change, std::stop_token stop) {
  CF_TRY(const std::optional<Live> now, live(change.id, change.desired.spec, stop));
  if (!now) return failure(ErrorKind::conflict, fmt::format("{}: was deleted since the plan", change.id.text()));
  CF_TRY(const TopicFacts facts, topic_facts(*now));
  if (is_remade(change, facts))
    return failure(ErrorKind::conflict,
                   fmt::format("{}: was deleted and created again since the plan", change.id.text()));
  CF_TRY(const Change fresh, compare_topic(&change.desired, &*now));
  if (fresh.action == Action::none) return {};
  if (fresh.refused) return failure(ErrorKind::conflict, fmt::format("{}: {}", change.id.text(), *fresh.refused));
  if (!is_approved(fresh, change)) {
    return failure(ErrorKind::conflict,
                   fmt::format("{}: has moved since the plan: {}", change.id.text(), differences(fresh)));
  }
  Result<void> last;
  if (const auto more = more_partitions(fresh)) {
    expect(change.id.name, {.gone = false, .partitions = more->total});
    last = without_value(growing_.run(*more, stop));
    if (!last && last.error().kind == ErrorKind::not_found) return gone_since(change, last, stop);
    // That it has as many or more may be the work of a request that was on its way: what it is now decides.
    if (!last && last.error().kind != ErrorKind::timeout && last.error().kind != ErrorKind::conflict) return last;
  }
  if (auto alteration = config_alteration(fresh)) {
    const Result<void> altered = without_value(altering_.run(*std::move(alteration), stop));
    if (!altered && altered.error().kind == ErrorKind::not_found) return gone_since(change, altered, stop);
    if (!altered && altered.error().kind != ErrorKind::timeout) return altered;
    if (!altered) last = altered;
  }
  return confirm(change, last, stop);
}

Result<void> KafkaCluster::gone_since(const Change& change, const Result<void>& refused, const std::stop_token& stop) {
  CF_TRY(const std::optional<Live> now, live(change.id, change.desired.spec, stop));
  if (now) return refused;
  return failure(ErrorKind::conflict, fmt::format("{}: was deleted since the plan", change.id.text()));
}

Result<void> KafkaCluster::confirm(const Change& change, const Result<void>& last, std::stop_token stop) {
  const auto deadline = clock_.now() + confirm_deadline;
  while (true) {
    CF_TRY(const std::optional<Live> now, live(change.id, change.desired.spec, stop));
    if (now) {
      CF_TRY(const Change left, compare_topic(&change.desired, &*now));
      if (left.action == Action::none ||
          (left.refused && left.fields.size() == 1 && left.fields[0].pointer == "/replicas"))
        return {};
      const bool is_moved = !last && last.error().kind == ErrorKind::conflict && !is_approved(left, change);
      if (change.action == Action::update && is_moved)
        return failure(ErrorKind::conflict,
                       fmt::format("{}: has moved since the plan: {}", change.id.text(), differences(left)));
    }
    if (clock_.now() >= deadline) break;
    clock_.sleep(confirm_pause, stop);
    if (stop.stop_requested())
      return failure(ErrorKind::interrupted, fmt::format("{}: stopped before the change was seen", change.id.text()));
  }
  if (!last) return to_be_repeated(last);
  return failure(ErrorKind::timeout, fmt::format("{}: the change was accepted but is still not visible after {} s",
                                                 change.id.text(), confirm_deadline.count()));
}

Result<TopicUse> KafkaCluster::last_use(const std::string& topic, int partitions, const std::stop_token& stop) {
  const auto deadline = clock_.now() + leave_deadline;
  while (true) {
    CF_TRY(TopicUse use, using_.run({topic, partitions}, stop));
    // A pod that was killed is a member until its session times out.
    const bool may_end = !ending_.empty() && !reason_to_keep(use).empty() && reason_to_keep(use, ending_).empty();
    if (!may_end || clock_.now() >= deadline) return use;
    clock_.sleep(confirm_pause, stop);
    if (stop.stop_requested())
      return failure(ErrorKind::interrupted, fmt::format("topic {}: stopped while its readers left", topic));
  }
}

Result<void> KafkaCluster::remove(const Change& change, std::stop_token stop) {
  CF_TRY(const std::optional<Live> now, live(change.id, Json::object(), stop));
  expect(change.id.name, {.gone = true});
  if (!now) return {};
  CF_TRY(const TopicFacts facts, topic_facts(*now));
  if (is_remade(change, facts))
    return failure(ErrorKind::conflict,
                   fmt::format("{}: was deleted and created again since the plan", change.id.text()));
  CF_TRY(const TopicUse use, last_use(change.id.name, facts.partitions, stop));
  if (const std::string reason = reason_to_keep(use); !reason.empty()) {
    return failure(ErrorKind::conflict, fmt::format("{}: stays: {}", change.id.text(), reason));
  }
  const Result<void> deleted = without_value(deleting_.run(change.id.name, stop));
  if (!deleted && deleted.error().kind != ErrorKind::timeout && deleted.error().kind != ErrorKind::not_found)
    return deleted;
  const auto deadline = clock_.now() + confirm_deadline;
  while (true) {
    CF_TRY(const std::optional<Live> left, live(change.id, Json::object(), stop));
    if (!left) return {};
    if (clock_.now() >= deadline) break;
    clock_.sleep(confirm_pause, stop);
    if (stop.stop_requested())
      return failure(ErrorKind::interrupted, fmt::format("{}: stopped before it was gone", change.id.text()));
  }
  if (!deleted) return to_be_repeated(deleted);
  return failure(ErrorKind::timeout, fmt::format("{}: deleting was accepted but it is still there after {} s",
                                                 change.id.text(), confirm_deadline.count()));
}

}  // namespace cloudflow
