// How Kafka reads the values of a topic's configuration.
#include "sdk/support/kafka_values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

template <class Number>
std::optional<Number> whole_text(std::string_view text) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view without_plus(std::string_view text) {
  return text.starts_with('+') && !text.starts_with("+-") ? text.substr(1) : text;
}

/// "604800000" for "6.048e8"; empty where the number has a fraction or no end.
std::string as_whole(std::string_view text) {
  // Not 7 for "7d", which is meant to be seven days.
  const auto number = plain_real_number(text);
  constexpr double exact = 9007199254740992.0;  // above this a double leaves out whole numbers
  if (!number || std::abs(*number) > exact || std::trunc(*number) != *number) return "";
  return fmt::format("{}", static_cast<long long>(*number));
}

KafkaValueProblem whole_problem(std::string_view text) {
  const std::string whole = as_whole(text);
  return {"a whole number", whole.empty() ? "" : "write " + whole};
}

KafkaValueProblem real_problem(std::string_view text) {
  const auto number = java_real_number(text);
  return {"a decimal number", number ? fmt::format("write {}", *number) : ""};
}

}  // namespace

KafkaType kafka_type(std::string_view key) {
  static const std::map<std::string_view, KafkaType> types = {
      {"cleanup.policy", KafkaType::set},
      {"compression.gzip.level", KafkaType::whole},
      {"compression.lz4.level", KafkaType::whole},
      {"compression.type", KafkaType::text},
      {"compression.zstd.level", KafkaType::whole},
      {"delete.retention.ms", KafkaType::whole},
      {"file.delete.delay.ms", KafkaType::whole},
      {"flush.messages", KafkaType::whole},
      {"flush.ms", KafkaType::whole},
      {"follower.replication.throttled.replicas", KafkaType::set},
      {"index.interval.bytes", KafkaType::whole},
      {"leader.replication.throttled.replicas", KafkaType::set},
      {"local.retention.bytes", KafkaType::whole},
      {"local.retention.ms", KafkaType::whole},
      {"max.compaction.lag.ms", KafkaType::whole},
      {"max.message.bytes", KafkaType::whole},
      {"message.downconversion.enable", KafkaType::boolean},
      {"message.format.version", KafkaType::text},
      {"message.timestamp.after.max.ms", KafkaType::whole},
      {"message.timestamp.before.max.ms", KafkaType::whole},
      {"message.timestamp.difference.max.ms", KafkaType::whole},
      {"message.timestamp.type", KafkaType::text},
      {"min.cleanable.dirty.ratio", KafkaType::real},
      {"min.compaction.lag.ms", KafkaType::whole},
      {"min.insync.replicas", KafkaType::whole},
      {"preallocate", KafkaType::boolean},
      {"remote.log.copy.disable", KafkaType::boolean},
      {"remote.log.delete.on.disable", KafkaType::boolean},
      {"remote.storage.enable", KafkaType::boolean},
      {"retention.bytes", KafkaType::whole},
      {"retention.ms", KafkaType::whole},
      {"segment.bytes", KafkaType::whole},
      {"segment.index.bytes", KafkaType::whole},
      {"segment.jitter.ms", KafkaType::whole},
      {"segment.ms", KafkaType::whole},
      {"unclean.leader.election.enable", KafkaType::boolean},
  };
  const auto found = types.find(key);
  return found == types.end() ? KafkaType::unknown : found->second;
}

std::optional<long long> java_whole_number(std::string_view text) {
  return whole_text<long long>(without_plus(trimmed(text)));
}

std::optional<double> plain_real_number(std::string_view text) {
  const std::string_view digits = without_plus(trimmed(text));
  // from_chars reads "inf" and "nan", too, which Java spells otherwise.
  if (digits.empty() || digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  return whole_text<double>(digits);
}

std::optional<double> java_real_number(std::string_view text) {
  std::string_view digits = trimmed(text);
  if (!digits.empty() && std::string_view("dDfF").find(digits.back()) != std::string_view::npos)
    digits.remove_suffix(1);
  return plain_real_number(digits);
}

std::optional<KafkaValueProblem> kafka_value_problem(std::string_view key, std::string_view value) {
  const std::string_view text = trimmed(value);
  switch (kafka_type(key)) {
    case KafkaType::whole:
      if (!java_whole_number(text)) return whole_problem(text);
      break;
    case KafkaType::real:
      if (!plain_real_number(text)) return real_problem(text);
      break;
    case KafkaType::boolean:
      if (const std::string word = lower(text); word != "true" && word != "false")
        return KafkaValueProblem{"true or false", ""};
      break;
    case KafkaType::unknown:
    case KafkaType::text:
    case KafkaType::set:
      break;
  }
  return std::nullopt;
}

}  // namespace cloudflow
