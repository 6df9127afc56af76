// Compares the wiring in live Secrets with that in desired ones: a port that reads another topic now, or none.
#include "planner/rollout/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/support/text.h"

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

/// Runtimes apply the consumer settings after the group that they have made up, so these win.
void take_own_group(WiredPort& port, const Json& mapping) {
  const Json* settings = find(mapping, {"config", "consumer-config"});
  if (settings == nullptr) return;
  const std::string group = string_at(*settings, {"group", "id"}, string_at(*settings, {"group.id"}));
  if (group.empty()) return;
  port.group = group;
  port.own_group = true;
}

/// A list of brokers that shares an address with another one leads to the same cluster.
bool share_address(std::string_view one, std::string_view other) {
  const std::vector<std::string> others = split(other, ',');
  return std::ranges::any_of(split(one, ','), [&](const std::string& address) {
    return std::ranges::any_of(others, [&](const std::string& known) { return trimmed(known) == trimmed(address); });
  });
}

/// A name stays when its brokers become those of another cluster, so it counts only where brokers are not known.
bool same_cluster(const WiredPort& one, const WiredPort& other) {
  if (one.brokers.empty() || other.brokers.empty()) return one.cluster == other.cluster;
  return share_address(one.brokers, other.brokers);
}

bool same_reader(const WiredPort& one, const WiredPort& other) {
  return one.group == other.group && one.topic == other.topic && same_cluster(one, other);
}

/// The streamlet whose pods an object makes: workloads and custom resources have its name on their pods only.
std::string streamlet_of_pods(const Json& object) {
  if (!object.is_structured()) return "";
  if (object.is_object()) {
    if (std::string own = string_at(object, {streamlet_label}); !own.empty()) return own;
  }
  for (const auto& [key, part] : object.items()) {
    if (key == "affinity" || key == "selector") continue;  // these may speak of others
    if (std::string found = streamlet_of_pods(part); !found.empty()) return found;
  }
  return "";
}

/// A port that is given up, and by which changes.
struct GivenUp {
  WiredPort port{};
  std::optional<std::string> next{};  ///< the topic that it is wired to afterwards
  bool read_again = false;            ///< another group of the plan starts on the same topic
  std::vector<Change*> changes{};     ///< those of its pods; of its Secret when there are none
  bool has_pods = false;              ///< that change
  bool runs = false;                  ///< has pods now, as far as is known
  Change* secret = nullptr;           ///< none where it has gone before
  /// The topic that the record names where the Secret names this one, or the other way round: pods read the one that
  /// they found when they started.
  std::optional<std::string> either{};
  bool is_told = true;   ///< by its Secret; false: by the record alone
  bool is_gone = false;  ///< its workload and its Secret have gone before: only the record still names it
};

/// What a plan does to the ports of its topics.
struct GivenUpPorts {
  std::vector<GivenUp> readers{};
  std::vector<GivenUp> writers{};  ///< ports that are known to write
  std::vector<WiredPort>
      before{};  ///< ports as they are wired now, of streamlets that run and change or write to what is given up
  std::vector<WiredPort> wired{};  ///< all ports as they are wired now, and as they will be
};

/// Objects beside the pods: holding one of them back would not keep the reader.
bool is_passive(const ResourceId& id) {
  static constexpr std::array<std::string_view, 5> kinds = {"Secret", "ConfigMap", "Service", "PersistentVolumeClaim",
                                                            "Topic"};
  return std::ranges::find(kinds, id.kind) != kinds.end();
}

/// The changes of each streamlet's pods. Looked up once for all: what is removed has to be parsed to know whose it is.
class PodChanges {
 public:
  PodChanges(const Readers& readers, std::vector<Change>& changes) {
    for (Change& change : changes) {
      if (change.action == Action::none || is_passive(change.id)) continue;
      std::string owner = change.desired.streamlet;
      if (const auto live = readers.live.find(change.id); owner.empty() && live != readers.live.end())
        owner = streamlet_of_pods(Json::parse(live->second, nullptr, false));
      by_streamlet_[owner].push_back(&change);
    }
  }

  std::vector<Change*> of(const std::string& streamlet) const {
    const auto found = by_streamlet_.find(streamlet);
    return found == by_streamlet_.end() ? std::vector<Change*>() : found->second;
  }

 private:
  std::map<std::string, std::vector<Change*>> by_streamlet_{};
};

/// Whether pods are there that a change of them would end. Of what keeps no number of replicas it is not known.
bool has_live_pods(const Change& change, const Readers& readers) {
  if (change.action == Action::create) return false;
  const auto live = readers.live.find(change.id);
  if (live == readers.live.end() || !keeps_replicas(change.id)) return true;
  const Json object = Json::parse(live->second, nullptr, false);
  return int_at(object, {"spec", "replicas"}, 1) > 0 || int_at(object, {"status", "replicas"}, 0) > 0;
}

