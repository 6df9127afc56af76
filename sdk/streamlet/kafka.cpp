// Kafka's clients over librdkafka.
#include "sdk/streamlet/kafka.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <span>
#include <thread>

#include "sdk/streamlet/free.h"
#include "sdk/streamlet/log.h"

namespace cloudflow::streamlet {
namespace {

using namespace std::chrono_literals;

using Conf = std::unique_ptr<rd_kafka_conf_t, Free<rd_kafka_conf_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Free<rd_kafka_topic_partition_list_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Free<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Free<rd_kafka_queue_destroy>>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, Free<rd_kafka_error_destroy>>;

constexpr int most_at_once = 500;     ///< records of one poll
constexpr auto topic_patience = 10s;  ///< for a topic that a broker does not know yet
constexpr auto metadata_patience = 500ms;
constexpr std::chrono::milliseconds follow_patience = 1s;  ///< for what is committed

void drop_log(const rd_kafka_t*, int, const char*, const char*) {
}  // errors come to on_error; the default writes to stderr

/// Without librdkafka's remarks on its own state machine.
std::string one_line(std::string text) {
  if (const auto at = text.find(" (after "); at != std::string::npos) text.resize(at);
  std::ranges::replace(text, '\n', ' ');
  while (text.ends_with('.') || text.ends_with(' ')) text.pop_back();
  return text;
}

using Settings = std::map<std::string, std::string>;

/// Settings of ours, those of the user over them, and those on which the runner depends over all.
Result<Conf> configure(const std::string& who, const Settings& ours, const Settings& given, const Settings& fixed) {
  Conf conf(rd_kafka_conf_new());
  Settings all = given;
  all.insert(ours.begin(), ours.end());
  for (const auto& [name, value] : fixed) all[name] = value;
  for (const auto& [name, value] : all) {
    std::array<char, 512> reason{};
    const auto done = rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size());
    if (done == RD_KAFKA_CONF_OK) continue;
    if (done == RD_KAFKA_CONF_UNKNOWN) {
      log::warn(fmt::format("{}: the setting {} is not known to librdkafka, and ignored", who, name));
      continue;
    }
    // librdkafka's own words may quote the value, which may be a password.
    return failure(ErrorKind::invalid_input,
                   fmt::format("{}: librdkafka does not accept this value of the setting {}", who, name),
                   name == "sasl.jaas.config" ? "write sasl.username and sasl.password instead" : "");
  }
  return conf;
}

}  // namespace

