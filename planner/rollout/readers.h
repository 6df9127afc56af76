// Readers that a plan gives up: their consumer groups, and what they have not read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/provider.h"

namespace cloudflow {

/// A port and the topic that it is wired to, as a streamlet's Secret tells its pods. Writers are wired the same way.
struct WiredPort {
  std::string streamlet{};
  std::string port{};
  std::string group{};     ///< under which it reads, when it reads: <application>.<streamlet>.<inlet>, or own_group
  std::string topic{};     ///< its name in Kafka
  std::string cluster{};   ///< as the blueprint names it; "default" when it does not
  std::string brokers{};   ///< bootstrap servers; empty when the Secret does not say
  bool own_group = false;  ///< the consumer settings name the group (group.id), over what runtimes would call it
};

/// The ports that a streamlet's Secret wires; none of an object that is no such Secret.
std::vector<WiredPort> wired_ports(const Json& secret);

/// What a plan says where the application is deployed in another namespace, too, and reads the same topics by the same
/// groups there: each record then goes to one of both. `other`: what is wired there; nothing where that may not be
/// seen. Empty when they share nothing.
std::string shared_readers_note(const std::string& application, const std::string& ns,
                                std::span<const WiredPort> readers, const std::optional<std::vector<WiredPort>>& other);

/// The configured cluster that a port is on; `clusters`: bootstrap servers → name. None when its brokers are not
/// configured any more: what has its cluster's name now is another one.
std::optional<std::string> cluster_of(const WiredPort& port, const std::map<std::string, std::string>& clusters);

/// The streamlet that a live object belongs to, by its label; empty when it has none.
std::string streamlet_of(const Json& object);

/// What a plan compares beside the changes themselves.
struct Readers {
  /// Text of the live Secrets, of workloads that change, and of what is removed.
  std::map<ResourceId, std::string> live{};
  std::map<std::string, std::string> clusters{};  ///< bootstrap servers → name of the Kafka cluster
  std::set<std::string> outlets{};                ///< "<streamlet>.<port>" of ports that are known to write
  std::set<std::string> inlets{};                 ///< and to read
  std::set<std::string> asked_outlets{};          ///< of what is asked for; both are empty where that is not known
  std::set<std::string> asked_inlets{};
  std::map<std::string, std::string> recorded{};  ///< the same names → the topic when all was as asked for last
  std::set<std::string> stopped{};                ///< streamlets of which 0 replicas are asked for
  /// The ports as they were wired when all was as asked for last, without brokers and groups: what counts where a
  /// streamlet's Secret is gone or does not tell any more, and beside what it tells where that is something else.
  std::vector<WiredPort> deployed{};
  ResourceId record{};   ///< of the contracts: changes with what is asked for
  std::string groups{};  ///< how the groups of this application begin, without the dot
  bool drain = false;    ///< given-up readers are let read to the end first
};

/// Whether what runs it says how many pods it has: of others that is not known.
bool keeps_replicas(const ResourceId& id);

/// Whether a change may wire ports anew.
bool may_rewire(const Change& change);

/// Whether the live text is needed to tell which readers a change gives up, who writes what they read, and who runs.
bool needs_live_text(const Change& change);

/// A reader that reads to the end before the changes that give it up.
struct Drain {
  /// What Provider::readiness of Kafka is asked: "ready" when all groups of the reader have read what the topic held
  /// when that was asked first. Of kind Drain, named GROUP:TOPIC.
  ResourceId id{};
  std::vector<ResourceId> writers{};  ///< changes after which this application does not write to the topic any more
  std::vector<ResourceId> held{};     ///< changes that wait until it is read
};

/// What given-up readers depend on.
struct Unread {
  std::vector<Drain> drains{};
  /// Change of a reader that leaves a topic → changes after which writers have left it, too. When one of these is not
  /// made, the reader has to stay.
  std::map<ResourceId, std::vector<ResourceId>> stays_with{};
};

/// Adds what given-up readers have not read to the changes that give them up, with how to read it first. With
/// `Readers::drain` those that can be waited for lose nothing; they are returned. Asks the provider of topics about
/// those readers alone; nothing when there are none.
Result<Unread> add_unread(const Readers& readers, std::span<Provider* const> providers, std::vector<Change>& changes,
                          std::stop_token stop);

}  // namespace cloudflow
