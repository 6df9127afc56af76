// Spreads the work over the clusters, and knows which topics this application created.
#include "providers/kafka/kafka_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "providers/kafka/group_drain.h"
#include "providers/kafka/kafka_cluster.h"
#include "providers/kafka/topic/topic_compare.h"
#include "providers/kafka/topic/topic_headline.h"
#include "providers/kafka/topic/topic_writes.h"
#include "sdk/support/text.h"

namespace cloudflow {

namespace {

/// Asked for as GROUP:TOPIC; neither changes nor exists in a plan, it is only waited for.
constexpr std::string_view group_kind = "ConsumerGroup";
/// The same of a reader that is given up, with the groups that its pods have of their own.
constexpr std::string_view drain_kind = "Drain";

}  // namespace

namespace {

Result<KafkaConnection> connect(KafkaClusterOptions options) {
  auto properties = client_properties(options.properties);
  if (!properties) {
    Error error = std::move(properties).error();
    error.message = fmt::format("kafka cluster {}: {}", quote(options.name), error.message);
    error.where = options.where;
    return std::unexpected(std::move(error));
  }
  Result<std::unique_ptr<LibrdkafkaAdmin>> admin =
      LibrdkafkaAdmin::open(options.name, options.bootstrap_servers, *properties);
  if (!admin) {
    admin.error().where = options.where;
    return std::unexpected(std::move(admin).error());
  }
  return KafkaConnection{std::move(options), *std::move(admin)};
}

/// Runs work(i) for i < count, each in its own thread; clusters are few.
template <class Work>
void in_parallel(std::size_t count, const Work& work) {
  if (count == 1) return work(std::size_t{0});
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
}

using Connected = std::map<std::string, std::unique_ptr<KafkaCluster>>;

}  // namespace

struct KafkaProvider::State {
  std::mutex clusters_mutex{};                     ///< of the next five
  Connected clusters{};                            ///< what has been connected to is never taken away
  std::map<std::string, KafkaConnection> spare{};  ///< not connected to so far
  std::map<std::string, std::string> spare_ids{};
  Fence fence{};
  std::string ending{};
  Clock* clock = nullptr;
  std::mutex watches_mutex{};
  std::map<ResourceId, DrainWatch> watches{};
  std::mutex confirmed_mutex{};
  std::set<ResourceId> confirmed{};
  Inventory last_record{};  ///< what read() was last told, for what has to be read once more

  void add(KafkaConnection connection) {
    const std::string name = connection.options.name;
    auto cluster = std::make_unique<KafkaCluster>(std::move(connection.options), std::move(connection.admin), *clock);
    cluster->guard_writes(fence);
    cluster->expect_end_of(ending);
    clusters.insert_or_assign(name, std::move(cluster));
  }

  /// Connects to a spare one when it is asked for first.
  Result<KafkaCluster*> cluster(const std::string& name) {
    const std::scoped_lock lock(clusters_mutex);
    const auto found = clusters.find(name);
    if (found != clusters.end()) return found->second.get();
    if (const auto one = spare.find(name); one != spare.end()) {
      if (one->second.admin == nullptr) {
        CF_TRY(one->second, connect(one->second.options));
      }
      add(one->second);
      spare.erase(one);
      return clusters.at(name).get();
    }
    std::vector<std::string> known;
    for (const auto& [one, cluster] : clusters) known.push_back(one);
    return failure(ErrorKind::not_found, fmt::format("there is no Kafka cluster {}", quote(name)),
                   known.empty() ? "no Kafka cluster is configured" : "there is: " + join(known, ", "));
  }

  /// All but the spare ones.
  std::vector<KafkaCluster*> used() {
    const std::scoped_lock lock(clusters_mutex);
    std::vector<KafkaCluster*> out;
    for (const auto& [name, cluster] : clusters) {
      if (!cluster->is_spare()) out.push_back(cluster.get());
    }
    return out;
  }
  /// The spare ones that are the clusters with these ids, each with its id. An error where one of them may be one that
  /// cannot be asked.
  Result<std::vector<std::pair<KafkaCluster*, std::string>>> find_spare(const std::set<std::string>& wanted,
                                                                        const std::stop_token& stop);

  /// See Provider::read.
  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory, std::stop_token stop);
  /// What a run asked for that was killed may take effect only now, and others may be at work. Compares the topics that
  /// are not any more what was read once more, and takes these out of `rejected`; gives those with something left to
  /// do.
  Result<std::vector<Change*>> look_again(std::vector<KafkaCluster::Rejected>& rejected, const std::stop_token& stop);

