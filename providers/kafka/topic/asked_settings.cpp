// Digests instead of values: only whether something was asked for in the same way matters.
#include "providers/kafka/topic/asked_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kafka/topic/topic_config.h"
#include "providers/kafka/topic/topic_model.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Enough to tell two values of one setting apart.
constexpr std::size_t digest_length = 12;

std::string digest(const std::string& key, const std::string& value) {
  return sha256_hex(fmt::format("{}={}", key, value)).substr(0, digest_length);
}

}  // namespace

AskedSettings asked_settings(const Resource& topic) {
  AskedSettings out;
  const Result<TopicWish> wish = topic_wish(topic);
  if (!wish || !wish->managed) return out;
  if (wish->partitions) out.emplace("partitions", digest("partitions", fmt::format("{}", *wish->partitions)));
  for (const auto& [key, value] : wish->config) {
    const bool is_secret = std::ranges::find(topic.secrets, "/config/" + pointer_step(key)) != topic.secrets.end();
    if (!is_secret) out.emplace(key, digest(key, canonical_value(key, value)));
  }
  return out;
}

}  // namespace cloudflow