/// Whether a streamlet has pods now. Where none of them change while its Secret is removed, an earlier run ended them.
bool runs_now(const std::string& streamlet, const std::vector<Change*>& pods, Action secret, const Readers& readers) {
  if (pods.empty()) return secret != Action::remove && !readers.stopped.contains(streamlet);
  return std::ranges::any_of(pods, [&](const Change* change) { return has_live_pods(*change, readers); });
}

bool writes(const WiredPort& port, const Readers& readers) {
  return readers.outlets.contains(port.streamlet + "." + port.port);
}

bool reads(const WiredPort& port, const Readers& readers) {
  return readers.inlets.contains(port.streamlet + "." + port.port);
}

/// Whether it writes once all is as asked for.
bool will_write(const WiredPort& port, const Readers& readers) {
  const std::string name = port.streamlet + "." + port.port;
  return readers.asked_outlets.contains(name) || (!readers.asked_inlets.contains(name) && writes(port, readers));
}

bool same_topic(const WiredPort& one, const WiredPort& other) {
  return one.topic == other.topic && same_cluster(one, other);
}

/// The streamlet that a Secret configures; empty when it is no such Secret.
std::string streamlet_told(const Json& identity, const Json& secret) {
  return string_at(identity, {"cloudflow", "runner", "streamlet", "streamlet_ref"}, streamlet_of(secret));
}

/// The ports that a Secret wires.
struct ToldPorts {
  std::string streamlet{};
  std::string groups{};  ///< how its groups begin, without the dot
  std::vector<WiredPort> ports{};
};

/// Nothing where it does not tell, as it is none, or somebody has edited it.
std::optional<ToldPorts> told_ports(const Json& secret) {
  const Json identity = document_of(secret, "application.conf");
  const Json configuration = document_of(secret, "secret.conf");
  ToldPorts out{.streamlet = streamlet_told(identity, secret)};
  const Json* context = context_of(identity);
  if (context != nullptr) out.groups = string_at(*context, {"app_id"});
  const Json* ports = context == nullptr ? nullptr : find(*context, {"port_mappings"});
  if (out.streamlet.empty() || ports == nullptr || !ports->is_object()) return std::nullopt;
  const Json* told = context_of(configuration);
  for (const auto& [port, mapping] : ports->items()) {
    WiredPort one{.streamlet = out.streamlet, .port = port};
    one.group = fmt::format("{}.{}.{}", out.groups, one.streamlet, port);
    one.cluster = string_at(mapping, {"cluster"}, "default");
    one.topic = topic_name(mapping, string_at(mapping, {"id"}));
    if (const Json* mine = told == nullptr ? nullptr : find(*told, {"port_mappings", port})) {
      one.topic = topic_name(*mine, one.topic);
      one.brokers = string_at(*mine, {"config", "bootstrap", "servers"});
      take_own_group(one, *mine);
    }
    out.ports.push_back(std::move(one));
  }
  return out;
}

/// What the live Secrets tell. Each is read once, when the first of them is asked for.
class LiveSecrets {
 public:
  explicit LiveSecrets(const Readers& readers) : readers_(readers) {}

  /// Secret → its ports, of those that tell them.
  const std::map<ResourceId, ToldPorts>& all() const {
    if (!told_) told_ = read();
    return *told_;
  }

  /// Null where it does not tell, or is not there.
  const ToldPorts* of(const ResourceId& secret) const {
    const auto told = all().find(secret);
    return told == all().end() ? nullptr : &told->second;
  }

  /// How the groups of what runs begin: as most of its Secrets say, or else as those that are asked for.
  const std::string& groups() const {
    if (!groups_) groups_ = most_said();
    return *groups_;
  }

 private:
  std::map<ResourceId, ToldPorts> read() const {
    std::map<ResourceId, ToldPorts> out;
    for (const auto& [id, text] : readers_.live) {
      if (id.kind != "Secret") continue;
      if (std::optional<ToldPorts> told = told_ports(Json::parse(text, nullptr, false)))
        out.emplace(id, *std::move(told));
    }
    return out;
  }

  std::string most_said() const {
    std::map<std::string, int> said;
    for (const auto& [id, told] : all()) {
      if (!told.ports.empty()) ++said[told.groups];
    }
    const auto most = std::ranges::max_element(said, {}, [](const auto& one) { return one.second; });
    if (most == said.end()) return readers_.groups;
    const auto asked = said.find(readers_.groups);
    return asked != said.end() && asked->second == most->second ? asked->first : most->first;
  }

