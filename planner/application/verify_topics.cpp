// Topics: their names, and the ports they name.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "planner/application/topic_values.h"
#include "planner/application/verify_parts.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t longest_topic_name = 249;

bool is_topic_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

struct PortPath {
  std::string streamlet{};
  std::string port{};
};

std::optional<PortPath> parse_port_path(std::string_view text) {
  const std::string_view whole = trimmed(text);
  if (whole.empty() || whole.starts_with('.')) return std::nullopt;
  std::vector<std::string> parts = split(whole, '.');
  std::erase(parts, "");
  if (parts.size() < 2) return std::nullopt;
  PortPath out{.port = parts.back()};
  parts.pop_back();
  out.streamlet = join(parts, ".");
  return out;
}

std::vector<std::string> names_of(const std::vector<Port>& ports) {
  std::vector<std::string> out;
  for (const Port& port : ports) out.push_back(port.name);
  return out;
}

/// One side of a topic: which ports are wanted, and how to talk about them.
struct Side {
  bool produces = false;
  std::string_view wanted() const { return produces ? "outlet" : "inlet"; }
  std::string_view other() const { return produces ? "inlet" : "outlet"; }
  const std::vector<Port>& ports(const Descriptor& descriptor) const {
    return produces ? descriptor.outlets : descriptor.inlets;
  }
  const Port* find(const Descriptor& descriptor, std::string_view name) const {
    return produces ? descriptor.outlet(name) : descriptor.inlet(name);
  }
  const Port* find_other(const Descriptor& descriptor, std::string_view name) const {
    return produces ? descriptor.inlet(name) : descriptor.outlet(name);
  }
};

void report_missing_port(const Side& side, const PortPath& path, const Descriptor& descriptor,
                         const PlacedText& written, Diagnostics& problems) {
  const auto length = static_cast<int>(written.value.size());
  if (side.find_other(descriptor, path.port) != nullptr) {
    problems.error(side.produces ? "invalid-producer-port-path" : "invalid-consumer-port-path", written.where,
                   fmt::format("{} is an {}, wanted an {}", quote(written.value), side.other(), side.wanted()),
                   fmt::format("list it under {}", side.produces ? "consumers" : "producers"), length);
    return;
  }
  const std::vector<std::string> known = names_of(side.ports(descriptor));
  std::string hint = did_you_mean(path.port, known);
  if (hint.empty())
    hint = known.empty() ? fmt::format("it has no {}s", side.wanted())
                         : fmt::format("its {}s are: {}", side.wanted(), join(known, ", "));
  problems.error("port-path-not-found", written.where,
                 fmt::format("streamlet {} has no {} {}", quote(path.streamlet), side.wanted(), quote(path.port)), hint,
                 length);
}

/// The port that is meant; nothing when it cannot be told.
std::optional<WireEnd> resolve_port(const Side& side, const PlacedText& written, const BlueprintTopic& topic,
                                    const ResolvedStreamlets& streamlets, Diagnostics& problems) {
  const auto length = static_cast<int>(written.value.size());
  const auto path = parse_port_path(written.value);
  if (!path) {
    problems.error(
        "invalid-port-path", written.where,
        fmt::format("{} {} of topic {} is no port, wanted STREAMLET.{}", side.produces ? "producer" : "consumer",
                    quote(written.value), quote(topic.id), side.produces ? "OUTLET" : "INLET"),
        "", length);
    return std::nullopt;
  }
  const auto found = streamlets.find(path->streamlet);
  if (found == streamlets.end()) {
    std::vector<std::string> known;
    for (const auto& [name, streamlet] : streamlets) known.push_back(name);
    problems.error("port-path-not-found", written.where,
                   fmt::format("topic {} names streamlet {}, which the blueprint does not have", quote(topic.id),
                               quote(path->streamlet)),
                   did_you_mean(path->streamlet, known), length);
    return std::nullopt;
  }
  if (found->second.descriptor == nullptr) return std::nullopt;  // already reported
  const Port* port = side.find(*found->second.descriptor, path->port);
  if (port == nullptr) {
    report_missing_port(side, *path, *found->second.descriptor, written, problems);
    return std::nullopt;
  }
  return WireEnd{path->streamlet, port, written};
}

std::vector<WireEnd> resolve_side(const Side& side, const BlueprintTopic& topic, const ResolvedStreamlets& streamlets,
                                  Diagnostics& problems) {
  std::vector<WireEnd> out;
  std::set<std::pair<std::string, std::string>> seen;
  for (const PlacedText& written : side.produces ? topic.producers : topic.consumers) {
    auto end = resolve_port(side, written, topic, streamlets, problems);
    if (!end) continue;
    if (seen.insert({end->streamlet, end->port->name}).second) {
      out.push_back(*std::move(end));
    } else {
      problems.warning("duplicate-port", written.where,
                       fmt::format("topic {} lists {} twice", quote(topic.id), quote(written.value)), "",
                       static_cast<int>(written.value.size()));
    }
  }
  return out;
}