  Result<Readiness> drained(const ResourceId& id, const std::stop_token& stop) {
    CF_TRY(KafkaCluster* const at, cluster(id.scope));
    const std::size_t colon = id.name.rfind(':');
    if (colon == std::string::npos)
      return failure(ErrorKind::invalid_input, fmt::format("{}: not GROUP:TOPIC", id.text()));
    std::vector<std::string> groups{id.name.substr(0, colon)};
    if (id.kind == drain_kind) {
      CF_TRY(const std::vector<GroupListing> listed, at->impatient_admin().groups(stop));
      for (const GroupListing& group : listed) {
        if (group.name.starts_with(groups.front() + ".")) groups.push_back(group.name);
      }
    }
    const std::scoped_lock lock(watches_mutex);
    return cloudflow::drained(at->impatient_admin(), groups, id.name.substr(colon + 1), watches[id], clock->now(),
                              stop);
  }
};

namespace {

/// What read() looks for in one cluster.
struct Search {
  KafkaCluster* cluster = nullptr;
  std::string id{};
  std::vector<KafkaCluster::TopicQuery> queries{};
  std::vector<const Resource*> desired{};  ///< beside queries; null: only owned
  std::set<std::string> owned{};
  std::map<std::string, std::string> ids{};  ///< of owned topics, as they were recorded
  Result<std::vector<Result<std::optional<TopicFacts>>>> found{};
};

using Rejected = KafkaCluster::Rejected;

/// What a topic may take to be seen by the broker that is asked, when another one knows it already.
constexpr std::chrono::seconds seen_by_all{15};
constexpr std::chrono::milliseconds look_pause{100};
/// What a request may take to be carried out whose sender was killed.
constexpr std::chrono::seconds on_its_way{2};

/// An apply that was killed may have sent its request to create a topic a moment ago. What nobody sees now would turn
/// up when its record is gone, and belong to nobody.
void await_intended(Search& search, Clock& clock, const std::stop_token& stop) {
  const auto end = clock.now() + on_its_way;
  while (search.found && !stop.stop_requested()) {
    std::vector<std::size_t> missing;
    std::vector<KafkaCluster::TopicQuery> queries;
    for (std::size_t i = 0; i < search.queries.size(); ++i) {
      const auto recorded = search.ids.find(search.queries[i].topic);
      const Result<std::optional<TopicFacts>>& found = (*search.found)[i];
      if (recorded == search.ids.end() || !recorded->second.empty() || !found || *found) continue;
      missing.push_back(i);
      queries.push_back(search.queries[i]);
    }
    if (missing.empty() || clock.now() >= end) return;
    clock.sleep(look_pause, stop);
    auto again = search.cluster->facts(queries, stop);
    if (!again) {
      search.found = std::unexpected(std::move(again).error());
      return;
    }
    for (std::size_t k = 0; k < missing.size(); ++k) (*search.found)[missing[k]] = std::move((*again)[k]);
  }
}

/// Whether two comparisons found the same to do.
bool is_same(const Change& one, const Change& other) {
  return one.action == other.action && one.refused == other.refused &&
         std::ranges::equal(one.fields, other.fields, [](const FieldChange& a, const FieldChange& b) {
           return a.pointer == b.pointer && a.before == b.before && a.after == b.after;
         });
}

/// The record of these topics only.
Inventory record_of(const Inventory& inventory, const std::vector<Rejected>& rejected) {
  Inventory out = inventory;
  for (auto& [cluster, topics] : out.topics) {
    std::erase_if(topics, [&](const std::string& topic) {
      return std::ranges::none_of(rejected, [&](const Rejected& one) { return one.change->id.name == topic; });
    });
  }
  return out;
}

/// What the last apply asked for of a topic; nothing where that is not recorded.
std::optional<AskedSettings> asked_before(const Inventory& inventory, const std::string& cluster,
                                          const std::string& topic) {
  const Json* recorded = find(inventory.last, {asked_member, cluster, topic});
  if (recorded == nullptr || !recorded->is_object()) return std::nullopt;
  AskedSettings out;
  for (const auto& [key, digest] : recorded->items()) {
    if (digest.is_string()) out.emplace(key, digest.get<std::string>());
  }
  return out;
}

}  // namespace