struct Client::State {
  virtual ~State() {
    topics.clear();
    if (client != nullptr) rd_kafka_destroy(client);
  }
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static void on_error(rd_kafka_t*, int code, const char* reason, void* self) {
    State& state = *static_cast<State*>(self);
    const std::scoped_lock lock(state.mutex);
    const std::string text =
        one_line(reason != nullptr ? reason : rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)));
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      state.may_be_away = true;
    } else if (code == RD_KAFKA_RESP_ERR__FATAL) {
      state.note_fatal();
    } else if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
      if (!state.failed) state.failed = Error{ErrorKind::unauthenticated, state.place(text), std::nullopt, {}};
    } else {
      state.trouble = text;
    }
  }

  /// Makes the client of a configuration, which then is the client's.
  Result<void> create(rd_kafka_type_t type, Conf conf) {
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_log_cb(conf.get(), drop_log);
    rd_kafka_conf_set_error_cb(conf.get(), on_error);
    std::array<char, 512> reason{};
    client = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
    if (client == nullptr)
      return failure(ErrorKind::invalid_input, fmt::format("{}: {}", who, one_line(reason.data())));
    static_cast<void>(conf.release());
    return {};
  }

  std::string place(std::string_view what) const { return fmt::format("{}: kafka at {}: {}", who, brokers, what); }

  rd_kafka_topic_t* topic(const std::string& name) {
    const std::scoped_lock lock(mutex);
    TopicHandle& known = topics[name];
    if (!known) known.reset(rd_kafka_topic_new(client, name.c_str(), nullptr));
    return known.get();
  }

  /// What a broker says of the topic, or of itself without one.
  rd_kafka_resp_err_t ask(rd_kafka_topic_t* of, std::chrono::milliseconds time) const {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto failed_to_ask = rd_kafka_metadata(client, 0, of, &answer, static_cast<int>(time.count()));
    if (failed_to_ask != RD_KAFKA_RESP_ERR_NO_ERROR) return failed_to_ask;
    const auto said = answer->topic_cnt > 0 ? answer->topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_metadata_destroy(answer);
    return said;
  }

  /// What ended the client, if anything did. Under the lock.
  void note_fatal() {
    std::array<char, 512> words{};
    const auto code = client == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR  // it is being made
                                        : rd_kafka_fatal_error(client, words.data(), words.size());
    if (failed || code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (code == RD_KAFKA_RESP_ERR__FENCED) {  // librdkafka's words name only the first of the two
      failed = Error{ErrorKind::denied, place("the producer is fenced"), std::nullopt,
                     "another process has its name, or a transaction took longer than transaction.timeout.ms"};
    } else {
      failed = Error{ErrorKind::denied, place(one_line(words.data())), std::nullopt, {}};
    }
  }

  void is_away() {
    const std::scoped_lock lock(mutex);
    if (!said_away)
      log::warn(place(fmt::format("cannot be reached{}{}; trying on", trouble.empty() ? "" : ": ", trouble)));
    said_away = true;
    may_be_away = true;
  }
  void is_back() {
    const std::scoped_lock lock(mutex);
    if (said_away) log::info(place("answers again"));
    said_away = false;
    may_be_away = false;
  }

  std::string who{};
  std::string brokers{};
  std::string topic_name{};
  rd_kafka_t* client = nullptr;
  std::map<std::string, TopicHandle> topics{};
  mutable std::mutex mutex{};
  std::string trouble{};
  std::optional<Error> failed{};
  bool may_be_away = false;
  bool said_away = false;
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::optional<Error> Client::failed() const {
  const std::scoped_lock lock(state_->mutex);
  state_->note_fatal();  // also before on_error was called
  return state_->failed;
}

rd_kafka_s* Client::handle() const { return state_->client; }
std::string Client::place(std::string_view what) const { return state_->place(what); }

void Client::look() {
  {
    const std::scoped_lock lock(state_->mutex);
    if (!state_->may_be_away) return;
  }
  // Of a single broker it is also said that all are away when only an idle connection ended.
  if (state_->ask(nullptr, metadata_patience) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    state_->is_back();
  } else {
    state_->is_away();
  }
}

Result<void> Client::check_topic(const std::string& topic, const std::function<bool(std::chrono::milliseconds)>& wait) {
  rd_kafka_topic_t* handle = state_->topic(topic);
  std::optional<std::chrono::steady_clock::time_point> unknown_since;
  do {
    if (const auto broken = failed()) return std::unexpected(*broken);
    const rd_kafka_resp_err_t said = state_->ask(handle, 1000ms);
    if (said == RD_KAFKA_RESP_ERR_NO_ERROR) {
      state_->is_back();
      return {};
    }
    if (said == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
      return failure(ErrorKind::denied, state_->place(fmt::format("topic {}: not authorized", topic)));
    if (said == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || said == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
      const auto now = std::chrono::steady_clock::now();
      if (!unknown_since) unknown_since = now;
      if (now - *unknown_since > topic_patience) {
        return failure(ErrorKind::not_found, state_->place(fmt::format("there is no topic {}", topic)),
                       "cloudflow apply makes the topics of an application");
      }
    } else if (said == RD_KAFKA_RESP_ERR__TRANSPORT || said == RD_KAFKA_RESP_ERR__TIMED_OUT) {
      state_->is_away();
    }
    rd_kafka_poll(state_->client, 0);  // for on_error
  } while (wait(200ms));
  return failure(ErrorKind::interrupted, "stopped before it began");
}

int Received::partition() const { return message_->partition; }
std::int64_t Received::offset() const { return message_->offset; }
std::int64_t Received::time() const {
  rd_kafka_timestamp_type_t type{};
  return rd_kafka_message_timestamp(message_.get(), &type);
}
std::optional<std::string_view> Received::key() const {
  if (message_->key == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(message_->key), message_->key_len);
}
std::string_view Received::value() const { return {static_cast<const char*>(message_->payload), message_->len}; }
bool Received::is_tombstone() const { return message_->payload == nullptr; }
std::vector<Header> Received::headers() const {
  std::vector<Header> out;
  rd_kafka_headers_t* all = nullptr;
  if (rd_kafka_message_headers(message_.get(), &all) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (rd_kafka_header_get_all(all, out.size(), &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR)
    out.push_back({name, std::string(static_cast<const char*>(value), size)});
  return out;
}
void Received::Release::operator()(rd_kafka_message_s* message) const { rd_kafka_message_destroy(message); }

namespace {

struct ConsumerState : Client::State {
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list,
                           void* self) {
    ConsumerState& state = *static_cast<ConsumerState*>(static_cast<Client::State*>(self));
    std::vector<int> numbers;
    for (int i = 0; i < list->cnt; ++i) numbers.push_back(list->elems[i].partition);
    const bool by_parts = std::string_view(rd_kafka_rebalance_protocol(client)) == "COOPERATIVE";
    const bool gains = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (!gains) state.assignment->revoked(numbers, rd_kafka_assignment_lost(client) != 0);
    if (by_parts) {
      const ErrorHandle problem(gains ? rd_kafka_incremental_assign(client, list)
                                      : rd_kafka_incremental_unassign(client, list));
      if (problem) log::warn(state.place(rd_kafka_error_string(problem.get())));
    } else {
      rd_kafka_assign(client, gains ? list : nullptr);
    }
    if (gains) state.assignment->assigned(numbers);
  }

  static void on_commit(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t*, void* self) {
    ConsumerState& state = *static_cast<ConsumerState*>(static_cast<Client::State*>(self));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__NO_OFFSET) ++state.failed_commits;
  }

  /// The group of the leader has taken offsets: now ours may have them, for whoever looks how far we are.
  static void on_leaders_commit(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                                void* self) {
    ConsumerState& state = *static_cast<ConsumerState*>(self);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (code != RD_KAFKA_RESP_ERR__NO_OFFSET) ++state.failed_commits;
    } else if (state.has_own_group()) {
      rd_kafka_commit(state.client, list, 1);
    }
  }

  rd_kafka_resp_err_t commit(const rd_kafka_topic_partition_list_t* list, bool wait) const {
    if (leader == nullptr) return rd_kafka_commit(client, list, wait ? 0 : 1);
    if (!wait) {
      return rd_kafka_commit_queue(leader->client, list, leaders_commits.get(), on_leaders_commit,
                                   const_cast<ConsumerState*>(this));
    }
    const auto code = rd_kafka_commit(leader->client, list, 0);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || !has_own_group()) return code;
    return rd_kafka_commit(client, list, 0);
  }
  bool has_own_group() const { return group != leader->group; }

  Partitions list_of(const std::vector<int>& numbers) const {
    Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(numbers.size())));
    for (const int number : numbers) rd_kafka_topic_partition_list_add(list.get(), topic_name.c_str(), number);
    return list;
  }

  /// What no waiting mends.
  std::optional<Error> hopeless(rd_kafka_resp_err_t code, const char* words) const {
    switch (static_cast<int>(code)) {
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        return Error{ErrorKind::not_found, place(fmt::format("there is no topic {} any more", topic_name)), {}, {}};
      case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR__FATAL:
        return Error{ErrorKind::denied,
                     place(fmt::format("topic {}, group {}: {}", topic_name, group, one_line(words))),
                     {},
                     {}};
      default:
        return std::nullopt;
    }
  }

  Queue queue{};  ///< of what poll gives
  std::string group{};
  Assignment* assignment = nullptr;
  std::atomic<int> failed_commits = 0;
  bool is_open = true;
  const ConsumerState* leader = nullptr;  ///< of one that follows
  Queue leaders_commits{};                ///< answers to ours by its group
};