PlacedText effective_name(const BlueprintTopic& topic) {
  const ConfigValue* name = topic.config.at({"topic", "name"});
  if (name == nullptr || !name->is_scalar()) return {topic.id, topic.where};
  return {name->text(), name->where()};
}

void check_names(const BlueprintTopic& topic, Diagnostics& problems) {
  const PlacedText name = effective_name(topic);
  const auto length = static_cast<int>(name.value.size());
  if (name.value.size() > longest_topic_name) {
    problems.error("invalid-topic-name", name.where,
                   fmt::format("topic {} is called {} in Kafka, which has {} characters, wanted {} at most",
                               quote(topic.id), quote(name.value), name.value.size(), longest_topic_name));
  } else if (!is_topic_name(name.value) || name.value == "." || name.value == "..") {
    problems.error("invalid-topic-name", name.where,
                   fmt::format("topic {} is called {} in Kafka, wanted letters, digits, dots, dashes and underscores",
                               quote(topic.id), quote(name.value)),
                   "", length);
  }
  if (!topic.cluster.where.file.empty() || !topic.cluster.value.empty()) {
    if (!is_dns_label(topic.cluster.value)) {
      problems.error("invalid-kafka-cluster-name", topic.cluster.where,
                     fmt::format("topic {} is on the Kafka cluster {}, wanted lower case letters, digits and dashes, "
                                 "with a letter or digit at both ends",
                                 quote(topic.id), quote(topic.cluster.value)),
                     "", static_cast<int>(topic.cluster.value.size()));
    }
  }
}

/// Legal, as Cloudflow 2 has it, and most often a mistake: nothing is made of such a topic.
void warn_of_unused(const BlueprintTopic& topic, Diagnostics& problems) {
  if (!topic.producers.empty() || !topic.consumers.empty()) return;
  problems.warning("unused-topic", topic.where,
                   fmt::format("topic {} has neither producers nor consumers: it is not part of the application, and "
                               "is neither made nor changed",
                               quote(topic.id)),
                   "list STREAMLET.OUTLET in its producers or STREAMLET.INLET in its consumers, or remove it");
}

/// A topic may hold settings of its own invention, which streamlets find in their configuration; what is nearly the
/// name of one that we know is none of those.
void warn_of_near_keys(const BlueprintTopic& topic, Diagnostics& problems) {
  static const std::array<std::string, 10> known{"producers",       "consumers",      "cluster", "topic",
                                                 "partitions",      "replicas",       "managed", "connection-config",
                                                 "producer-config", "consumer-config"};
  for (const auto& [key, value] : topic.config.members()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string hint = did_you_mean(key, known);
    if (hint.empty()) continue;
    problems.warning("unknown-key", value.where(),
                     fmt::format("{} of topic {} has no effect", quote(key), quote(topic.id)), hint);
  }
}

}  // namespace

std::vector<Wire> verify_topics(const Blueprint& blueprint, const ResolvedStreamlets& streamlets,
                                Diagnostics& problems) {
  std::vector<Wire> out;
  std::map<std::pair<std::string, std::string>, const BlueprintTopic*> kafka_names;
  std::map<std::pair<std::string, std::string>, const BlueprintTopic*> metric_names;
  for (const BlueprintTopic& topic : blueprint.topics) {
    check_names(topic, problems);
    warn_of_unused(topic, problems);
    warn_of_near_keys(topic, problems);
    verify_topic_config(topic.id, topic.config, problems);
    const auto [first, added] = kafka_names.try_emplace({topic.cluster.value, effective_name(topic).value}, &topic);
    if (!added) {
      problems.warning("shared-topic-name", effective_name(topic).where,
                       fmt::format("topics {} and {} are both called {} in Kafka", quote(first->second->id),
                                   quote(topic.id), quote(effective_name(topic).value)));
    }
    const auto [other, alone] =
        metric_names.try_emplace({topic.cluster.value, metric_name(effective_name(topic).value)}, &topic);
    if (!alone && effective_name(*other->second).value != effective_name(topic).value) {
      problems.error(
          "topic-names-collide", effective_name(topic).where,
          fmt::format("topic {} is called {} in Kafka and topic {} {} (at {}): Kafka cannot tell names apart that "
                      "differ only in dots and underscores",
                      quote(topic.id), quote(effective_name(topic).value), quote(other->second->id),
                      quote(effective_name(*other->second).value), effective_name(*other->second).where.text()),
          "give one of them another name");
    }
    Wire wire{.topic = &topic};
    wire.producers = resolve_side({true}, topic, streamlets, problems);
    wire.consumers = resolve_side({false}, topic, streamlets, problems);
    out.push_back(std::move(wire));
  }
  return out;
}

}  // namespace cloudflow
