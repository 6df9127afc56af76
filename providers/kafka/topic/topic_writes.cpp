// Reads the writes out of a change.
#include "providers/kafka/topic/topic_writes.h"

#include <fmt/format.h>

#include "providers/kafka/topic/topic_model.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// "Invalid value X for configuration KEY: …": X may be the value as the broker reads it, not as it was written.
std::string without_invalid_value(const std::string& text, std::string_view key) {
  constexpr std::string_view before = "Invalid value ";
  const std::size_t start = text.find(before);
  const std::size_t end = text.find(fmt::format(" for configuration {}", key));
  if (start == std::string::npos || end == std::string::npos || end < start + before.size()) return text;
  return text.substr(0, start + before.size()) + std::string(hidden_value) + text.substr(end);
}

}  // namespace

Error without_secrets(Error refusal, const Resource& desired) {
  for (const auto& [at, text] : hidden_values_of(desired)) {
    if (at.to_string().starts_with("/config/")) refusal.message = without_invalid_value(refusal.message, at.back());
    refusal.message = without_value(refusal.message, trimmed(text));
    // Of a list the broker blames one item.
    for (const std::string& item : split(text, ',')) refusal.message = without_value(refusal.message, trimmed(item));
  }
  return refusal;
}

Result<NewTopic> new_topic(const Resource& desired) {
  CF_TRY(TopicWish wish, topic_wish(desired));
  return NewTopic{.name = desired.id.name,
                  .partitions = wish.partitions.value_or(-1),
                  .replicas = wish.replicas.value_or(-1),
                  .config = std::move(wish.config)};
}

std::optional<ConfigAlteration> config_alteration(const Change& change) {
  ConfigAlteration alteration{.topic = change.id.name};
  // the desired text is the source: a saved plan leaves out what is secret
  const Json* config = find(change.desired.spec, {"config"});
  for (const FieldChange& field : change.fields) {
    if (!field.pointer.starts_with("/config/")) continue;
    const Json* value = config != nullptr ? find(*config, {field.path}) : nullptr;
    if (value == nullptr || value->is_null()) {
      alteration.unset.push_back(field.path);
    } else {
      alteration.set.emplace(field.path, value->is_string() ? value->get<std::string>() : dump(*value));
    }
  }
  if (alteration.set.empty() && alteration.unset.empty()) return std::nullopt;
  return alteration;
}

std::optional<MorePartitions> more_partitions(const Change& change) {
  for (const FieldChange& field : change.fields) {
    if (field.pointer == "/partitions" && field.after && field.after->is_number_integer()) {
      return MorePartitions{change.id.name, field.after->get<int>()};
    }
  }
  return std::nullopt;
}

}  // namespace cloudflow
