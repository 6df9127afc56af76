// Compares the wiring in live Secrets with that in desired ones: a port that reads another topic now, or none.
#include "planner/plan/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view streamlet_label = "com.lightbend.cloudflow/streamlet-name";

/// One document of a Secret; null when it is not there or not one.
Json document_of(const Json& secret, std::string_view key) {
  std::string text;
  if (!from_base64(string_at(secret, {"data", key}), text)) return {};
  Json document = Json::parse(text, nullptr, false);
  return document.is_discarded() ? Json() : document;
}

const Json* context_of(const Json& document) { return find(document, {"cloudflow", "runner", "streamlet", "context"}); }

std::string topic_name(const Json& mapping, const std::string& otherwise) {
  const std::string given = string_at(mapping, {"config", "topic", "name"});
  return given.empty() ? otherwise : given;
}

bool same_reader(const WiredPort& one, const WiredPort& other) {
  return one.group == other.group && one.topic == other.topic && one.cluster == other.cluster;
}

/// A port that is given up, and by which changes.
struct GivenUp {
  WiredPort port{};
  std::optional<std::string> next{};  ///< the topic that it is wired to afterwards
  bool read_again = false;            ///< another group of the plan starts on the same topic
  std::vector<Change*> changes{};
};

/// Objects beside the pods: holding one of them back would not keep the reader.
bool is_passive(const ResourceId& id) {
  static constexpr std::array<std::string_view, 5> kinds = {"Secret", "ConfigMap", "Service", "PersistentVolumeClaim",
                                                            "Topic"};
  return std::ranges::find(kinds, id.kind) != kinds.end();
}

std::vector<Change*> changes_of(const std::string& streamlet, const Readers& readers, std::vector<Change>& changes,
                                const ResourceId& secret) {
  std::vector<Change*> out;
  Change* fallback = nullptr;
  for (Change& change : changes) {
    if (change.action == Action::none) continue;
    if (change.id == secret) fallback = &change;
    if (is_passive(change.id)) continue;
    std::string owner = change.desired.streamlet;
    if (const auto live = readers.live.find(change.id); owner.empty() && live != readers.live.end())
      owner = streamlet_of(Json::parse(live->second, nullptr, false));
    if (owner == streamlet) out.push_back(&change);
  }
  if (out.empty() && fallback != nullptr) out.push_back(fallback);
  return out;
}

std::vector<GivenUp> find_given_up(const Readers& readers, std::vector<Change>& changes) {
  std::vector<WiredPort> starting;
  std::vector<GivenUp> out;
  for (Change& change : changes) {
    if (change.id.kind != "Secret" || change.action == Action::none) continue;
    const std::vector<WiredPort> after = wired_ports(change.desired.spec);
    std::vector<WiredPort> before;
    if (const auto live = readers.live.find(change.id); live != readers.live.end())
      before = wired_ports(Json::parse(live->second, nullptr, false));
    for (const WiredPort& port : after) {
      const bool was = std::ranges::any_of(before, [&](const WiredPort& one) { return same_reader(one, port); });
      if (!was) starting.push_back(port);
    }
    for (const WiredPort& port : before) {
      if (readers.outlets.contains(port.streamlet + "." + port.port)) continue;
      if (std::ranges::any_of(after, [&](const WiredPort& one) { return same_reader(one, port); })) continue;
      GivenUp one{.port = port, .changes = changes_of(port.streamlet, readers, changes, change.id)};
      const auto next = std::ranges::find(after, port.port, &WiredPort::port);
      if (next != after.end()) one.next = next->topic;
      out.push_back(std::move(one));
    }
  }
  for (GivenUp& one : out) {
    one.read_again = std::ranges::any_of(starting, [&](const WiredPort& port) {
      return port.topic == one.port.topic && port.cluster == one.port.cluster &&
             !readers.outlets.contains(port.streamlet + "." + port.port);
    });
  }
  return out;
}

