// What flows through an application.
#include "cli/sandbox/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sdk/support/number_text.h"

namespace cloudflow {
namespace {

std::int64_t read_by(const TopicCounts& counts, const std::string& group) {
  const auto lag = counts.lag.find(group);
  return counts.written - (lag == counts.lag.end() ? 0 : lag->second);
}

}  // namespace

std::vector<FlowTopic> Flow::next(const std::map<std::string, RunningTopic>& topics,
                                  const std::map<std::string, TopicCounts>& counts,
                                  std::chrono::steady_clock::time_point now) {
  const double seconds = then_ ? std::chrono::duration<double>(now - *then_).count() : 0;
  // A topic that was made anew begins at nothing; a group that is set back reads nothing for that.
  const auto rate = [&](std::int64_t before, std::int64_t after) {
    return seconds > 0 ? std::optional(static_cast<double>(std::max<std::int64_t>(0, after - before)) / seconds)
                       : std::nullopt;
  };
  std::vector<FlowTopic> out;
  for (const auto& [id, topic] : topics) {
    FlowTopic flow{.id = id, .name = topic.name};
    const auto found = counts.find(topic.name);
    const auto before = before_.find(topic.name);
    const bool was_there = before != before_.end();
    if (found != counts.end()) {
      flow.is_there = true;
      flow.partitions = found->second.partitions;
      flow.written = found->second.written;
      if (was_there) flow.rate = rate(before->second.written, found->second.written);
    }
    for (const auto& [inlet, group] : topic.readers) {
      FlowReader reader{.inlet = inlet};
      if (found != counts.end()) {
        if (const auto lag = found->second.lag.find(group); lag != found->second.lag.end()) reader.lag = lag->second;
        if (was_there) reader.rate = rate(read_by(before->second, group), read_by(found->second, group));
      }
      flow.readers.push_back(std::move(reader));
    }
    out.push_back(std::move(flow));
  }
  before_ = counts;
  then_ = now;
  return out;
}

std::map<std::string, std::set<std::string>> groups_of(const std::map<std::string, RunningTopic>& topics) {
  std::map<std::string, std::set<std::string>> out;
  for (const auto& [id, topic] : topics) {
    std::set<std::string>& groups = out[topic.name];
    for (const auto& [inlet, group] : topic.readers) groups.insert(group);
  }
  return out;
}

std::string rate_text(const std::optional<double>& rate) {
  if (!rate) return "";
  if (*rate >= 100) return with_commas(std::llround(*rate)) + "/s";
  return fmt::format("{:.1f}/s", *rate);
}

Json flow_json(const std::vector<FlowTopic>& topics) {
  const auto number = [](const std::optional<double>& rate) {
    return rate ? Json(std::round(*rate * 10) / 10) : Json();
  };
  Json out = Json::array();
  for (const FlowTopic& topic : topics) {
    Json readers = Json::array();
    for (const FlowReader& reader : topic.readers)
      readers.push_back({{"inlet", reader.inlet}, {"lag", reader.lag}, {"perSecond", number(reader.rate)}});
    out.push_back({{"topic", topic.id},
                   {"name", topic.name},
                   {"isThere", topic.is_there},
                   {"partitions", topic.partitions},
                   {"written", topic.written},
                   {"perSecond", number(topic.rate)},
                   {"readers", std::move(readers)}});
  }
  return out;
}

}  // namespace cloudflow