/// Bytes are copied, not changed.
void* changeable(const std::string& bytes) { return const_cast<char*>(bytes.data()); }

/// The usual way, which is the faster one.
rd_kafka_resp_err_t produce(rd_kafka_topic_t* topic, const Message& message, void* ticket, int partition) {
  const bool is_taken =
      rd_kafka_produce(topic, partition >= 0 ? partition : RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                       message.is_tombstone ? nullptr : changeable(message.value), message.value.size(),
                       message.key ? message.key->data() : nullptr, message.key ? message.key->size() : 0, ticket) == 0;
  return is_taken ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
}

rd_kafka_resp_err_t produce_with_headers(rd_kafka_t* client, rd_kafka_topic_t* topic, const Message& message,
                                         void* ticket, int partition) {
  using Headers = std::unique_ptr<rd_kafka_headers_t, Free<rd_kafka_headers_destroy>>;
  Headers headers(rd_kafka_headers_new(message.headers.size()));
  for (const Header& header : message.headers) {
    rd_kafka_header_add(headers.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  std::array<rd_kafka_vu_t, 7> parts{};
  std::size_t count = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> auto& {
    parts[count].vtype = type;
    return parts[count++].u;
  };
  add(RD_KAFKA_VTYPE_RKT).rkt = topic;
  add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_OPAQUE).ptr = ticket;
  add(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
  if (!message.is_tombstone) add(RD_KAFKA_VTYPE_VALUE).mem = {changeable(message.value), message.value.size()};
  if (partition >= 0) add(RD_KAFKA_VTYPE_PARTITION).i32 = partition;
  if (message.key) add(RD_KAFKA_VTYPE_KEY).mem = {changeable(*message.key), message.key->size()};
  const ErrorHandle problem(rd_kafka_produceva(client, parts.data(), count));
  if (problem) return rd_kafka_error_code(problem.get());
  static_cast<void>(headers.release());  // the message's now
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

struct ProducerState : Client::State {
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    ProducerState& state = *static_cast<ProducerState*>(static_cast<Client::State*>(self));
    const bool arrived = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    state.delivered({.ticket = message->_private,
                     .topic = rd_kafka_topic_name(message->rkt),
                     .partition = message->partition,
                     .offset = message->offset,
                     // rd_kafka_message_errstr() would give the record's own value here.
                     .problem = arrived ? nullptr : rd_kafka_err2str(message->err),
                     .is_passing = is_passing(message->err),
                     .blame = blame(message->err)});
  }

  /// A broker takes a batch as a whole or not at all.
  static Delivery::Blame blame(rd_kafka_resp_err_t code) {
    switch (static_cast<int>(code)) {
      case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return Delivery::Blame::size;
      case RD_KAFKA_RESP_ERR_INVALID_RECORD:
      case RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD:
        return Delivery::Blame::record;
      default:
        return Delivery::Blame::run;
    }
  }

  /// Of a transaction: that it ran out of time, or that it was aborted for another reason.
  static bool is_passing(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
           code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
           code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
  }

  Producer::Delivered delivered{};
  std::jthread deliveries{};
};

}  // namespace

namespace {

/// On which the runner depends where it reads inlets.
Settings reading(const std::string& brokers, bool tells_ends) {
  return {{"bootstrap.servers", brokers},
          {"enable.auto.commit", "false"},  // the runner knows what is done, the client does not
          {"enable.auto.offset.store", "false"},
          {"enable.partition.eof", tells_ends ? "true" : "false"},
          {"allow.auto.create.topics", "false"}};
}

Settings without_membership(Settings given) {
  for (const char* of_members :
       {"group.instance.id", "group.protocol", "group.remote.assignor", "partition.assignment.strategy"})
    given.erase(of_members);
  return given;
}

}  // namespace

Result<std::unique_ptr<Consumer>> Consumer::open(const std::string& who, const PortSettings& port,
                                                 const std::string& group, Assignment& assignment, bool tells_ends) {
  auto state = std::make_unique<ConsumerState>();
  state->who = who;
  state->brokers = port.brokers;
  state->topic_name = port.topic;
  state->assignment = &assignment;
  Settings ours{{"group.id", group},
                {"client.id", group},
                {"auto.offset.reset", "earliest"},
                {"queued.max.messages.kbytes", "16384"},
                {"reconnect.backoff.max.ms", "2000"},
                {"partition.assignment.strategy", "cooperative-sticky"}};
  const auto protocol = port.consumer.find("group.protocol");
  if (protocol != port.consumer.end() && protocol->second == "consumer") ours.erase("partition.assignment.strategy");
  CF_TRY(Conf conf, configure(who, ours, port.consumer, reading(port.brokers, tells_ends)));
  const auto own_group = port.consumer.find("group.id");
  state->group = own_group == port.consumer.end() ? group : own_group->second;
  rd_kafka_conf_set_rebalance_cb(conf.get(), ConsumerState::on_rebalance);
  rd_kafka_conf_set_offset_commit_cb(conf.get(), ConsumerState::on_commit);
  CF_CHECK(state->create(RD_KAFKA_CONSUMER, std::move(conf)));
  return std::unique_ptr<Consumer>(new Consumer(std::move(state)));
}

Result<std::unique_ptr<Consumer>> Consumer::open_following(const std::string& who, const PortSettings& port,
                                                           const std::string& group, const Consumer& leader) {
  auto state = std::make_unique<ConsumerState>();
  state->who = who;
  state->brokers = port.brokers;
  state->topic_name = port.topic;
  state->leader = static_cast<const ConsumerState*>(leader.state_.get());
  const Settings ours{{"group.id", group},
                      {"client.id", group},
                      {"auto.offset.reset", "earliest"},
                      {"queued.max.messages.kbytes", "16384"},
                      {"reconnect.backoff.max.ms", "2000"}};
  const Settings given = without_membership(port.consumer);
  CF_TRY(Conf conf, configure(who, ours, given, reading(port.brokers, true)));
  const auto own_group = given.find("group.id");
  state->group = own_group == given.end() ? group : own_group->second;
  rd_kafka_conf_set_offset_commit_cb(conf.get(), ConsumerState::on_commit);
  CF_CHECK(state->create(RD_KAFKA_CONSUMER, std::move(conf)));
  state->leaders_commits.reset(rd_kafka_queue_new(state->leader->client));
  return std::unique_ptr<Consumer>(new Consumer(std::move(state)));
}

Result<std::unique_ptr<Consumer>> Consumer::open_alone(const std::string& who, const PortSettings& port,
                                                       bool may_make) {
  auto state = std::make_unique<ConsumerState>();
  state->who = who;
  state->brokers = port.brokers;
  state->topic_name = port.topic;
  state->is_open = false;  // there is no group to leave
  const Settings ours{{"client.id", who}, {"queued.max.messages.kbytes", "16384"}};
  const Settings given = without_membership(port.consumer);
  const Settings fixed{{"bootstrap.servers", port.brokers}, {"group.id", who},
                       {"enable.auto.commit", "false"},     {"enable.auto.offset.store", "false"},
                       {"enable.partition.eof", "true"},    {"isolation.level", "read_committed"},
                       {"auto.offset.reset", "earliest"},   {"allow.auto.create.topics", may_make ? "true" : "false"}};
  CF_TRY(Conf conf, configure(who, ours, given, fixed));
  CF_CHECK(state->create(RD_KAFKA_CONSUMER, std::move(conf)));
  rd_kafka_poll_set_consumer(state->client);
  return std::unique_ptr<Consumer>(new Consumer(std::move(state)));
}

Consumer::~Consumer() { close(); }

Result<void> Consumer::subscribe() {
  ConsumerState& state = static_cast<ConsumerState&>(*state_);
  rd_kafka_poll_set_consumer(state.client);
  state.queue.reset(rd_kafka_queue_get_consumer(state.client));
  if (state.leader != nullptr) return {};
  const Partitions topics = state.list_of({RD_KAFKA_PARTITION_UA});
  if (const auto code = rd_kafka_subscribe(state.client, topics.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(ErrorKind::invalid_input, state.place(rd_kafka_err2str(code)));
  return {};
}

namespace {

/// What both groups of one that follows have committed; nothing where they do not say. Both say the same, unless a
/// commit came only half the way, or somebody set one of them back. In doubt, records are read again rather than lost.
Partitions committed_by_both(const ConsumerState& state, const std::vector<int>& partitions) {
  const Partitions fenced = state.list_of(partitions);
  Partitions ours = state.list_of(partitions);
  const auto ask = [](rd_kafka_t* client, rd_kafka_topic_partition_list_t* list) {
    return rd_kafka_committed(client, list, static_cast<int>(follow_patience.count())) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           std::all_of(list->elems, list->elems + list->cnt, [](const auto& one) { return one.err == 0; });
  };
  if (!ask(state.leader->client, fenced.get()) || !ask(state.client, ours.get())) return nullptr;
  for (int i = 0; i < ours->cnt; ++i) {
    std::int64_t& offset = ours->elems[i].offset;
    const std::int64_t other = fenced->elems[i].offset;
    if (offset < 0 || (other >= 0 && other < offset)) offset = other;
  }
  return ours;
}

}  // namespace

Result<bool> Consumer::follow(const std::vector<int>& partitions) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  if (partitions.empty()) return true;
  const Partitions from = committed_by_both(state, partitions);
  if (!from) {
    if (const auto broken = failed()) return std::unexpected(*broken);
    return false;
  }
  const ErrorHandle problem(rd_kafka_incremental_assign(state.client, from.get()));
  if (problem) return failure(ErrorKind::invalid_input, state.place(rd_kafka_error_string(problem.get())));
  return true;
}

void Consumer::renew(const std::vector<int>& partitions) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  if (partitions.empty()) return;
  const Partitions known = committed_by_both(state, partitions);
  if (!known) return;
  std::map<int, std::int64_t> positions;
  for (const auto& one : std::span(known->elems, static_cast<std::size_t>(known->cnt))) {
    if (one.offset >= 0) positions[one.partition] = one.offset;
  }
  commit(positions, true);
}

void Consumer::unfollow(const std::vector<int>& partitions) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  const ErrorHandle problem(rd_kafka_incremental_unassign(state.client, state.list_of(partitions).get()));
  if (problem) log::warn(state.place(rd_kafka_error_string(problem.get())));
}