ResourceId reader_id(const WiredPort& port, const Readers& readers) {
  const auto known = readers.clusters.find(port.brokers);
  return {.provider = "kafka",
          .kind = readers.inlets.contains(port.streamlet + "." + port.port) ? "ConsumerGroup" : "Port",
          .scope = known == readers.clusters.end() ? port.cluster : known->second,
          .name = port.group + ":" + port.topic};
}

void add_losses(const GivenUp& given_up, const std::vector<Loss>& losses) {
  if (losses.empty()) return;
  const WiredPort& port = given_up.port;
  for (Change* change : given_up.changes) {
    for (Loss loss : losses) {
      if (given_up.read_again) {
        loss.certain = false;
        loss.what += ", unless the new reader of that topic in this plan begins at its start";
      }
      lose(*change, std::move(loss));
    }
    if (given_up.next && *given_up.next != port.topic) {
      change->notes.push_back(
          fmt::format("{}.{} read topic {} and will read {}; to keep the topic under its name: topic "
                      "{{ name = \"{}\" }}",
                      port.streamlet, port.port, port.topic, *given_up.next, port.topic));
    }
    change->notes.push_back(
        fmt::format("to have it read first: stop what writes to topic {}, wait until `cloudflow status` shows lag 0 "
                    "for {}.{}, apply",
                    port.topic, port.streamlet, port.port));
  }
}

}  // namespace

std::string streamlet_of(const Json& object) {
  const Json* labels = find(object, {"metadata", "labels"});
  return labels == nullptr ? "" : string_at(*labels, {streamlet_label});
}

std::vector<WiredPort> wired_ports(const Json& secret) {
  std::vector<WiredPort> out;
  const std::string streamlet = streamlet_of(secret);
  if (streamlet.empty()) return out;
  const Json identity = document_of(secret, "application.conf");
  const Json configuration = document_of(secret, "secret.conf");
  const Json* context = context_of(identity);
  if (context == nullptr) return out;
  const Json* ports = find(*context, {"port_mappings"});
  if (ports == nullptr || !ports->is_object()) return out;
  const std::string name = string_at(identity, {"cloudflow", "runner", "streamlet", "streamlet_ref"}, streamlet);
  const Json* told = context_of(configuration);
  for (const auto& [port, mapping] : ports->items()) {
    WiredPort one{.streamlet = name, .port = port};
    one.group = fmt::format("{}.{}.{}", string_at(*context, {"app_id"}), name, port);
    one.cluster = string_at(mapping, {"cluster"}, "default");
    one.topic = topic_name(mapping, string_at(mapping, {"id"}));
    if (const Json* mine = told == nullptr ? nullptr : find(*told, {"port_mappings", port})) {
      one.topic = topic_name(*mine, one.topic);
      one.brokers = string_at(*mine, {"config", "bootstrap", "servers"});
    }
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> add_unread(const Readers& readers, std::span<Provider* const> providers, std::vector<Change>& changes,
                        std::stop_token stop) {
  const std::vector<GivenUp> given_up = find_given_up(readers, changes);
  if (given_up.empty()) return {};
  const auto kafka = std::ranges::find_if(providers, [](const Provider* one) { return one->name() == "kafka"; });
  if (kafka == providers.end()) {
    for (const GivenUp& one : given_up) {
      add_losses(one,
                 {{fmt::format("what group {} has not read of topic {}, which cannot be found out: the application has "
                               "no Kafka cluster any more",
                               one.port.group, one.port.topic),
                   false}});
    }
    return {};
  }
  std::vector<ResourceId> ids;
  for (const GivenUp& one : given_up) ids.push_back(reader_id(one.port, readers));
  CF_TRY(const std::vector<std::vector<Loss>> losses, (*kafka)->unread(ids, std::move(stop)));
  for (std::size_t i = 0; i < given_up.size(); ++i) add_losses(given_up[i], losses[i]);
  return {};
}

}  // namespace cloudflow