KafkaProvider::KafkaProvider(std::unique_ptr<State> state) : state_(std::move(state)) {}
KafkaProvider::~KafkaProvider() = default;

Result<std::unique_ptr<KafkaProvider>> KafkaProvider::open(std::vector<KafkaClusterOptions> clusters, Clock& clock) {
  std::vector<KafkaConnection> connections;
  for (KafkaClusterOptions& options : clusters) {
    if (options.is_spare) {
      connections.push_back({std::move(options), nullptr});
    } else {
      CF_TRY(KafkaConnection connection, connect(std::move(options)));
      connections.push_back(std::move(connection));
    }
  }
  return over(std::move(connections), clock);
}

std::unique_ptr<KafkaProvider> KafkaProvider::over(std::vector<KafkaConnection> connections, Clock& clock) {
  auto state = std::make_unique<State>();
  state->clock = &clock;
  for (KafkaConnection& one : connections) {
    if (one.options.is_spare) {
      std::string name = one.options.name;
      state->spare.insert_or_assign(std::move(name), std::move(one));
    } else {
      state->add(std::move(one));
    }
  }
  return std::unique_ptr<KafkaProvider>(new KafkaProvider(std::move(state)));
}

void KafkaProvider::guard_writes(const Fence& fence) {
  const std::scoped_lock lock(state_->clusters_mutex);
  state_->fence = fence;
  for (const auto& [name, cluster] : state_->clusters) cluster->guard_writes(fence);
}

Result<std::vector<Live>> KafkaProvider::read(std::span<const Resource> desired, const Inventory& inventory,
                                              std::stop_token stop) {
  {
    const std::scoped_lock lock(state_->confirmed_mutex);
    state_->last_record = inventory;
  }
  return state_->read(desired, inventory, std::move(stop));
}

Result<std::vector<Live>> KafkaProvider::State::read(std::span<const Resource> desired, const Inventory& inventory,
                                                     std::stop_token stop) {
  std::map<std::string, Search> by_name;
  for (const Resource& resource : desired) {
    auto found = cluster(resource.id.scope);
    if (!found) {
      Error error = std::move(found).error();
      error.message = fmt::format("{}: {}", resource.id.text(), error.message);
      error.where = resource.origin_of("");
      return std::unexpected(std::move(error));
    }
    CF_TRY(TopicWish wish, topic_wish(resource));
    Search& search = by_name[resource.id.scope];
    search.cluster = *found;
    search.queries.push_back({.topic = resource.id.name, .wanted = std::move(wish.config)});
    search.desired.push_back(&resource);
  }
  std::set<std::string> unseen;
  for (const auto& [id, topics] : inventory.topics) {
    if (!topics.empty()) unseen.insert(id);
  }
  if (!unseen.empty()) {  // any cluster may be the one with leftovers
    for (KafkaCluster* cluster : used()) by_name[cluster->name()].cluster = cluster;
  }
  std::vector<Search*> searches;
  for (auto& [name, search] : by_name) searches.push_back(&search);

  std::vector<Result<ClusterInfo>> infos(searches.size());
  in_parallel(searches.size(), [&](std::size_t i) { infos[i] = searches[i]->cluster->info(stop); });
  std::set<std::pair<std::string, std::string>> claimed;  // cluster id, topic: two names may mean one cluster
  for (std::size_t i = 0; i < searches.size(); ++i) {
    if (!infos[i]) return std::unexpected(std::move(infos[i]).error());
    searches[i]->id = infos[i]->id;
    unseen.erase(infos[i]->id);
    for (const Resource* resource : searches[i]->desired) {
      if (claimed.emplace(searches[i]->id, resource->id.name).second) continue;
      Error error{ErrorKind::invalid_input,
                  fmt::format("{}: is asked for twice, and Kafka cluster {} is the same as another one's",
                              resource->id.text(), quote(resource->id.scope)),
                  resource->origin_of(""),
                  {}};
      return std::unexpected(std::move(error));
    }
  }
  if (!unseen.empty()) {
    CF_TRY(const auto spares, find_spare(unseen, stop));
    for (const auto& [cluster, id] : spares) {
      Search& search = by_name[cluster->name()];
      search.cluster = cluster;
      search.id = id;
      searches.push_back(&search);
    }
  }
  for (Search* search : searches) {
    const auto ledger = inventory.topics.find(search->id);
    if (ledger == inventory.topics.end()) continue;
    search->owned.insert(ledger->second.begin(), ledger->second.end());
    if (const auto ids = inventory.topic_ids.find(search->id); ids != inventory.topic_ids.end())
      search->ids = ids->second;
    for (const std::string& topic : search->owned) {
      if (!claimed.emplace(search->id, topic).second) continue;
      search->queries.push_back({.topic = topic, .is_desired = false});
      search->desired.push_back(nullptr);
    }
  }
  in_parallel(searches.size(), [&](std::size_t i) {
    searches[i]->found = searches[i]->cluster->facts(searches[i]->queries, stop);
    await_intended(*searches[i], *clock, stop);
  });

  std::vector<Live> out;
  for (Search* search : searches) {
    if (!search->found) return std::unexpected(std::move(search->found).error());
    for (std::size_t i = 0; i < search->queries.size(); ++i) {
      Result<std::optional<TopicFacts>>& found = (*search->found)[i];
      if (!found) {
        Error error = std::move(found).error();
        if (search->desired[i] != nullptr) error.where = search->desired[i]->origin_of("");
        return std::unexpected(std::move(error));
      }
      if (!*found) continue;
      TopicFacts& facts = **found;
      facts.cluster_id = search->id;
      facts.asked = asked_before(inventory, search->id, search->queries[i].topic);
      const std::string& topic = search->queries[i].topic;
      const auto recorded = search->ids.find(topic);
      bool is_other = recorded != search->ids.end() && !facts.topic_id.empty() && recorded->second != facts.topic_id;
      if (is_other && recorded->second.empty() && search->cluster->is_untouched(topic, facts.partitions, stop)) {
        // It was to be made, and whoever made it has not used it: who that was cannot be known, so it is said.
        is_other = false;
        facts.presumed = true;
        const std::scoped_lock lock(confirmed_mutex);
        confirmed.insert({"kafka", "Topic", search->cluster->name(), topic});
      }
      facts.owned = search->owned.contains(topic) && !is_other;
      if (search->owned.contains(topic) && is_other) facts.recorded_id = recorded->second;
      out.push_back({{"kafka", "Topic", search->cluster->name(), search->queries[i].topic}, to_document(facts)});
    }
  }
  std::ranges::sort(out, {}, &Live::id);
  return out;
}