Result<void> Consumer::poll(std::chrono::milliseconds time, std::vector<Received>& into, std::set<int>* at_end) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  if (state.leaders_commits) rd_kafka_queue_poll_callback(state.leaders_commits.get(), 0);
  std::array<rd_kafka_message_t*, most_at_once> messages{};
  messages[0] = rd_kafka_consumer_poll(state.client, static_cast<int>(time.count()));
  std::size_t count = messages[0] == nullptr ? 0 : 1;
  if (count > 0) {  // what is there beside it, for one look at clocks and locks
    const ssize_t more = rd_kafka_consume_batch_queue(state.queue.get(), 0, &messages[1], most_at_once - 1);
    count += static_cast<std::size_t>(std::max<ssize_t>(0, more));
  }
  std::optional<Error> broken;
  for (rd_kafka_message_t* message : std::span(messages).first(count)) {
    Received record(message);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (at_end != nullptr) at_end->erase(message->partition);
      into.push_back(std::move(record));
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (at_end != nullptr) at_end->insert(message->partition);
      continue;
    }
    const char* words = rd_kafka_message_errstr(message);
    if (!broken) broken = state.hopeless(message->err, words);
    if (!broken) log::warn(state.place(one_line(words)));
  }
  if (!broken) broken = failed();
  return broken ? Result<void>(std::unexpected(*broken)) : Result<void>();
}

