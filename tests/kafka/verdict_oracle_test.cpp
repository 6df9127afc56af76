// Random topics, groups and defaults of a real broker: what a plan said of a change against what the broker keeps and
// who has not read what afterwards.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "providers/kafka/kafka_cluster.h"
#include "providers/kafka/librdkafka_admin.h"
#include "sdk/base/text.h"
#include "tests/kafka/topic_fixture.h"
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
      {"min.cleanable.dirty.ratio", {"0.5", "0.50", "0.9"}},
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
  for (const char* key : {"delete.retention.ms", "min.compaction.lag.ms", "max.compaction.lag.ms"})
    out.may_lose = out.may_lose || (is.contains("compact") && less(after.at(key), before.at(key)));
  return out;
}

struct Group {
  std::string kind{};
  std::string name{};
  long long committed = 0;  ///< of partition 0
};

class Round {
 public:
  Round(unsigned seed, const std::string& servers, KafkaActor& actor)
      : dice_(seed),
        actor_(actor),
        admin_(must(LibrdkafkaAdmin::open("default", servers, must(client_properties({}))))),
        provider_(KafkaProvider::over({{{.name = "default", .bootstrap_servers = servers}, admin_}}, real_clock())) {
    cluster_ = must(provider_->cluster_ids({})).at("default");
  }

  void run() {
    if (dice_.one_in(6)) set_defaults();
    make_topic();
    make_groups();
    change_settings("git");
    if (dice_.one_in(2)) drift();
    read_all_but("unread");
    // The broker looks for what is past retention every five minutes; a round in which it did so proves nothing.
    const bool cleaned =
        must(must(admin_->offsets(std::vector<TopicPartition>{{name_, 0}}, OffsetSpec::earliest, {})).at(0)) > 0;
    if (cleaned) disagreements_.clear();
    remove();
    for (const Group& group : groups_) must(actor_.run(fmt::format("forget {} {}", group.kind, group.name)));
    if (!gone_) must_each(admin_->delete_topics(std::vector{name_}, {}));
    for (const std::string& key : defaults_) must(actor_.run(fmt::format("default {} -", key)));
  }

  const std::vector<std::string>& disagreements() const { return disagreements_; }

 private:
  template <class T>
  void must_each(Result<std::vector<Result<T>>> answers) {
    for (auto& one : must(std::move(answers))) must(std::move(one));
  }

  void set_defaults() {
    const std::string retention = dice_.of({"7200000", "90000000000"});
    const std::string roll = dice_.of({"7200000", "90000000000"});
    for (const auto& [key, value] : {std::pair("log.retention.ms", retention), std::pair("log.roll.ms", roll)}) {
      must(actor_.run(fmt::format("default {} {}", key, value)));
      defaults_.emplace_back(key);
    }
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
    config_ = random_settings(dice_, {});
    const Resource desired = wish();
    must(provider_->apply(must(provider_->compare(&desired, nullptr)), {}));
    REQUIRE(is_ready(*provider_, desired.id));
    const long long now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    std::string command = fmt::format("write {} 0", name_);
    const int records = dice_.up_to(8);
    for (int i = 0; i < records; ++i) times_.push_back(now - (records - i) * 5 * hour - hour / 2);
    for (const long long time : times_) command += fmt::format(" {}", time);
    if (records > 0) must(actor_.run(command));
  }

  void make_groups() {
    const int count = dice_.up_to(2);
    for (int i = 0; i < count && !times_.empty(); ++i) {
      Group group{.kind = dice_.of({"classic", "consumer", "share", "simple"}), .name = fresh_name("oracle.group")};
      const int read = 1 + dice_.up_to(static_cast<int>(times_.size()) - 1);
      if (group.kind == "simple") {
        group.kind = "classic";
        must(actor_.run(fmt::format("commit {} {} 0 {}", group.name, name_, read)));
      } else {
        must(actor_.run(fmt::format("read {} {} {} {}", group.kind, group.name, name_, read)));
      }
      group.committed = read;
      groups_.push_back(std::move(group));
    }
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
    if (why == "git") config_ = random_settings(dice_, config_);
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
    const Settings by_hand = random_settings(dice_, config_);
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
      return group.kind == "share" || group.committed < static_cast<long long>(times_.size());
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

  Dice dice_;
  KafkaActor& actor_;
  std::shared_ptr<KafkaAdmin> admin_;
  std::unique_ptr<KafkaProvider> provider_;
  std::string cluster_{};
  std::string name_{};
  Settings config_{};
  std::vector<long long> times_{};
  std::vector<Group> groups_{};
  std::vector<std::string> defaults_{};
  std::vector<std::string> disagreements_{};
  bool gone_ = false;
};

}  // namespace

TEST_CASE("what a plan says of records is so", "[broker][oracle][slow]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto actor = must(KafkaActor::start(CLOUDFLOW_SOURCE_DIR, servers));
  const RandomSearch search = random_search(8, 500);
  for (int i = 0; i < search.rounds; ++i) {
    const unsigned seed = search.seed + static_cast<unsigned>(i);
    Round round(seed, servers, *actor);
    round.run();
    for (const std::string& one : round.disagreements())
      FAIL_CHECK(fmt::format("CLOUDFLOW_ORACLE_SEED={} CLOUDFLOW_ORACLE_ROUNDS=1: {}", seed, one));
  }
}

}  // namespace cloudflow::testing