  const Readers& readers_;
  mutable std::optional<std::map<ResourceId, ToldPorts>> told_{};
  mutable std::optional<std::string> groups_{};
};

/// The ports of a streamlet as the record of contracts has them.
std::vector<WiredPort> recorded_ports(const std::string& streamlet, const Readers& readers,
                                      const LiveSecrets& secrets) {
  std::vector<WiredPort> out;
  std::ranges::copy_if(readers.deployed, std::back_inserter(out),
                       [&](const WiredPort& port) { return port.streamlet == streamlet; });
  for (WiredPort& port : out) {
    port.group = fmt::format("{}.{}.{}", secrets.groups(), port.streamlet, port.port);
    const auto brokers =
        std::ranges::find(readers.clusters, port.cluster, [](const auto& cluster) { return cluster.second; });
    if (brokers != readers.clusters.end()) port.brokers = brokers->first;
  }
  return out;
}

/// Whether a Secret and the record mean the same by a port. Of brokers that are not known it is taken to be so.
bool agree(const WiredPort& told, const WiredPort& recorded) {
  return told.port == recorded.port && told.topic == recorded.topic &&
         (told.own_group || told.group == recorded.group) &&
         (told.brokers.empty() || recorded.brokers.empty() || share_address(told.brokers, recorded.brokers));
}

/// The ports of a streamlet before a plan.
struct PortsBefore {
  std::vector<WiredPort> ports{};      ///< as its Secret tells, or else the record
  std::vector<WiredPort> otherwise{};  ///< as the record has those of which the Secret tells something else
};

/// The record does not have the groups that settings name: they are taken to be those of `others`, which a Secret
/// tells or which are asked for.
void take_own_groups(std::vector<WiredPort>& recorded, const std::vector<WiredPort>& others) {
  for (WiredPort& port : recorded) {
    const auto same = std::ranges::find(others, port.port, &WiredPort::port);
    if (same == others.end() || !same->own_group) continue;
    port.group = same->group;
    port.own_group = true;
  }
}

/// Somebody may have edited the Secret, or an apply was cut short between it and the pods.
PortsBefore told_and_recorded(const ToldPorts& told, const Readers& readers, const LiveSecrets& secrets) {
  PortsBefore out{.ports = told.ports};
  std::vector<WiredPort> recorded = recorded_ports(told.streamlet, readers, secrets);
  take_own_groups(recorded, out.ports);
  for (WiredPort& port : recorded) {
    if (std::ranges::none_of(out.ports, [&](const WiredPort& one) { return agree(one, port); }))
      out.otherwise.push_back(std::move(port));
  }
  return out;
}

/// Collects what a plan gives up, streamlet by streamlet.
class GivenUpSearch {
 public:
  GivenUpSearch(const Readers& readers, std::vector<Change>& changes)
      : readers_(readers), changes_(changes), secrets_(readers), pods_(readers, changes) {}

  GivenUpPorts run() {
    for (Change& change : changes_) {
      if (may_rewire(change)) add_secret(change);
    }
    add_without_secret();
    if (out_.readers.empty() && out_.writers.empty()) return std::move(out_);
    add_unchanged_writers();
    std::erase_if(out_.readers, [&](const GivenUp& one) { return is_read_on(one.port); });
    for (GivenUp& one : out_.readers) {
      one.read_again = std::ranges::any_of(
          starting_, [&](const WiredPort& port) { return same_topic(port, one.port) && !will_write(port, readers_); });
    }
    return std::move(out_);
  }

 private:
  /// Whether another streamlet goes on in the same group, which only settings can say.
  bool is_read_on(const WiredPort& port) const {
    return port.own_group && std::ranges::any_of(after_, [&](const WiredPort& one) {
             return one.streamlet != port.streamlet && same_reader(one, port) && !will_write(one, readers_);
           });
  }

  void add_secret(Change& change) {
    changed_.insert(change.id);
    const std::vector<WiredPort> after = wired_ports(change.desired.spec);
    const ToldPorts* told = secrets_.of(change.id);
    const std::string streamlet = told != nullptr ? told->streamlet : change.desired.streamlet;
    if (!streamlet.empty()) said_.insert(streamlet);
    PortsBefore before = told != nullptr ? told_and_recorded(*told, readers_, secrets_)
                                         : PortsBefore{.ports = recorded_ports(streamlet, readers_, secrets_)};
    if (told == nullptr) take_own_groups(before.ports, after);
    const bool is_unknown = told == nullptr && before.ports.empty() && readers_.deployed.empty() && !after.empty();
    if (is_unknown) lose_what_is_not_told(after.front().streamlet);
    add({.streamlet = streamlet, .before = before, .after = after, .action = change.action, .secret = &change});
  }

