// What every Provider must do, as checks that its own tests run.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "cloudflow/provider.h"

namespace cloudflow::testing {

/// What the checks work with. The resources must not exist before, and nothing of them is left afterwards.
struct ProviderSample {
  std::vector<Resource> resources{};  ///< at least one; made in this order
  Resource changed{};                 ///< the first one with another content, which can be updated in place
  ResourceId unknown{};               ///< of a thing that does not exist, of a kind that does
  /// Waits a moment between polls; the default is 50 ms.
  std::function<void()> pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
  int polls = 600;  ///< how often at most
};

/// Runs all checks; the broken rules in words, none when the provider conforms.
class ProviderConformance {
 public:
  ProviderConformance(Provider& provider, const ProviderSample& sample) : provider_(provider), sample_(sample) {}

  std::vector<std::string> run() {
    inventory_.exists = true;
    for (const Resource& resource : sample_.resources) inventory_.resources.push_back(resource.id);
    names_itself();
    absent_first();
    made_as_planned();
    applied_twice();
    updated_in_place();
    stale_precondition();
    stops_when_asked();
    removed_twice();
    return std::move(broken_);
  }

 private:
  void check(bool holds, const std::string& rule) {
    if (!holds) broken_.push_back(rule);
  }
  template <class T>
  bool good(const Result<T>& result, const std::string& doing) {
    if (!result) broken_.push_back(doing + " failed: " + result.error().message);
    return result.has_value();
  }

  const Live* live_of(const std::vector<Live>& all, const ResourceId& id) const {
    const auto found = std::ranges::find(all, id, &Live::id);
    return found == all.end() ? nullptr : &*found;
  }

  /// The change from what runs to `desired`; null desired: to nothing.
  Change planned(const ResourceId& id, const Resource* desired) {
    const auto all = provider_.read(sample_.resources, inventory_, {});
    if (!good(all, "read")) return {};
    const Live* live = live_of(*all, id);
    if (live == nullptr && desired == nullptr) return {};
    auto change = provider_.compare(desired, live);
    return good(change, "compare") ? *std::move(change) : Change{};
  }

  bool reaches(const ResourceId& id, Readiness::State state) {
    for (int i = 0; i < sample_.polls; ++i) {
      const auto answer = provider_.readiness(std::vector{id}, {});
      if (!good(answer, "readiness") || answer->size() != 1) return false;
      if (answer->front().state == state) return true;
      sample_.pause();
    }
    return false;
  }

  void names_itself() {
    for (const Resource& resource : sample_.resources) {
      check(resource.id.provider == provider_.name(), "name() is what its resources call it");
    }
  }

  void absent_first() {
    const auto readiness = provider_.readiness(std::vector{sample_.unknown}, {});
    if (good(readiness, "readiness of an unknown id")) {
      check(readiness->size() == 1 && readiness->front().state == Readiness::State::missing,
            "an unknown id is missing");
    }
    for (const Resource& resource : sample_.resources) {
      check(planned(resource.id, &resource).action == Action::create,
            "what is absent is created: " + resource.id.text());
    }
  }

  void made_as_planned() {
    for (const Resource& resource : sample_.resources) {
      std::vector<Change> changes = {planned(resource.id, &resource)};
      const auto rejections = provider_.verify(changes, {});
      if (good(rejections, "verify")) {
        for (const Error& error : *rejections) broken_.push_back("verify rejects the sample: " + error.message);
      }
      good(provider_.apply(changes[0], {}), "apply of " + resource.id.text());
      check(reaches(resource.id, Readiness::State::ready), "what was made becomes ready: " + resource.id.text());
      check(planned(resource.id, &resource).action == Action::none,
            "what was made does not differ: " + resource.id.text());
    }
  }

  void applied_twice() {
    const Resource& first = sample_.resources.front();
    Change again;
    again.id = first.id;
    again.action = Action::create;
    again.desired = first;
    good(provider_.apply(again, {}), "apply of a creation that holds already");
  }

  void updated_in_place() {
    Change change = planned(sample_.changed.id, &sample_.changed);
    check(change.action == Action::update, "another content is an update");
    std::vector<Change> changes = {change};
    good(provider_.verify(changes, {}), "verify of an update");
    check(changes[0].action == Action::update, "verify keeps an update that the system sees");
    good(provider_.apply(changes[0], {}), "apply of an update");
    check(planned(sample_.changed.id, &sample_.changed).action == Action::none, "what was updated does not differ");
    good(provider_.apply(changes[0], {}), "apply of an update that holds already");
    stale_ = changes[0];
  }

  /// The update above, once more, after the thing has got yet another content.
  void stale_precondition() {
    const Resource& first = sample_.resources.front();
    const Change back = planned(first.id, &first);
    good(provider_.apply(back, {}), "apply of the change back");
    Change other = stale_;
    other.desired = sample_.changed;
    other.action = Action::create;
    other.precondition = nullptr;
    const auto result = provider_.apply(other, {});
    check(!result && result.error().kind == ErrorKind::conflict, "a creation never overwrites what is there");
  }

  void stops_when_asked() {
    std::stop_source source;
    source.request_stop();
    const std::vector<ResourceId> ids = {sample_.resources.front().id};
    const auto is_interrupted = [](const auto& result) {
      return !result && result.error().kind == ErrorKind::interrupted;
    };
    check(is_interrupted(provider_.read(sample_.resources, inventory_, source.get_token())), "read stops when asked");
    check(is_interrupted(provider_.readiness(ids, source.get_token())), "readiness stops when asked");
    std::vector<Change> changes = {planned(sample_.changed.id, &sample_.changed)};
    check(is_interrupted(provider_.verify(changes, source.get_token())), "verify stops when asked");
    check(is_interrupted(provider_.apply(changes[0], source.get_token())), "apply stops when asked");
    check(planned(sample_.changed.id, &sample_.changed).action == Action::update, "a stopped apply has not done it");
  }

  void removed_twice() {
    for (auto resource = sample_.resources.rbegin(); resource != sample_.resources.rend(); ++resource) {
      const Change change = planned(resource->id, nullptr);
      check(change.action == Action::remove, "what nobody wants is removed: " + resource->id.text());
      good(provider_.apply(change, {}), "removal of " + resource->id.text());
      check(reaches(resource->id, Readiness::State::missing), "what was removed is missing: " + resource->id.text());
      good(provider_.apply(change, {}), "second removal of " + resource->id.text());
      check(planned(resource->id, &*resource).action == Action::create, "what was removed can be made again");
    }
  }

  Provider& provider_;
  const ProviderSample& sample_;
  Inventory inventory_{};
  Change stale_{};
  std::vector<std::string> broken_{};
};

/// The rules that `provider` breaks.
inline std::vector<std::string> broken_rules(Provider& provider, const ProviderSample& sample) {
  return ProviderConformance(provider, sample).run();
}

}  // namespace cloudflow::testing