void Consumer::pause(const std::vector<int>& partitions) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  rd_kafka_pause_partitions(state.client, state.list_of(partitions).get());
}

void Consumer::resume(const std::vector<int>& partitions) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  rd_kafka_resume_partitions(state.client, state.list_of(partitions).get());
}

bool Consumer::seek(const std::map<int, std::int64_t>& positions) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const auto& [partition, offset] : positions)
    rd_kafka_topic_partition_list_add(list.get(), state.topic_name.c_str(), partition)->offset = offset;
  const ErrorHandle problem(rd_kafka_seek_partitions(state.client, list.get(), 5000));
  if (problem) return false;
  return std::all_of(list->elems, list->elems + list->cnt, [](const auto& one) { return one.err == 0; });
}

const std::string& Consumer::topic() const { return state_->topic_name; }

void Consumer::commit(const std::map<int, std::int64_t>& positions, bool wait) {
  const ConsumerState& state = static_cast<ConsumerState&>(*state_);
  if (positions.empty()) return;
  const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const auto& [partition, offset] : positions)
    rd_kafka_topic_partition_list_add(list.get(), state.topic_name.c_str(), partition)->offset = offset;
  const auto code = state.commit(list.get(), wait);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && wait)
    log::warn(state.place(fmt::format("offsets are not committed: {}", rd_kafka_err2str(code))));
}

