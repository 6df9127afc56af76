// Random topics, groups and defaults of a real broker: what a plan said of a change against what the broker keeps and
// who has not read what afterwards.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "providers/kafka/kafka_cluster.h"
#include "sdk/support/text.h"
#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/kafka_actor.h"
#include "tests/support/kafkabed.h"
#include "tests/support/random_search.h"

namespace cloudflow::testing {
namespace {

using Settings = std::map<std::string, std::string>;
constexpr long long hour = 3'600'000;  ///< milliseconds

/// Values that a topic may be given; limits are far from the ages of records, which are odd numbers of half hours.
const std::map<std::string, std::vector<std::string>>& choices() {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"retention.ms", {"-1", "3600000", "36000000", "360000000", "604800000", "9000000000"}},
      {"retention.bytes", {"-1", "1000000", "50000000"}},
      {"cleanup.policy", {"delete", "compact", "compact,delete", "delete, compact"}},
      {"segment.ms", {"3600000", "604800000", "9000000000"}},
      {"delete.retention.ms", {"1000", "86400000", "900000000"}},
      {"min.compaction.lag.ms", {"0", "60000"}},
      {"max.compaction.lag.ms", {"86400000", "9223372036854775807"}},
      {"min.cleanable.dirty.ratio", {"0.5", "0.50", "0.9", "0.1"}},
      {"max.message.bytes", {"1048588", "500000"}},
      {"compression.type", {"producer", "lz4"}},
      {"flush.ms", {"1000", "9223372036854775807"}},
      {"segment.jitter.ms", {"0", "1000"}},
  };
  return all;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(engine_); }
  bool one_in(int n) { return up_to(n - 1) == 0; }
  const std::string& of(const std::vector<std::string>& values) {
    return values[static_cast<std::size_t>(up_to(static_cast<int>(values.size()) - 1))];
  }

 private:
  std::mt19937 engine_;
};

Settings random_settings(Dice& dice, const Settings& base) {
  Settings out;
  for (const auto& [key, values] : choices()) {
    if (const auto was = base.find(key); was != base.end() && dice.one_in(2)) {
      out.insert(*was);
    } else if (dice.one_in(key.starts_with("retention") || key == "cleanup.policy" ? 2 : 5)) {
      out.emplace(key, dice.of(values));
    }
  }
  // Kafka refuses these pairs.
  if (out.contains("min.compaction.lag.ms") && out.contains("max.compaction.lag.ms"))
    out.erase("min.compaction.lag.ms");
  return out;
}

std::set<std::string> parts(const std::string& list) {
  std::set<std::string> out;
  for (const std::string& part : split(list, ',')) out.emplace(trimmed(part));
  return out;
}

/// What Kafka's documentation says goes when these values in effect change.
struct Truth {
  bool loses = false;      ///< records that were kept by contract are not kept any more
  bool may_lose = false;   ///< depends on how far readers are behind
  bool cuts_time = false;  ///< retention.ms is less
};

bool less(const std::string& after, const std::string& before) {
  const auto limit = [](const std::string& text) {
    const long long number = std::stoll(text);
    return number < 0 ? std::numeric_limits<long long>::max() : number;
  };
  return limit(after) < limit(before);
}

Truth truth_of(const Settings& before, const Settings& after) {
  const std::set<std::string> was = parts(before.at("cleanup.policy"));
  const std::set<std::string> is = parts(after.at("cleanup.policy"));
  Truth out;
  out.cuts_time = is.contains("delete") && less(after.at("retention.ms"), before.at("retention.ms"));
  out.loses =
      out.cuts_time || (is.contains("delete") && less(after.at("retention.bytes"), before.at("retention.bytes"))) ||
      (is.contains("delete") && !was.contains("delete")) || (is.contains("compact") && !was.contains("compact"));
  for (const char* key : {"delete.retention.ms", "min.compaction.lag.ms", "max.compaction.lag.ms", "segment.ms"})
    out.may_lose = out.may_lose || (is.contains("compact") && less(after.at(key), before.at(key)));
  const auto ratio = [](const Settings& settings) { return std::stod(settings.at("min.cleanable.dirty.ratio")); };
  const bool sooner =
      ratio(after) < ratio(before) || less(before.at("segment.jitter.ms"), after.at("segment.jitter.ms"));
  out.may_lose = out.may_lose || (is.contains("compact") && sooner);
  return out;
}

struct Group {
  std::string kind{};
  std::string name{};
  long long committed = 0;  ///< of partition 0
};

/// Everything that a round does.
struct Scenario {
  Settings defaults{};  ///< of the cluster
  Settings config{};    ///< overrides of the topic when it is made
  int records = 0;
  std::vector<Group> groups{};  ///< names come with the round
  Settings asked{};             ///< overrides that are asked for afterwards
  std::optional<Settings> by_hand{};
};

