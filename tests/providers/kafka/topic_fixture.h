// Short ways to write topics, changes and a provider in tests.
#pragma once

#include <catch2/catch_all.hpp>

#include "providers/kafka/kafka_provider.h"
#include "sdk/support/clock.h"
#include "tests/support/eventually.h"

namespace cloudflow::testing {

inline Resource topic(const std::string& name, Json spec, const std::string& cluster = "default") {
  Resource resource{.id = {"kafka", "Topic", cluster, name}, .spec = std::move(spec)};
  resource.origins.set("", {"blueprint.conf", 3, 1});
  return resource;
}

/// The value, or the test fails with the error's message.
template <class T>
T must(Result<T> result) {
  if (!result) FAIL(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline Inventory owner_of(const std::string& cluster_id, std::vector<std::string> topics) {
  return {.exists = true, .application = "app", .topics = {{cluster_id, std::move(topics)}}};
}

inline std::vector<std::string> losses_of(const Change& change) {
  std::vector<std::string> out;
  for (const Loss& loss : change.losses) out.push_back(loss.what);
  return out;
}

inline const Live* live_of(const std::vector<Live>& all, const std::string& name) {
  for (const Live& one : all) {
    if (one.id.name == name) return &one;
  }
  return nullptr;
}

/// Whether it becomes ready. A broker on a busy machine may be too late with an answer once, as in real life.
inline bool is_ready(KafkaProvider& provider, const ResourceId& id) {
  return eventually([&] {
    const Result<std::vector<Readiness>> answers = provider.readiness(std::vector{id}, {});
    if (!answers) UNSCOPED_INFO(answers.error().message);
    return answers && answers->at(0).state == Readiness::State::ready;
  });
}

}  // namespace cloudflow::testing