  /// Streamlets whose Secrets do not change: those that go and whose Secrets have gone before, those whose ports turn,
  /// as a Secret does not tell which way a port goes, and those whose pods change and may still have what the record
  /// names, while their Secrets name something else already.
  void add_without_secret() {
    std::map<std::string, bool> turning;  // streamlet → whether any of its ports does
    for (const WiredPort& port : readers_.deployed) turning[port.streamlet] |= turns(port);
    const std::map<std::string, const ToldPorts*> unchanged = unchanged_secrets(turning);
    for (const auto& [streamlet, any_turns] : turning) {
      if (said_.contains(streamlet)) continue;
      const std::vector<Change*> pods = pods_.of(streamlet);
      if (pods.empty()) {
        if (!is_asked_for(streamlet)) add_gone(streamlet);
        continue;
      }
      const bool goes = std::ranges::any_of(pods, [](const Change* one) { return one->action == Action::remove; });
      const auto secret = unchanged.find(streamlet);
      const PortsBefore before = secret == unchanged.end()
                                     ? PortsBefore{.ports = recorded_ports(streamlet, readers_, secrets_)}
                                     : told_and_recorded(*secret->second, readers_, secrets_);
      if (!goes && !any_turns && before.otherwise.empty()) continue;
      said_.insert(streamlet);
      add({.streamlet = streamlet,
           .before = before,
           .after = goes ? std::vector<WiredPort>() : before.ports,
           .action = goes ? Action::remove : Action::none});
    }
  }

  /// Of recorded streamlets whose pods change and whose Secrets do not.
  std::map<std::string, const ToldPorts*> unchanged_secrets(const std::map<std::string, bool>& recorded) const {
    std::map<std::string, const ToldPorts*> out;
    const bool any = std::ranges::any_of(
        recorded, [&](const auto& one) { return !said_.contains(one.first) && !pods_.of(one.first).empty(); });
    if (!any) return out;
    for (const auto& [id, told] : secrets_.all()) {
      if (!changed_.contains(id)) out.emplace(told.streamlet, &told);
    }
    return out;
  }

  bool is_asked_for(const std::string& streamlet) const {
    const auto has = [&](const std::set<std::string>& ports) {
      const auto first = ports.lower_bound(streamlet + ".");
      return first != ports.end() && first->starts_with(streamlet + ".");
    };
    return has(readers_.asked_inlets) || has(readers_.asked_outlets);
  }

  /// Workload and Secret have gone before the plan: what was not read is lost with the record alone.
  void add_gone(const std::string& streamlet) {
    const auto record = std::ranges::find(changes_, readers_.record, &Change::id);
    if (record == changes_.end() || record->action == Action::none) return;
    for (const WiredPort& port : recorded_ports(streamlet, readers_, secrets_)) {
      if (!writes(port, readers_)) out_.readers.push_back({.port = port, .changes = {&*record}, .is_gone = true});
    }
  }

  /// Whether an inlet becomes an outlet, or the other way round: it may be wired as before.
  bool turns(const WiredPort& port) const { return writes(port, readers_) != will_write(port, readers_); }

  /// What a plan does to one streamlet.
  struct Rewired {
    std::string streamlet{};
    PortsBefore before{};
    std::vector<WiredPort> after{};
    Action action = Action::none;  ///< of its Secret
    Change* secret = nullptr;
  };

  void add(const Rewired& one) {
    const std::vector<Change*> pods = one.streamlet.empty() ? std::vector<Change*>() : pods_.of(one.streamlet);
    const PortsBefore& before = one.before;
    const bool has_ports = !before.ports.empty() || !before.otherwise.empty();
    const bool runs = has_ports && runs_now(one.streamlet, pods, one.action, readers_);
    if (runs) {
      std::ranges::copy(before.ports, std::back_inserter(out_.before));
      std::ranges::copy(before.otherwise, std::back_inserter(out_.before));
    }
    std::ranges::copy(before.ports, std::back_inserter(out_.wired));
    std::ranges::copy(one.after, std::back_inserter(out_.wired));
    std::ranges::copy(one.after, std::back_inserter(after_));
    for (const WiredPort& port : one.after) {
      const bool was = std::ranges::any_of(before.ports, [&](const WiredPort& old) { return same_reader(old, port); });
      if (!was) starting_.push_back(port);
    }
    const auto give_up = [&](const WiredPort& port, const std::vector<WiredPort>& others, bool is_told) {
      const bool stays = std::ranges::any_of(one.after, [&](const WiredPort& next) { return same_reader(next, port); });
      if (stays && !turns(port)) return;
      GivenUp given_up{.port = port, .changes = pods, .runs = runs, .secret = one.secret, .is_told = is_told};
      given_up.has_pods = !given_up.changes.empty();
      if (!given_up.has_pods && one.secret != nullptr) given_up.changes.push_back(one.secret);
      const auto next = std::ranges::find(one.after, port.port, &WiredPort::port);
      if (next != one.after.end()) given_up.next = next->topic;
      const auto other = std::ranges::find(others, port.port, &WiredPort::port);
      if (other != others.end()) given_up.either = other->topic;
      (writes(port, readers_) ? out_.writers : out_.readers).push_back(std::move(given_up));
    };
    for (const WiredPort& port : before.ports) give_up(port, before.otherwise, true);
    for (const WiredPort& port : before.otherwise) give_up(port, before.ports, false);
  }