Scenario random_scenario(unsigned seed) {
  Dice dice(seed);
  Scenario out;
  if (dice.one_in(6)) {
    out.defaults = {{"log.retention.ms", dice.of({"7200000", "90000000000"})},
                    {"log.roll.ms", dice.of({"7200000", "90000000000"})}};
  }
  out.config = random_settings(dice, {});
  out.records = dice.up_to(8);
  const int count = dice.up_to(2);
  for (int i = 0; i < count && out.records > 0; ++i) {
    out.groups.push_back({.kind = dice.of({"classic", "consumer", "share", "streams", "simple"}),
                          .committed = 1 + dice.up_to(out.records - 1)});
  }
  out.asked = random_settings(dice, out.config);
  if (dice.one_in(2)) out.by_hand = random_settings(dice, out.asked);
  return out;
}

std::string in_words(const Scenario& scenario) {
  std::string groups;
  for (const Group& group : scenario.groups) groups += fmt::format(", a {} group at {}", group.kind, group.committed);
  return fmt::format("defaults {}, topic {} with {} records{}; asked for {}{}", dump(Json(scenario.defaults)),
                     dump(Json(scenario.config)), scenario.records, groups, dump(Json(scenario.asked)),
                     scenario.by_hand ? "; then by hand " + dump(Json(*scenario.by_hand)) : "");
}

/// The scenario with one thing less, for every such thing.
std::vector<Scenario> smaller(const Scenario& scenario) {
  std::vector<Scenario> out;
  const auto add = [&](const auto& take) {
    Scenario less = scenario;
    take(less);
    out.push_back(std::move(less));
  };
  if (scenario.by_hand) add([](Scenario& less) { less.by_hand = std::nullopt; });
  for (std::size_t i = 0; i < scenario.groups.size(); ++i)
    add([&](Scenario& less) { less.groups.erase(less.groups.begin() + static_cast<long>(i)); });
  for (const auto& [key, value] : scenario.defaults) add([&](Scenario& less) { less.defaults.erase(key); });
  std::set<std::string> keys;
  for (const Settings* settings : {&scenario.config, &scenario.asked}) {
    for (const auto& [key, value] : *settings) keys.insert(key);
  }
  for (const std::string& key : keys) {
    add([&](Scenario& less) {
      less.config.erase(key);
      less.asked.erase(key);
      if (less.by_hand) less.by_hand->erase(key);
    });
  }
  for (const auto& [key, value] : scenario.config) add([&](Scenario& less) { less.config.erase(key); });
  for (const auto& [key, value] : scenario.asked) add([&](Scenario& less) { less.asked.erase(key); });
  if (scenario.by_hand) {
    for (const auto& [key, value] : *scenario.by_hand) add([&](Scenario& less) { less.by_hand->erase(key); });
  }
  if (scenario.records > 0) {
    add([](Scenario& less) {
      --less.records;
      std::erase_if(less.groups, [&](const Group& group) { return group.committed > less.records; });
    });
  }
  return out;
}

class Round {
 public:
  Round(Scenario scenario, const std::string& servers, KafkaActor& actor)
      : scenario_(std::move(scenario)),
        actor_(actor),
        admin_(must(LibrdkafkaAdmin::open("default", servers, must(client_properties({}))))),
        provider_(KafkaProvider::over({{{.name = "default", .bootstrap_servers = servers}, admin_}}, real_clock())) {
    cluster_ = must(provider_->cluster_ids({})).at("default");
  }

  void run() {
    for (const auto& [key, value] : scenario_.defaults) must(actor_.run(fmt::format("default {} {}", key, value)));
    make_topic();
    if (make_groups()) {
      change_settings("git");
      if (scenario_.by_hand) drift();
      read_all_but("unread");
      if (is_cleaned()) disagreements_.clear();
      remove();
    }
    for (const Group& group : groups_) must(actor_.run(fmt::format("forget {} {}", group.kind, group.name)));
    if (!gone_) must_each(admin_->delete_topics(std::vector{name_}, {}));
    for (const auto& [key, value] : scenario_.defaults) must(actor_.run(fmt::format("default {} -", key)));
  }

  const std::vector<std::string>& disagreements() const { return disagreements_; }

 private:
  template <class T>
  void must_each(Result<std::vector<Result<T>>> answers) {
    for (auto& one : must(std::move(answers))) must(std::move(one));
  }

  Settings effective() {
    const auto answers = must(admin_->describe_configs(std::vector{name_}, {}));
    Settings out;
    for (const ConfigEntry& entry : must(answers.at(0))) {
      if (entry.value) out.emplace(entry.key, *entry.value);
    }
    return out;
  }

  Resource wish() const { return topic(name_, {{"partitions", 1}, {"replicas", 1}, {"config", config_}}); }