Result<std::vector<std::pair<KafkaCluster*, std::string>>> KafkaProvider::State::find_spare(
    const std::set<std::string>& wanted, const std::stop_token& stop) {
  std::set<std::string> ids = wanted;  // not found so far
  std::vector<std::string> names;
  {
    const std::scoped_lock lock(clusters_mutex);
    for (const auto& [name, connection] : spare) names.push_back(name);
    for (const auto& [name, cluster] : clusters) {
      if (cluster->is_spare()) names.push_back(name);
    }
  }
  std::vector<Result<KafkaCluster*>> connected(names.size(), nullptr);
  std::vector<Result<ClusterInfo>> infos(names.size());
  const auto ask = [&](bool patiently) {
    in_parallel(names.size(), [&](std::size_t i) {
      if (patiently && infos[i]) return;
      connected[i] = cluster(names[i]);
      infos[i] = !connected[i] ? std::unexpected(connected[i].error())
                 : patiently   ? (*connected[i])->info(stop)
                               : (*connected[i])->info_at_once(stop);
    });
    for (const Result<ClusterInfo>& info : infos) {
      if (info) ids.erase(info->id);
    }
  };
  ask(false);
  // One that is away and is not needed holds nobody up; one that may be needed is waited for.
  if (!ids.empty()) ask(true);
  std::vector<std::pair<KafkaCluster*, std::string>> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (infos[i]) {
      if (wanted.contains(infos[i]->id)) out.emplace_back(*connected[i], infos[i]->id);
    } else if (!ids.empty()) {
      Error error = infos[i].error();
      if (error.hint.empty())
        error.hint =
            "this application has made topics on a cluster that the source does not use any more, and it may be this "
            "one; take it out of the environment when it is gone for good";
      return std::unexpected(std::move(error));
    }
  }
  const std::scoped_lock lock(clusters_mutex);
  for (const auto& [cluster, id] : out) spare_ids.insert_or_assign(cluster->name(), id);
  return out;
}

// Streamlets use topics, and records use them: a topic goes after the former and before the latter.
Traits KafkaProvider::traits(const ResourceId& id) const {
  return {.removed_by_name = id.kind == "Topic", .tells_managers = false, .removal_rank = 2};
}