int Consumer::failed_commits() const { return static_cast<const ConsumerState&>(*state_).failed_commits; }

std::int64_t Consumer::lag(int partition, std::int64_t position) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto code = rd_kafka_get_watermark_offsets(state_->client, state_->topic_name.c_str(), partition, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || position < 0) return -1;
  return std::max<std::int64_t>(0, high - position);
}

void Consumer::close() {
  ConsumerState& state = static_cast<ConsumerState&>(*state_);
  if (std::exchange(state.is_open, false)) rd_kafka_consumer_close(state.client);
  state.leaders_commits.reset();
}

Result<std::unique_ptr<Producer>> Producer::open(const std::string& who, const PortSettings& port, Delivered delivered,
                                                 const std::string& transactional_id) {
  auto state = std::make_unique<ProducerState>();
  state->who = who;
  state->brokers = port.brokers;
  state->delivered = std::move(delivered);
  Settings ours{{"client.id", who},
                {"queue.buffering.max.messages", "100000"},
                {"queue.buffering.max.kbytes", "65536"},
                {"reconnect.backoff.max.ms", "2000"},
                {"partitioner", "murmur2_random"}};  // a key has the partition that Java's clients give it
  Settings fixed{{"bootstrap.servers", port.brokers},
                 {"enable.idempotence", "true"},
                 {"allow.auto.create.topics", "false"},
                 {"isolation.level", "read_uncommitted"}};  // where a topic ends that it is asked for
  if (transactional_id.empty()) {
    ours["message.timeout.ms"] = "0";  // a broker that is away is waited for, however long
  } else {
    // Who reads what is committed waits that long for a transaction whose program is gone.
    ours["transaction.timeout.ms"] = "10000";
    fixed["transactional.id"] = transactional_id;
  }
  CF_TRY(Conf conf, configure(who, ours, port.producer, fixed));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), ProducerState::on_delivery);
  CF_CHECK(state->create(RD_KAFKA_PRODUCER, std::move(conf)));
  state->deliveries = std::jthread([client = state->client](const std::stop_token& stop) {
    while (!stop.stop_requested()) rd_kafka_poll(client, 50);
  });
  return std::unique_ptr<Producer>(new Producer(std::move(state)));
}