  void make_topic() {
    name_ = fresh_name("oracle");
    config_ = scenario_.config;
    const Resource desired = wish();
    must(provider_->apply(must(provider_->compare(&desired, nullptr)), {}));
    REQUIRE(is_ready(*provider_, desired.id));
    const long long now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    std::string command = fmt::format("write {} 0", name_);
    const int records = scenario_.records;
    for (int i = 0; i < records; ++i) times_.push_back(now - (records - i) * 5 * hour - hour / 2);
    for (const long long time : times_) command += fmt::format(" {}", time);
    if (records > 0) must(actor_.run(command));
  }

  /// The broker looks for what is past retention soon after its start; a round in which it did so proves nothing.
  bool is_cleaned() {
    return must(must(admin_->offsets(std::vector<TopicPartition>{{name_, 0}}, OffsetSpec::earliest, {})).at(0)) > 0;
  }

  /// False when the broker took the records away from under the readers.
  bool make_groups() {
    for (Group group : scenario_.groups) {
      group.name = fresh_name("oracle.group");
      if (group.kind == "simple") {
        group.kind = "classic";
        must(actor_.run(fmt::format("commit {} {} 0 {}", group.name, name_, group.committed)));
      } else {
        const Result<void> read =
            actor_.run(fmt::format("read {} {} {} {}", group.kind, group.name, name_, group.committed));
        if (!read && is_cleaned()) {
          groups_.push_back(std::move(group));
          return false;
        }
        if (!read) FAIL(read.error().message);
      }
      groups_.push_back(std::move(group));
    }
    return true;
  }

  Change plan(const Resource* desired) {
    const std::vector<Resource> all = desired == nullptr ? std::vector<Resource>{} : std::vector{*desired};
    const std::vector<Live> live = must(provider_->read(all, owner_of(cluster_, {name_}), {}));
    std::vector<Change> changes{must(provider_->compare(desired, live_of(live, name_)))};
    for (const Error& rejection : must(provider_->verify(changes, {}))) FAIL(rejection.message);
    return changes[0];
  }

  /// Goes from what is to what is asked for, and holds what was said against what the broker keeps.
  void change_settings(const std::string& why) {
    if (why == "git") config_ = scenario_.asked;
    const Resource desired = wish();
    Settings before = effective();
    Change change = plan(&desired);
    // A broker answers with the old values until it has heard of a change from the controller.
    for (Settings now = effective(); now != before; now = effective()) {
      before = now;
      change = plan(&desired);
    }
    must(provider_->apply(change, {}));
    const Settings after = effective();
    const Truth truth = truth_of(before, after);
    const bool certain = std::ranges::any_of(change.losses, &Loss::certain);
    const std::string what = fmt::format("{}: {} → {}", why, dump(Json(before)), dump(Json(after)));
    if (truth.loses && !certain) disagree("loses records, and the plan did not say so", what, change);
    if (truth.may_lose && change.losses.empty())
      disagree("may lose records, and the plan did not say so", what, change);
    if (!truth.loses && certain) disagree("loses nothing, and the plan said it does", what, change);
    if (!truth.loses && !truth.may_lose && !change.losses.empty())
      disagree("loses nothing, and the plan said it may", what, change);
    for (const Loss& loss : change.losses) {
      if (loss.what.find("not known") != std::string::npos) disagree("everything is known here", what, change);
    }
    if (change.action == Action::none && before != after) disagree("no change, and something changed", what, change);
    if (plan(&desired).action != Action::none)
      disagree("a difference that an apply does not end", what, plan(&desired));
    if (truth.cuts_time) check_unread_past(std::stoll(after.at("retention.ms")), what, change);
  }

  /// Records that are older than the new limit and that a group has not read have to be counted.
  void check_unread_past(long long limit, const std::string& what, const Change& change) {
    if (limit < 0 || !config_.contains("retention.ms")) return;
    const long long now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    for (const Group& group : groups_) {
      long long unread = 0;
      for (std::size_t i = static_cast<std::size_t>(group.committed); i < times_.size(); ++i)
        unread += times_[i] < now - limit ? 1 : 0;
      const std::string line =
          fmt::format("{} of topic {} that group {} has not read",
                      unread == 1 ? "1 record" : fmt::format("{} records", unread), name_, group.name);
      const bool said = std::ranges::find(change.losses, line, &Loss::what) != change.losses.end();
      if (group.kind != "share" && said != (unread > 0)) disagree("unread records that go: " + line, what, change);
    }
  }

  /// Somebody changes an override by hand; the next plan takes it back.
  void drift() {
    const Settings& by_hand = *scenario_.by_hand;
    ConfigAlteration alteration{.topic = name_, .set = by_hand};
    for (const auto& [key, value] : config_) {
      if (!by_hand.contains(key)) alteration.unset.push_back(key);
    }
    if (alteration.set.empty() && alteration.unset.empty()) return;
    must_each(admin_->alter_configs(std::vector{alteration}, Write::really, {}));
    change_settings("drift");
  }

