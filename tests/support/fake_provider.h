// A Provider over a map: exact, fast, and able to fail on request.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "cloudflow/provider.h"

namespace cloudflow::testing {

/// Holds specs by id. What belongs to the application is everything in `owned`.
class FakeProvider final : public Provider {
 public:
  explicit FakeProvider(std::string name = "kubernetes") : name_(std::move(name)) {}

  std::string_view name() const override { return name_; }

  Result<std::vector<Live>> read(std::span<const Resource>, const Inventory&, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (read_failure) return std::unexpected(*read_failure);
    std::vector<Live> out;
    for (const auto& [id, spec] : things_) out.push_back({id, spec.dump()});
    return out;
  }

  Result<Change> compare(const Resource* desired, const Live* live) const override {
    Change change{.id = desired != nullptr ? desired->id : live->id};
    if (desired == nullptr) {
      change.action = Action::remove;
    } else if (live == nullptr) {
      change.action = Action::create;
    } else if (Json::parse(live->document) != desired->spec) {
      change.action = Action::update;
    }
    if (desired != nullptr && change.action != Action::none) change.desired = *desired;
    return change;
  }

  Result<std::vector<Error>> verify(std::span<Change>, std::stop_token) override { return std::vector<Error>{}; }

  Result<void> apply(const Change& change, std::stop_token stop) override {
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
    const std::scoped_lock lock(mutex_);
    ++writes;
    if (on_write) on_write(writes);
    if (const auto found = failures.find(change.id); found != failures.end()) return std::unexpected(found->second);
    log.push_back(std::string(name_of(change.action)) + " " + change.id.text());
    if (change.action == Action::remove) {
      things_.erase(change.id);
    } else {
      things_[change.id] = change.desired.spec;
    }
    return {};
  }

  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Readiness> out;
    for (const ResourceId& id : ids) {
      if (!things_.contains(id)) {
        out.push_back({Readiness::State::missing, ""});
      } else if (const auto found = unready.find(id); found != unready.end()) {
        out.push_back(found->second);
      } else {
        out.push_back({Readiness::State::ready, ""});
      }
    }
    return out;
  }

  void put(const ResourceId& id, Json spec) {
    const std::scoped_lock lock(mutex_);
    things_[id] = std::move(spec);
  }
  std::map<ResourceId, Json> things() const {
    const std::scoped_lock lock(mutex_);
    return things_;
  }

  std::map<ResourceId, Error> failures{};     ///< writes that fail
  std::map<ResourceId, Readiness> unready{};  ///< what is not ready, and why
  std::optional<Error> read_failure{};
  std::function<void(int)> on_write{};  ///< called with the number of each write, before it happens
  std::vector<std::string> log{};       ///< "create secret/a" …, in the order of writing
  int writes = 0;

 private:
  std::string name_;
  mutable std::mutex mutex_{};
  std::map<ResourceId, Json> things_{};
};

}  // namespace cloudflow::testing
