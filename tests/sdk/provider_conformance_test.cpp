// The rules for providers, tried on the one that tests use.
#include "cloudflow/testing/provider_conformance.h"

#include <catch2/catch_all.hpp>

#include "tests/support/fake_provider.h"

using namespace cloudflow;
using cloudflow::testing::FakeProvider;

namespace {

testing::ProviderSample sample() {
  const ResourceId a{"fake", "Thing", "", "a"};
  const ResourceId b{"fake", "Thing", "", "b"};
  return {.resources = {{.id = a, .spec = {{"x", 1}}}, {.id = b, .spec = {{"x", 1}}}},
          .changed = {.id = a, .spec = {{"x", 2}}},
          .unknown = {"fake", "Thing", "", "none"}};
}

/// Breaks one rule.
class Careless final : public Provider {
 public:
  std::string_view name() const override { return inner_.name(); }
  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override {
    return inner_.read(desired, inventory, stop);
  }
  Result<Change> compare(const Resource* desired, const Live* live) const override {
    return inner_.compare(desired, live);
  }
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override {
    return inner_.verify(changes, stop);
  }
  Result<void> apply(const Change& change, std::stop_token) override { return inner_.apply(change, {}); }
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override {
    return inner_.readiness(ids, stop);
  }

 private:
  FakeProvider inner_{};
};

}  // namespace

TEST_CASE("the fake provider conforms", "[sdk][conformance]") {
  FakeProvider provider;
  CHECK(testing::broken_rules(provider, sample()) == std::vector<std::string>{});
}

TEST_CASE("a provider that ignores the request to stop is caught", "[sdk][conformance]") {
  Careless provider;
  CHECK(testing::broken_rules(provider, sample()) ==
        std::vector<std::string>{"apply stops when asked", "a stopped apply has not done it"});
}

TEST_CASE("the fake provider fails when told to", "[sdk]") {
  FakeProvider provider;
  const Change change{.id = {"fake", "Thing", "", "a"}, .action = Action::create, .desired = {.spec = 1}};
  provider.fail_apply(2, {.kind = ErrorKind::unavailable, .message = "down"}, true);
  CHECK(provider.apply(change, {}).has_value());
  CHECK(provider.apply(change, {}).error().message == "down");
  CHECK(provider.apply(change, {}).has_value());
  CHECK(provider.calls() == std::vector<std::string>{"create thing/a", "create thing/a", "create thing/a"});
}