std::string KafkaProvider::headline(const Resource& desired) const { return topic_headline(desired); }

Result<Change> KafkaProvider::compare(const Resource* desired, const Live* live) const {
  return compare_topic(desired, live);
}

Result<std::vector<Change*>> KafkaProvider::State::look_again(std::vector<Rejected>& rejected,
                                                              const std::stop_token& stop) {
  std::vector<Change*> moved;
  for (const auto end = clock->now() + seen_by_all;; clock->sleep(look_pause, stop)) {
    std::vector<Rejected> open;
    std::ranges::copy_if(rejected, std::back_inserter(open), &Rejected::has_moved);
    std::erase_if(open, [&](const Rejected& one) { return std::ranges::find(moved, one.change) != moved.end(); });
    std::ranges::sort(open, {}, &Rejected::change);  // its partitions and its settings may both have been rejected
    const auto twice = std::ranges::unique(open, {}, &Rejected::change);
    open.erase(twice.begin(), twice.end());
    if (open.empty()) break;
    std::vector<Resource> desired;
    for (const Rejected& one : open) {
      if (one.change->action != Action::remove) desired.push_back(one.change->desired);
    }
    Inventory record;
    {
      const std::scoped_lock lock(confirmed_mutex);
      record = record_of(last_record, open);
    }
    CF_TRY(const std::vector<Live> live, read(desired, record, stop));
    for (const Rejected& one : open) {
      Change& change = *one.change;
      const auto found = std::ranges::find(live, change.id, &Live::id);
      const Live* now = found == live.end() ? nullptr : &*found;
      Change fresh{.id = change.id};
      if (change.action != Action::remove) {
        CF_TRY(fresh, compare_topic(&change.desired, now));
      } else if (now != nullptr) {
        continue;  // its leaders may be away
      }
      if (is_same(fresh, change)) continue;
      change = std::move(fresh);
      moved.push_back(&change);
    }
    if (clock->now() >= end) break;
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "stopped while topics were read once more");
  }
  std::erase_if(rejected, [&](const Rejected& one) { return std::ranges::find(moved, one.change) != moved.end(); });
  std::erase_if(moved, [](const Change* change) { return change->action == Action::none; });
  return moved;
}

Result<std::vector<Error>> KafkaProvider::verify(std::span<Change> changes, std::stop_token stop) {
  std::map<std::string, std::vector<Change*>> by_cluster;
  for (Change& change : changes) {
    if (change.action != Action::none) by_cluster[change.id.scope].push_back(&change);
  }
  std::vector<Error> rejections;
  for (auto& [name, ours] : by_cluster) {
    CF_TRY(KafkaCluster* const cluster, state_->cluster(name));
    std::vector<Rejected> rejected;
    CF_CHECK(cluster->verify(ours, rejected, stop));
    CF_TRY(std::vector<Change*> moved, state_->look_again(rejected, stop));
    if (!moved.empty()) CF_CHECK(cluster->verify(moved, rejected, stop));
    for (Rejected& one : rejected) {
      if (one.change->action == Action::remove) continue;  // it is refused, with the reason
      if (one.has_moved()) one.error.hint = "the topic has changed since it was read: plan again";
      rejections.push_back(std::move(one.error));
    }
  }
  return rejections;
}

Result<void> KafkaProvider::apply(const Change& change, std::stop_token stop) {
  CF_TRY(KafkaCluster* const cluster, state_->cluster(change.id.scope));
  Result<void> applied = cluster->apply(change, stop);
  if (!applied) return std::unexpected(without_secrets(std::move(applied).error(), change.desired));
  return applied;
}

Result<std::vector<Readiness>> KafkaProvider::readiness(std::span<const ResourceId> ids, std::stop_token stop) {
  std::map<std::string, std::vector<std::size_t>> by_cluster;
  std::vector<Readiness> out(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i].kind == group_kind) {
      CF_TRY(out[i], state_->drained(ids[i], stop));
    } else if (ids[i].kind == drain_kind) {
      Result<Readiness> answer = state_->drained(ids[i], stop);
      if (!answer && answer.error().kind == ErrorKind::interrupted) return std::unexpected(answer.error());
      out[i] = answer ? *std::move(answer) : Readiness{Readiness::State::waiting, answer.error().message};
      if (out[i].state == Readiness::State::failed)
        out[i].reason += "; when what is left is not needed: run it without --drain";
    } else {
      by_cluster[ids[i].scope].push_back(i);
    }
  }
  for (const auto& [name, indices] : by_cluster) {
    CF_TRY(KafkaCluster* const cluster, state_->cluster(name));
    std::vector<std::string> topics;
    for (const std::size_t i : indices) topics.push_back(ids[i].name);
    CF_TRY(std::vector<Readiness> answers, cluster->readiness(topics, stop));
    for (std::size_t i = 0; i < indices.size(); ++i) out[indices[i]] = std::move(answers[i]);
  }
  return out;
}