  /// Neither the Secret nor a record tells what its pods read now.
  void lose_what_is_not_told(const std::string& streamlet) {
    for (Change* change : pods_.of(streamlet)) {
      // What somebody else made, and is taken over now, reads as its maker meant it to.
      if (change->adoptable || !has_live_pods(*change, readers_)) continue;
      lose(*change, {fmt::format("what {} has not read of topics that it reads now and not afterwards, which cannot be "
                                 "found out: its Secret is gone or was edited, and no contracts are recorded",
                                 streamlet),
                     false});
    }
  }

  void add_unchanged_writers() {
    for (const auto& [id, told] : secrets_.all()) {
      if (changed_.contains(id) || said_.contains(told.streamlet)) continue;
      const std::vector<WiredPort>& unchanged = told.ports;
      std::ranges::copy(unchanged, std::back_inserter(out_.wired));
      std::ranges::copy(unchanged, std::back_inserter(after_));
      const bool counts = std::ranges::any_of(unchanged, [&](const WiredPort& port) {
        return writes(port, readers_) &&
               std::ranges::any_of(out_.readers, [&](const GivenUp& one) { return same_topic(one.port, port); });
      });
      if (!counts) continue;
      if (runs_now(told.streamlet, pods_.of(told.streamlet), Action::none, readers_))
        std::ranges::copy(unchanged, std::back_inserter(out_.before));
    }
  }

  const Readers& readers_;
  std::vector<Change>& changes_;
  LiveSecrets secrets_;
  PodChanges pods_;
  GivenUpPorts out_{};
  std::vector<WiredPort> starting_{};
  std::vector<WiredPort> after_{};  ///< all ports as they will be
  std::set<ResourceId> changed_{};
  std::set<std::string> said_{};  ///< streamlets whose ports are known by their Secrets' changes
};

ResourceId reader_id(const WiredPort& port, const Readers& readers, std::string_view kind) {
  return {.provider = "kafka",
          .kind = std::string(kind),
          .scope = cluster_of(port, readers.clusters).value_or(port.cluster),
          .name = port.group + ":" + port.topic};
}

/// Of a port that nothing shows to read, it may be nothing at all.
Loss not_found_out(const WiredPort& port, const Readers& readers, std::string_view why) {
  return {fmt::format("what group {} has not read of topic {}{}, which cannot be found out: {}", port.group, port.topic,
                      reads(port, readers) ? "" : ", if it reads there and does not write", why),
          false};
}

/// What the provider of topics says of these readers; of those on a cluster that is not configured any more, that.
Result<std::vector<std::vector<Loss>>> ask(const std::vector<WiredPort>& ports, std::string_view kind,
                                           const Readers& readers, Provider& kafka, std::stop_token stop) {
  std::vector<ResourceId> ids;
  std::vector<std::size_t> asked;
  std::vector<std::vector<Loss>> out(ports.size());
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const WiredPort& port = ports[i];
    if (!cluster_of(port, readers.clusters)) {
      out[i].push_back(
          not_found_out(port, readers, fmt::format("the cluster at {} is not configured any more", port.brokers)));
      continue;
    }
    asked.push_back(i);
    ids.push_back(reader_id(port, readers, !kind.empty() ? kind : reads(port, readers) ? "ConsumerGroup" : "Port"));
  }
  if (ids.empty()) return out;
  CF_TRY(std::vector<std::vector<Loss>> answers, kafka.unread(ids, std::move(stop)));
  for (std::size_t i = 0; i < asked.size(); ++i) out[asked[i]] = std::move(answers[i]);
  return out;
}

void add_note(Change& change, std::string note) {
  if (std::ranges::find(change.notes, note) == change.notes.end()) change.notes.push_back(std::move(note));
}