Producer::~Producer() {
  ProducerState& state = static_cast<ProducerState&>(*state_);
  state.deliveries = {};  // before the purge: what was never acknowledged is told to nobody
  rd_kafka_purge(state.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

Producer::Sent Producer::send(const std::string& topic, const Message& message, void* ticket, int partition) {
  return send(topic_of(topic), message, ticket, partition);
}

rd_kafka_topic_s* Producer::topic_of(const std::string& name) { return state_->topic(name); }

Producer::Sent Producer::send(rd_kafka_topic_s* topic, const Message& message, void* ticket, int partition) {
  const rd_kafka_resp_err_t code = message.headers.empty()
                                       ? produce(topic, message, ticket, partition)
                                       : produce_with_headers(state_->client, topic, message, ticket, partition);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Sent::taken;
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Sent::full;
  if (code == RD_KAFKA_RESP_ERR__STATE && !failed()) return Sent::aborted;
  const std::string why = fmt::format("topic {}: {}", rd_kafka_topic_name(topic), one_line(rd_kafka_err2str(code)));
  if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) throw TooLargeError(why);
  throw std::runtime_error(why);
}

void Producer::make_room(std::chrono::milliseconds time) {
  rd_kafka_poll(state_->client, static_cast<int>(time.count()));
}

bool Producer::flush(std::chrono::nanoseconds time) {
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return rd_kafka_flush(state_->client, static_cast<int>(millis)) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

int Producer::on_the_way() const { return rd_kafka_outq_len(state_->client); }

}  // namespace cloudflow::streamlet