namespace {

/// Of a reader named GROUP:TOPIC.
std::string unread_of(const ResourceId& reader) {
  const std::size_t colon = reader.name.rfind(':');
  return fmt::format("what group {} has not read of topic {}", reader.name.substr(0, colon),
                     reader.name.substr(colon + 1));
}

}  // namespace

Result<std::vector<std::vector<Loss>>> KafkaProvider::unread(std::span<const ResourceId> readers,
                                                             std::stop_token stop) {
  std::map<std::string, std::vector<std::size_t>> by_cluster;
  for (std::size_t i = 0; i < readers.size(); ++i) by_cluster[readers[i].scope].push_back(i);
  std::vector<std::vector<Loss>> out(readers.size());
  for (const auto& [name, indices] : by_cluster) {
    std::vector<ResourceId> mine;
    for (const std::size_t i : indices) mine.push_back(readers[i]);
    Result<std::vector<std::vector<Loss>>> answers = failure(ErrorKind::not_found, "it is not configured any more");
    if (const Result<KafkaCluster*> cluster = state_->cluster(name)) answers = (*cluster)->unread(mine, stop);
    if (!answers && answers.error().kind == ErrorKind::interrupted) return std::unexpected(answers.error());
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (answers) {
        out[indices[i]] = std::move((*answers)[i]);
      } else {  // what cannot be asked is not taken for nothing
        out[indices[i]].push_back({fmt::format("{}, which cannot be found out: kafka cluster {}: {}",
                                               unread_of(mine[i]), quote(name), answers.error().message),
                                   false});
      }
    }
  }
  return out;
}

void KafkaProvider::expect_end_of(const std::string& groups) {
  const std::scoped_lock lock(state_->clusters_mutex);
  state_->ending = groups;
  for (const auto& [name, cluster] : state_->clusters) cluster->expect_end_of(groups);
}

Result<std::map<std::string, std::string>> KafkaProvider::topic_ids(const std::string& cluster,
                                                                    const std::vector<std::string>& topics,
                                                                    std::stop_token stop) {
  CF_TRY(KafkaCluster* const found, state_->cluster(cluster));
  return found->topic_ids(topics, stop);
}

std::vector<ResourceId> KafkaProvider::confirmed() {
  const std::scoped_lock lock(state_->confirmed_mutex);
  return {state_->confirmed.begin(), state_->confirmed.end()};
}

bool KafkaProvider::was_there(const ResourceId& topic) {
  const Result<KafkaCluster*> cluster = state_->cluster(topic.scope);
  return cluster && (*cluster)->was_there(topic.name);
}

Result<std::map<std::string, std::string>> KafkaProvider::cluster_ids(std::stop_token stop) {
  const std::vector<KafkaCluster*> clusters = state_->used();
  std::vector<Result<ClusterInfo>> infos(clusters.size());
  in_parallel(clusters.size(), [&](std::size_t i) { infos[i] = clusters[i]->info(stop); });
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (!infos[i]) return std::unexpected(std::move(infos[i]).error());
    out.emplace(clusters[i]->name(), infos[i]->id);
  }
  return out;
}

std::map<std::string, std::string> KafkaProvider::spare_ids() {
  const std::scoped_lock lock(state_->clusters_mutex);
  return state_->spare_ids;
}

Result<std::vector<TopicStatus>> KafkaProvider::topics(const std::string& cluster,
                                                       const std::vector<std::string>& topics, std::stop_token stop) {
  CF_TRY(KafkaCluster* const found, state_->cluster(cluster));
  return topic_status(*found, topics, stop);
}

Result<std::vector<GroupLag>> KafkaProvider::lag(const std::string& cluster,
                                                 const std::map<std::string, std::vector<std::string>>& groups,
                                                 std::stop_token stop) {
  CF_TRY(KafkaCluster* const found, state_->cluster(cluster));
  return group_lag(*found, groups, stop);
}

}  // namespace cloudflow