/// Which of two topics a port's pods read, where that is not known.
void note_either(const GivenUp& given_up) {
  const WiredPort& port = given_up.port;
  const std::string& told = given_up.is_told ? port.topic : *given_up.either;
  const std::string& recorded = given_up.is_told ? *given_up.either : port.topic;
  const std::string what = told == recorded ? "as its Secret says" : "topic " + told;
  const std::string others = told == recorded ? "as it was recorded" : "topic " + recorded;
  const std::string note = fmt::format(
      "{}.{} is wired {} only in pods that started since its Secret was changed, and {} in others", port.streamlet,
      port.port, told == recorded ? what : "to " + what, told == recorded ? others : "to " + others);
  for (Change* change : given_up.changes) add_note(*change, note);
}

void note_next_topic(const GivenUp& given_up) {
  const WiredPort& port = given_up.port;
  if (given_up.either) note_either(given_up);
  if (!given_up.next || *given_up.next == port.topic) return;
  if (given_up.either && given_up.is_told) return;  // the other one has the name that it was to have
  for (Change* change : given_up.changes) {
    change->notes.push_back(
        fmt::format("{}.{} read topic {} and will read {}; to keep the topic under its name: topic {{ name = \"{}\" }}",
                    port.streamlet, port.port, port.topic, *given_up.next, port.topic));
  }
}

/// Ports that are known to write to the topic of a reader and have pods to do so: what they write until the reader
/// leaves the topic is not counted yet.
std::vector<std::string> writers_of(const GivenUp& reader, const GivenUpPorts& ports, const Readers& readers) {
  std::vector<std::string> out;
  if (reader.is_gone) return out;  // it has left
  for (const WiredPort& port : ports.before) {
    if (writes(port, readers) && same_topic(port, reader.port)) out.push_back(port.streamlet + "." + port.port);
  }
  std::ranges::sort(out);
  return out;
}

void add_losses(const GivenUp& given_up, std::vector<Loss> losses, const std::vector<std::string>& writers,
                const Readers& readers) {
  const WiredPort& port = given_up.port;
  if (!writers.empty()) {
    losses.push_back({fmt::format("what {} still {} to topic {} before {}.{} leaves it", join(writers, ", "),
                                  writers.size() == 1 ? "writes" : "write", port.topic, port.streamlet, port.port),
                      false});
  }
  if (losses.empty()) return;
  note_next_topic(given_up);
  const bool drainable =
      given_up.is_told && !given_up.either &&
      (std::ranges::any_of(losses, &Loss::certain) || (losses.size() == 1 && !writers.empty() && reads(port, readers)));
  for (Change* change : given_up.changes) {
    for (Loss loss : losses) {
      if (given_up.read_again) {
        loss.certain = false;
        loss.what += ", unless the new reader of that topic in this plan begins at its start";
      }
      lose(*change, std::move(loss));
    }
    if (readers.drain) {
      change->notes.push_back(fmt::format("--drain cannot wait for group {} on topic {}", port.group, port.topic));
    } else if (given_up.is_gone) {
      change->notes.push_back(
          fmt::format("nothing runs any more that could read topic {} as {}.{}; to have it read first: ask for {} "
                      "again, apply, wait until `cloudflow status` shows lag 0 for it",
                      port.topic, port.streamlet, port.port, port.streamlet));
    } else if (!given_up.is_told || (given_up.either && given_up.next != given_up.either)) {
      add_note(*change, fmt::format("to have it read first: apply what was last applied in full, which puts the Secret "
                                    "of {} right, and then this with --drain",
                                    port.streamlet));
    } else if (drainable && given_up.has_pods && given_up.runs) {
      change->notes.push_back(fmt::format("to have topic {} read to its end by {}.{} first: --drain", port.topic,
                                          port.streamlet, port.port));
    } else {
      change->notes.push_back(
          fmt::format("to have it read first: stop what writes to topic {}, wait until `cloudflow status` shows lag 0 "
                      "for {}.{}, apply",
                      port.topic, port.streamlet, port.port));
    }
  }
}

/// Whether what is lost of a port shows that it has read.
bool shows_reader(const std::vector<Loss>& losses) { return std::ranges::any_of(losses, &Loss::certain); }

/// Whether it reads, and its end can be waited for. What may be lost of a port does not show that it reads.
bool can_drain(const GivenUp& reader, const std::vector<Loss>& losses, const std::vector<Loss>& obstacles,
               const Readers& readers) {
  // Where the record names another topic, only what its group has read shows that its pods read this one.
  const bool is_read = reader.is_told && (!reader.either || losses.empty() || shows_reader(losses));
  return reader.has_pods && reader.runs && is_read && obstacles.empty() &&
         (reads(reader.port, readers) || shows_reader(losses));
}

std::vector<ResourceId> ids_of(const std::vector<Change*>& changes) {
  std::vector<ResourceId> out;
  for (const Change* change : changes) out.push_back(change->id);
  return out;
}

