// The wires as a whole: every port on one topic, every contract kept; and the types of a topic's settings.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "planner/application/topic_values.h"
#include "planner/application/verify_parts.h"
#include "planner/schema/compatibility.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string path_of(const WireEnd& end) { return end.streamlet + "." + end.port->name; }

void check_contract(const WireEnd& writer, const WireEnd& reader, Diagnostics& problems) {
  if (reader.port->schema.format.empty() || writer.port->schema.format.empty())
    return;  // could not be read: reported there
  const Compatibility compared = compare_schemas(reader.port->schema, writer.port->schema);
  if (compared.compatible()) return;
  const std::vector<Incompatibility>& found = compared.reasons;
  if (found.empty()) {
    problems.warning(
        "schema-not-compared", reader.written.where,
        fmt::format("whether {} can read what {} writes is not known: not compared: {}", quote(path_of(reader)),
                    quote(path_of(writer)), not_compared_text(compared.not_compared)),
        "cloudflow schema check --reader FILE --writer FILE names all that is not compared",
        static_cast<int>(reader.written.value.size()));
    return;
  }
  const Incompatibility& first = found.front();
  const std::string at = first.path.empty() ? "" : fmt::format(" at {}", first.path);
  const std::string more = found.size() == 1 ? "" : fmt::format(" (and {} more)", found.size() - 1);
  problems.error("incompatible-schema", reader.written.where,
                 fmt::format("{} cannot read what {} writes{}: {}{}", quote(path_of(reader)), quote(path_of(writer)),
                             at, first.message, more),
                 fmt::format("{} reads {}, {} writes {}", path_of(reader), reader.port->schema.name, path_of(writer),
                             writer.port->schema.name),
                 static_cast<int>(reader.written.value.size()));
}

/// As Cloudflow 2 did: every two ports of a topic must be able to read each other.
void check_all_pairs(const Wire& wire, Diagnostics& problems) {
  std::vector<const WireEnd*> all;
  for (const WireEnd& end : wire.producers) all.push_back(&end);
  for (const WireEnd& end : wire.consumers) all.push_back(&end);
  std::ranges::sort(all, {}, [](const WireEnd* end) { return path_of(*end); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = i + 1; k < all.size(); ++k) {
      Diagnostics one_way;
      check_contract(*all[i], *all[k], one_way);
      if (!one_way.has_errors()) check_contract(*all[k], *all[i], one_way);
      for (const Diagnostic& problem : one_way.all()) problems.add(problem);
    }
  }
}

void check_counts(const std::string& topic, const ConfigValue& config, std::string_view key, Diagnostics& problems) {
  const ConfigValue* outer = config.find(key);
  const ConfigValue* inner = config.at({"topic", key});
  std::optional<long long> values[2];
  for (const ConfigValue* value : {outer, inner}) {
    if (value == nullptr) continue;
    const std::string what = fmt::format("{}{} of topic {}", value == inner ? "topic." : "", key, quote(topic));
    const std::optional<long long> number = value->as_int();
    if (!number || *number < 1 || *number > 1000000) wrong_type(*value, what, "a whole number of 1 or more", problems);
    values[value == inner ? 1 : 0] = number;
  }
  if (values[0] && values[1] && *values[0] != *values[1]) {
    problems.error("conflicting-settings", inner->where(),
                   fmt::format("topic {} has {} {} at {} and topic.{} {} here", quote(topic), key, *values[0],
                               outer->where().text(), key, *values[1]),
                   "keep one of them");
  }
}

}  // namespace

void verify_topic_config(const std::string& topic, const ConfigValue& config, Diagnostics& problems) {
  check_counts(topic, config, "partitions", problems);
  check_counts(topic, config, "replicas", problems);
  if (const ConfigValue* managed = config.find("managed"); managed != nullptr && !managed->as_bool()) {
    problems.warning("unreadable-managed", managed->where(),
                     fmt::format("managed of topic {} is neither yes nor no, so it counts as yes", quote(topic)));
  }
  for (const std::string_view key : {"topic", "connection-config", "producer-config", "consumer-config"}) {
    const ConfigValue* value = config.find(key);
    if (value != nullptr && !value->is_object())
      wrong_type(*value, fmt::format("{} of topic {}", key, quote(topic)), "an object", problems);
  }
  if (const ConfigValue* name = config.at({"topic", "name"}); name != nullptr && !name->is_scalar()) {
    wrong_type(*name, fmt::format("topic.name of topic {}", quote(topic)), "text", problems);
  }
  if (const ConfigValue* settings = config.find("topic")) verify_topic_values(topic, *settings, problems);
}

void verify_wiring(const ResolvedStreamlets& streamlets, std::span<const Wire> wires, Diagnostics& problems) {
  struct Use {
    std::vector<std::string> topics{};
    SourcePos last{};
  };
  std::map<std::pair<std::string, std::string>, Use> uses;
  for (const Wire& wire : wires) {
    for (const auto* side : {&wire.producers, &wire.consumers}) {
      for (const WireEnd& end : *side) {
        Use& use = uses[{end.streamlet, end.port->name}];
        use.topics.push_back(quote(wire.topic->id));
        use.last = end.written.where;
      }
    }
  }
  for (const auto& [name, streamlet] : streamlets) {
    if (streamlet.descriptor == nullptr) continue;
    for (const bool outlet : {true, false}) {
      for (const Port& port : outlet ? streamlet.descriptor->outlets : streamlet.descriptor->inlets) {
        if (uses.contains({name, port.name})) continue;
        problems.error(outlet ? "unconnected-outlets" : "unconnected-inlets", streamlet.entry->where,
                       fmt::format("{} {} is on no topic", outlet ? "outlet" : "inlet", quote(name + "." + port.name)),
                       fmt::format("add it to the {} of a topic", outlet ? "producers" : "consumers"));
      }
    }
  }
  for (const auto& [port, use] : uses) {
    if (use.topics.size() < 2) continue;
    problems.error("port-bound-to-many-topics", use.last,
                   fmt::format("port {} is on the topics {}, wanted one", quote(port.first + "." + port.second),
                               join(use.topics, ", ")));
  }
}

void verify_contracts(std::span<const Wire> wires, bool both_ways, Diagnostics& problems) {
  for (const Wire& wire : wires) {
    if (both_ways) {
      check_all_pairs(wire, problems);
      continue;
    }
    for (const WireEnd& consumer : wire.consumers) {
      for (const WireEnd& producer : wire.producers) check_contract(producer, consumer, problems);
    }
  }
}

}  // namespace cloudflow