  void read_all_but(const std::string& what) {
    for (const Group& group : groups_) {
      const std::vector<ResourceId> asked{{"kafka", "ConsumerGroup", "default", group.name + ":" + name_}};
      const std::vector<std::vector<Loss>> answers = must(provider_->unread(asked, {}));
      const long long left = static_cast<long long>(times_.size()) - group.committed;
      const bool hidden = group.kind == "share";
      const bool right =
          hidden      ? answers[0].size() == 1 && !answers[0][0].certain
          : left == 0 ? answers[0].empty()
                      : answers[0].size() == 1 && answers[0][0].certain &&
                            answers[0][0].what.starts_with(left == 1 ? "1 record " : fmt::format("{} records ", left));
      if (!right) disagree(fmt::format("{} group has {} unread", group.kind, left), what, Change{.losses = answers[0]});
    }
  }

  void remove() {
    const Change change = plan(nullptr);
    const bool in_use = std::ranges::any_of(groups_, [&](const Group& group) {
      const bool opaque = group.kind == "share" || group.kind == "streams";
      return opaque || group.committed < static_cast<long long>(times_.size());
    });
    if (change.refused.has_value() != in_use) disagree("removal", in_use ? "it is read" : "nobody reads it", change);
    if (!in_use && change.losses.size() != 1) disagree("removal", "its records go", change);
    if (change.refused) return;
    must(provider_->apply(change, {}));
    gone_ = true;
  }

  void disagree(const std::string& how, const std::string& what, const Change& change) {
    std::string said;
    for (const Loss& loss : change.losses)
      said += fmt::format("\n    {} {}", loss.certain ? "loses" : "may lose", loss.what);
    for (const std::string& note : change.notes) said += "\n    note: " + note;
    if (change.refused) said += "\n    refused: " + *change.refused;
    std::string groups;
    for (const Group& group : groups_) groups += fmt::format(" {} {} at {}", group.kind, group.name, group.committed);
    disagreements_.push_back(
        fmt::format("{}\n  {}\n  {} records, groups:{}\n  said:{}", how, what, times_.size(), groups, said));
  }

  Scenario scenario_;
  KafkaActor& actor_;
  std::shared_ptr<KafkaAdmin> admin_;
  std::unique_ptr<KafkaProvider> provider_;
  std::string cluster_{};
  std::string name_{};
  Settings config_{};
  std::vector<long long> times_{};
  std::vector<Group> groups_{};
  std::vector<std::string> disagreements_{};
  bool gone_ = false;
};

std::vector<std::string> disagreements(const Scenario& scenario, const std::string& servers, KafkaActor& actor) {
  Round round(scenario, servers, actor);
  round.run();
  return round.disagreements();
}

/// A scenario of which nothing can be taken away without the disagreement going with it, as far as some tries find one.
Scenario shrunk(Scenario scenario, const std::string& servers, KafkaActor& actor) {
  int tries = 60;
  for (bool found = true; found;) {
    found = false;
    for (const Scenario& less : smaller(scenario)) {
      if (tries-- == 0) return scenario;
      if (disagreements(less, servers, actor).empty()) continue;
      scenario = less;
      found = true;
      break;
    }
  }
  return scenario;
}

}  // namespace

TEST_CASE("what a plan says of records is so", "[servers][alone][oracle][slow]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto actor = must(KafkaActor::start(CLOUDFLOW_SOURCE_DIR, servers));
  const RandomSearch search = random_search(8, 500);
  for (int i = 0; i < search.rounds; ++i) {
    const unsigned seed = search.seed + static_cast<unsigned>(i);
    const Scenario scenario = random_scenario(seed);
    const std::vector<std::string> first = disagreements(scenario, servers, *actor);
    if (first.empty()) continue;
    // On a busy machine the broker's own work in the background may come between; what is false stays false.
    if (disagreements(scenario, servers, *actor).empty()) {
      WARN(fmt::format("CLOUDFLOW_ORACLE_SEED={} CLOUDFLOW_ORACLE_ROUNDS=1: not seen again: {}", seed,
                       fmt::join(first, "\n")));
      continue;
    }
    const Scenario small = shrunk(scenario, servers, *actor);
    std::vector<std::string> said = disagreements(small, servers, *actor);
    if (said.empty()) said = first;
    FAIL_CHECK(fmt::format("CLOUDFLOW_ORACLE_SEED={} CLOUDFLOW_ORACLE_ROUNDS=1: {}\n  smallest: {}", seed,
                           fmt::join(said, "\n"), in_words(small)));
  }
}

}  // namespace cloudflow::testing