Drain make_drain(const GivenUp& reader, const std::vector<Loss>& losses, const std::vector<GivenUp>& writers,
                 const Readers& readers) {
  const WiredPort& port = reader.port;
  Drain out{.id = reader_id(port, readers, "Drain"), .held = ids_of(reader.changes)};
  // A pod that restarts meanwhile has to find its old topic.
  if (reader.secret != nullptr) out.held.push_back(reader.secret->id);
  std::vector<std::string> names;
  for (const GivenUp& writer : writers) {
    if (!same_topic(writer.port, port) || writer.port.streamlet == port.streamlet) continue;
    if (!writer.has_pods) continue;  // an earlier run has ended them
    names.push_back(writer.port.streamlet + "." + writer.port.port);
    std::ranges::move(ids_of(writer.changes), std::back_inserter(out.writers));
  }
  std::vector<std::string> left;
  for (const Loss& loss : losses) left.push_back(loss.what);
  for (Change* change : reader.changes) {
    change->notes.push_back(fmt::format(
        "--drain: waits {}until {}.{} has read what topic {} holds then{}",
        names.empty() ? "" : fmt::format("for {} to leave the topic, and ", join(names, ", ")), port.streamlet,
        port.port, port.topic, left.empty() ? "" : fmt::format("; now there are {}", join(left, ", "))));
  }
  note_next_topic(reader);
  return out;
}

/// Who was to read what a port has written to the topic that it leaves, and never was wired to it: an apply that moved
/// the writer and not yet its readers is gone back on. They are the readers of the topic that the writer had before, or
/// goes to, named as readers of the topic that it leaves.
std::vector<WiredPort> readers_never_moved(const GivenUp& writer, const GivenUpPorts& ports, const Readers& readers) {
  const WiredPort& left = writer.port;
  const std::string name = left.streamlet + "." + left.port;
  const auto recorded = readers.recorded.find(name);
  const bool moved = recorded != readers.recorded.end() && recorded->second != left.topic;
  const bool unread = std::ranges::none_of(ports.wired, [&](const WiredPort& port) {
    return same_topic(port, left) && port.group != left.group && !writes(port, readers);
  });
  std::vector<WiredPort> out;
  // What others outside this application read needs no reader here, so long as it is recorded so.
  if (!moved && (!unread || recorded != readers.recorded.end())) return out;
  for (const WiredPort& port : ports.wired) {
    const bool beside = port.topic == writer.next || (moved && port.topic == recorded->second);
    if (!beside || port.group == left.group || writes(port, readers)) continue;
    const bool came = std::ranges::any_of(
        ports.wired, [&](const WiredPort& one) { return one.group == port.group && same_topic(one, left); });
    const bool known = came || std::ranges::find(out, port.group, &WiredPort::group) != out.end();
    if (known) continue;
    out.push_back(left);
    out.back().group = port.group;
    out.back().streamlet = port.streamlet;
    out.back().port = port.port;
  }
  return out;
}

/// Adds what is left in topics whose readers never came to them.
Result<void> add_left_behind(const GivenUpPorts& ports, const Readers& readers, Provider& kafka,
                             const std::stop_token& stop) {
  std::vector<WiredPort> asked;
  std::vector<const GivenUp*> writers;
  for (const GivenUp& writer : ports.writers) {
    for (WiredPort& port : readers_never_moved(writer, ports, readers)) {
      asked.push_back(std::move(port));
      writers.push_back(&writer);
    }
  }
  CF_TRY(const std::vector<std::vector<Loss>> losses, ask(asked, "", readers, kafka, stop));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (losses[i].empty()) continue;
    const WiredPort& left = writers[i]->port;
    for (Change* change : writers[i]->changes) {
      for (const Loss& loss : losses[i]) lose(*change, loss);
      change->notes.push_back(
          fmt::format("{}.{} leaves topic {}, to which {}.{} has not come; to have it read: apply "
                      "to the end what wired them to it, then go back with --drain",
                      left.streamlet, left.port, left.topic, asked[i].streamlet, asked[i].port));
    }
  }
  return {};
}

/// See Unread::stays_with. A streamlet that reads what it writes changes as a whole.
std::map<ResourceId, std::vector<ResourceId>> find_stays(const GivenUpPorts& ports) {
  std::map<ResourceId, std::vector<ResourceId>> out;
  for (const GivenUp& reader : ports.readers) {
    if (reader.is_gone) continue;
    for (const GivenUp& writer : ports.writers) {
      if (!same_topic(writer.port, reader.port) || writer.port.streamlet == reader.port.streamlet) continue;
      if (!writer.has_pods) continue;  // an earlier run has ended them, and a Secret writes nothing
      std::vector<ResourceId> held = ids_of(reader.changes);
      // A pod that restarts has to find its old topic.
      if (reader.has_pods && reader.secret != nullptr) held.push_back(reader.secret->id);
      for (const ResourceId& id : held) std::ranges::move(ids_of(writer.changes), std::back_inserter(out[id]));
    }
  }
  return out;
}

}  // namespace

