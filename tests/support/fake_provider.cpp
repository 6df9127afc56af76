// A Provider over a map, which can be told to fail.
#include "tests/support/fake_provider.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudflow::testing {
namespace {

std::unexpected<Error> interrupted() { return failure(ErrorKind::interrupted, "interrupted"); }

}  // namespace

Result<std::vector<Live>> FakeProvider::read(std::span<const Resource>, const Inventory&, std::stop_token stop) {
  if (stop.stop_requested()) return interrupted();
  const std::scoped_lock lock(mutex_);
  if (read_failure_) return std::unexpected(*read_failure_);
  std::vector<Live> out;
  for (const auto& [id, stored] : stored_) {
    Json document = {{"spec", stored.spec}, {"version", stored.version}};
    for (const char* part : {"data", "metadata"}) {
      if (const Json* found = find(stored.spec, {part})) document[part] = *found;
    }
    out.push_back({.id = id, .document = dump(document)});
  }
  return out;
}

Traits fake_traits(const ResourceId& id) {
  static const std::map<std::string, Traits> known = {
      {"Deployment.apps", {.runs_pods = true, .removal_rank = 0}},
      {"Job.batch", {.removal_rank = 0}},
      {"Service", {.removal_rank = 1}},
      {"Topic", {.removed_by_name = true, .tells_managers = false, .removal_rank = 2}},
      {"Secret", {.ready_when_written = true, .read_by_pods = true}},
      {"ConfigMap", {.ready_when_written = true, .read_by_pods = true}},
      {"Namespace", {.removal_rank = 9}}};
  const auto found = known.find(id.kind);
  return found == known.end() ? Traits{} : found->second;
}

Result<Change> FakeProvider::compare(const Resource* desired, const Live* live) const {
  Change change{.id = desired != nullptr ? desired->id : live->id};
  if (desired != nullptr) change.desired = *desired;
  if (live == nullptr) {
    change.action = Action::create;
    return change;
  }
  CF_TRY(const Json document, parse_json(live->document, live->id.text()));
  change.precondition = {{"version", document.at("version")}};
  if (desired == nullptr) {
    change.action = Action::remove;
  } else if (desired->spec != document.at("spec")) {
    change.action = Action::update;
    change.fields.push_back({.path = "spec", .pointer = "", .before = document.at("spec"), .after = desired->spec});
  }
  return change;
}

Result<std::vector<Error>> FakeProvider::verify(std::span<Change> changes, std::stop_token stop) {
  if (stop.stop_requested()) return interrupted();
  const std::scoped_lock lock(mutex_);
  std::vector<Error> out;
  for (Change& change : changes) {
    if (const auto found = rejected_.find(change.id); found != rejected_.end()) {
      out.push_back(found->second);
    } else {
      change.verified = Verified::server;
    }
  }
  return out;
}

Result<void> FakeProvider::apply(const Change& change, std::stop_token stop) {
  if (stop.stop_requested()) return interrupted();
  const std::scoped_lock lock(mutex_);
  if (change.action == Action::none) return {};
  calls_.push_back(fmt::format("{} {}", name_of(change.action), change.id.text()));
  if (on_apply_) on_apply_(static_cast<int>(calls_.size()));
  if (const auto found = failing_.find(change.id); found != failing_.end()) return std::unexpected(found->second);
  std::optional<Failure> fails;
  if (const auto found = failures_.find(static_cast<int>(calls_.size())); found != failures_.end())
    fails = found->second;
  if (fails && !fails->after_effect) return std::unexpected(fails->error);

  const auto live = stored_.find(change.id);
  const bool same = live != stored_.end() && live->second.spec == change.desired.spec;
  const bool moved = live == stored_.end()
                         ? change.action == Action::update || change.action == Action::replace
                         : change.action == Action::create || (change.precondition.contains("version") &&
                                                               change.precondition["version"] != live->second.version);
  if (change.action == Action::remove) {
    stored_.erase(change.id);
  } else if (!same) {
    if (moved) return failure(ErrorKind::conflict, fmt::format("{}: has moved", change.id.text()), "plan again");
    stored_[change.id] = {.spec = change.desired.spec, .version = ++version_};
  }
  if (fails) return std::unexpected(fails->error);
  return {};
}

Result<std::vector<Readiness>> FakeProvider::readiness(std::span<const ResourceId> ids, std::stop_token stop) {
  if (stop.stop_requested()) return interrupted();
  if (on_readiness_) on_readiness_();
  const std::scoped_lock lock(mutex_);
  std::vector<Readiness> out;
  for (const ResourceId& id : ids) {
    if (const auto failing = unanswered_.find(id); failing != unanswered_.end())
      return std::unexpected(failing->second);
    const auto told = readiness_.find(id);
    if (told != readiness_.end() && (stored_.contains(id) || told->second.state == Readiness::State::failed)) {
      out.push_back(told->second);
    } else if (!stored_.contains(id)) {
      out.push_back({.state = Readiness::State::missing, .reason = {}});
    } else {
      out.push_back({.state = Readiness::State::ready, .reason = {}});
    }
  }
  return out;
}

void FakeProvider::fail_readiness(const ResourceId& id, Error error) {
  const std::scoped_lock lock(mutex_);
  unanswered_.insert_or_assign(id, std::move(error));
}

void FakeProvider::fail(const ResourceId& id, Error error) {
  const std::scoped_lock lock(mutex_);
  failing_.insert_or_assign(id, std::move(error));
}

void FakeProvider::fail_read(Error error) {
  const std::scoped_lock lock(mutex_);
  read_failure_ = std::move(error);
}

void FakeProvider::on_apply(std::function<void(int)> call) {
  const std::scoped_lock lock(mutex_);
  on_apply_ = std::move(call);
}

void FakeProvider::on_readiness(std::function<void()> call) { on_readiness_ = std::move(call); }

void FakeProvider::fail_apply(int nth, Error error, bool after_effect) {
  const std::scoped_lock lock(mutex_);
  failures_[static_cast<int>(calls_.size()) + nth] = {.error = std::move(error), .after_effect = after_effect};
}

void FakeProvider::put(const ResourceId& id, Json spec) {
  const std::scoped_lock lock(mutex_);
  stored_[id] = {.spec = std::move(spec), .version = ++version_};
}

void FakeProvider::take(const ResourceId& id) {
  const std::scoped_lock lock(mutex_);
  stored_.erase(id);
}

void FakeProvider::set_readiness(const ResourceId& id, Readiness readiness) {
  const std::scoped_lock lock(mutex_);
  readiness_[id] = std::move(readiness);
}

void FakeProvider::reject(const ResourceId& id, Error error) {
  const std::scoped_lock lock(mutex_);
  rejected_[id] = std::move(error);
}

std::map<ResourceId, Json> FakeProvider::specs() const {
  const std::scoped_lock lock(mutex_);
  std::map<ResourceId, Json> out;
  for (const auto& [id, stored] : stored_) out[id] = stored.spec;
  return out;
}

std::vector<std::string> FakeProvider::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

}  // namespace cloudflow::testing
