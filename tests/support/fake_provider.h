// A Provider over a map, which can be told to fail.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "cloudflow/provider.h"

namespace cloudflow::testing {

/// What a fake system says of the kinds that tests speak of: the ranks and meanings that the real providers give them.
Traits fake_traits(const ResourceId& id);

/// Keeps specs by id. Every difference of a spec is an update; what the inventory names and nobody wants is removed.
class FakeProvider final : public Provider {
 public:
  explicit FakeProvider(std::string name = "fake") : name_(std::move(name)) {}

  std::string_view name() const override { return name_; }
  Traits traits(const ResourceId& id) const override { return fake_traits(id); }
  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override;
  Result<Change> compare(const Resource* desired, const Live* live) const override;
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override;
  Result<void> apply(const Change& change, std::stop_token stop) override;
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override;

  /// The nth call of apply from now on, counted from 1, fails like this, before or after it has taken effect.
  void fail_apply(int nth, Error error, bool after_effect = false);
  /// Every apply of this resource fails like this.
  void fail(const ResourceId& id, Error error);
  void fail_read(Error error);
  /// Called with the number of each call of apply, before it has an effect.
  void on_apply(std::function<void(int)> call);
  /// Called before each answer about readiness.
  void on_readiness(std::function<void()> call);
  /// What is put there by somebody else.
  void put(const ResourceId& id, Json spec);
  void take(const ResourceId& id);
  /// Until told otherwise everything that exists is ready.
  void set_readiness(const ResourceId& id, Readiness readiness);
  /// Asked whether this one is ready, it fails like this.
  void fail_readiness(const ResourceId& id, Error error);
  /// Verify rejects changes of this resource.
  void reject(const ResourceId& id, Error error);

  std::map<ResourceId, Json> specs() const;
  /// What was applied, in order, failed calls included: "create deployment/a".
  std::vector<std::string> calls() const;

 private:
  struct Failure {
    Error error{};
    bool after_effect = false;
  };
  struct Stored {
    Json spec{};
    int version = 0;
  };

  std::string name_;
  mutable std::mutex mutex_{};
  std::map<ResourceId, Stored> stored_{};
  std::map<ResourceId, Readiness> readiness_{};
  std::map<ResourceId, Error> unanswered_{};
  std::map<ResourceId, Error> rejected_{};
  std::map<int, Failure> failures_{};  // by number of the call
  std::map<ResourceId, Error> failing_{};
  std::optional<Error> read_failure_{};
  std::function<void(int)> on_apply_{};
  std::function<void()> on_readiness_{};
  std::vector<std::string> calls_{};
  int version_ = 0;
};

}  // namespace cloudflow::testing