bool keeps_replicas(const ResourceId& id) { return id.kind == "Deployment.apps" || id.kind == "StatefulSet.apps"; }

bool may_rewire(const Change& change) { return change.id.kind == "Secret" && change.action != Action::none; }

bool needs_live_text(const Change& change) {
  if (change.id.provider != "kubernetes") return false;
  if (change.id.kind == "Secret") return true;
  return change.action == Action::remove || (change.action != Action::none && keeps_replicas(change.id));
}

std::string streamlet_of(const Json& object) {
  const Json* labels = find(object, {"metadata", "labels"});
  return labels == nullptr ? "" : string_at(*labels, {streamlet_label});
}

std::optional<std::string> cluster_of(const WiredPort& port, const std::map<std::string, std::string>& clusters) {
  if (port.brokers.empty()) return port.cluster;
  const auto known =
      std::ranges::find_if(clusters, [&](const auto& cluster) { return share_address(cluster.first, port.brokers); });
  return known == clusters.end() ? std::nullopt : std::optional(known->second);
}

std::vector<WiredPort> wired_ports(const Json& secret) { return told_ports(secret).value_or(ToldPorts()).ports; }

std::string shared_readers_note(const std::string& application, const std::string& ns,
                                std::span<const WiredPort> readers,
                                const std::optional<std::vector<WiredPort>>& other) {
  constexpr std::size_t most_groups = 3;
  constexpr std::string_view way_out = "a group-prefix in one of the two environments keeps them apart";
  const std::string both = fmt::format("{} is deployed in namespace {}, too", application, ns);
  if (!other)
    return fmt::format("{}; whether it reads the same topics by the same groups cannot be seen: {}", both, way_out);
  std::vector<std::string> groups;
  for (const WiredPort& reader : readers) {
    if (std::ranges::any_of(*other, [&](const WiredPort& one) { return same_reader(one, reader); }))
      groups.push_back(fmt::format("{} (topic {})", reader.group, reader.topic));
  }
  if (groups.empty()) return "";
  std::ranges::sort(groups);
  if (groups.size() > most_groups) {
    const std::size_t more = groups.size() - most_groups;
    groups.resize(most_groups);
    groups.push_back(fmt::format("{} more", more));
  }
  return fmt::format("{}, and shares consumer groups with it, so each record goes to only one of both: {}; {}", both,
                     join(groups, ", "), way_out);
}

Result<Unread> add_unread(const Readers& readers, std::span<Provider* const> providers, std::vector<Change>& changes,
                          std::stop_token stop) {
  GivenUpPorts ports = GivenUpSearch(readers, changes).run();
  Unread out;
  if (ports.readers.empty() && ports.writers.empty()) return out;
  const auto kafka = std::ranges::find_if(providers, [](const Provider* one) { return one->name() == "kafka"; });
  if (kafka == providers.end()) {
    for (const GivenUp& one : ports.readers) {
      add_losses(one, {not_found_out(one.port, readers, "the application has no Kafka cluster any more")}, {}, readers);
    }
    out.stays_with = find_stays(ports);
    return out;
  }
  std::vector<WiredPort> asked;
  for (const GivenUp& one : ports.readers) asked.push_back(one.port);
  CF_TRY(const std::vector<std::vector<Loss>> losses, ask(asked, "", readers, **kafka, stop));
  std::vector<std::vector<Loss>> obstacles(asked.size());
  if (readers.drain) {
    CF_TRY(obstacles, ask(asked, "Drain", readers, **kafka, stop));
  }
  std::vector<std::size_t> draining;
  for (std::size_t i = 0; i < ports.readers.size(); ++i) {
    const GivenUp& one = ports.readers[i];
    if (readers.drain && can_drain(one, losses[i], obstacles[i], readers)) {
      draining.push_back(i);
    } else {
      add_losses(one, losses[i], writers_of(one, ports, readers), readers);
      // What nothing shows to read may well write.
      if (!shows_reader(losses[i]) && !reads(one.port, readers)) ports.writers.push_back(one);
    }
  }
  CF_CHECK(add_left_behind(ports, readers, **kafka, stop));
  for (const std::size_t i : draining)
    out.drains.push_back(make_drain(ports.readers[i], losses[i], ports.writers, readers));
  out.stays_with = find_stays(ports);
  return out;
}

}  // namespace cloudflow
