// The client itself: configuration, waiting for answers, and librdkafka's errors in our words.
#include "providers/kafka/admin/librdkafka_admin.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <thread>

#include "providers/kafka/admin/broker_probe.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
using Queue = Handle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using AdminOptions = Handle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

constexpr auto slice = 100ms;               ///< how long a wait may overlook the stop token
constexpr auto patience_all_down = 2500ms;  ///< every broker refused: it may be restarting
constexpr auto patience_first = 6s;         ///< the first answer, once something went wrong
constexpr auto reconnect_pause = 50ms;      ///< between two connections to a broker

/// Until 2.15 librdkafka connects thousands of times a second, whatever reconnect.backoff.ms says, while a request
/// waits for a broker that refuses connections (findings/librdkafka-admin-request-defeats-reconnect-backoff.sh). Each
/// broker has a thread of its own, which has nothing else to do without a connection.
int connect_with_pauses(int socket, const sockaddr* address, int length, const char*, void*) {
  thread_local std::chrono::steady_clock::time_point next{};
  std::this_thread::sleep_until(next);
  next = std::chrono::steady_clock::now() + reconnect_pause;
  return connect(socket, address, static_cast<socklen_t>(length)) == 0 || errno == EINPROGRESS ? 0 : errno;
}

ErrorKind kind_of(int code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return ErrorKind::denied;
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      return ErrorKind::unauthenticated;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return ErrorKind::conflict;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
      return ErrorKind::not_found;
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
      return ErrorKind::unsupported;
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
      return ErrorKind::timeout;
    case RD_KAFKA_RESP_ERR_UNKNOWN:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:   // the client knows an older leader than the broker, or
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:  // a newer one: it asks who leads, and then it is right
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
      return ErrorKind::unavailable;
    default:
      return ErrorKind::invalid_input;
  }
}

/// One line, without librdkafka's remarks on its own state machine.
std::string tidy(std::string text) {
  constexpr std::string_view own = "failed to parse response: ";
  if (const auto at = text.find(own); at != std::string::npos) text.erase(0, at + own.size());
  if (const auto at = text.find(" (after "); at != std::string::npos) text.resize(at);
  std::ranges::replace(text, '\n', ' ');
  while (text.ends_with('.') || text.ends_with(' ')) text.pop_back();
  return text;
}

void drop_log(const rd_kafka_t*, int, const char*, const char*) {}  // the default writes to stderr

/// librdkafka's threads hold back every signal. Of a fault that the thread itself makes the system would then end the
/// program without a word; what the program has to say at its end (cli/last_words) is to be heard also then.
rd_kafka_resp_err_t on_thread_start(rd_kafka_t*, rd_kafka_thread_type_t, const char*, void*) {
  sigset_t faults;
  sigemptyset(&faults);
  for (const int fault : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaddset(&faults, fault);
  pthread_sigmask(SIG_UNBLOCK, &faults, nullptr);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t*, void* own, char*, size_t) {
  return rd_kafka_interceptor_add_on_thread_start(client, "cloudflow", on_thread_start, own);
}

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  const auto result = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size());
  if (result == RD_KAFKA_CONF_OK) return {};
  // librdkafka's own words may quote the value, which may be a password
  return failure(result == RD_KAFKA_CONF_UNKNOWN ? ErrorKind::not_found : ErrorKind::invalid_input,
                 fmt::format("{}: this value is not accepted by librdkafka", name));
}

}  // namespace

Error broker_error(std::string_view doing, int code, const char* words) {
  const auto typed = static_cast<rd_kafka_resp_err_t>(code);
  std::string text = words != nullptr && *words != '\0' ? words : rd_kafka_err2str(typed);
  // librdkafka 2.15 names only the request where a group's coordinator went away.
  if (const std::string_view said = trimmed(text); said.ends_with(':'))
    text = fmt::format("{} {}", said, rd_kafka_err2str(typed));
  if (code == RD_KAFKA_RESP_ERR_POLICY_VIOLATION) text = "refused by a policy of the cluster: " + text;
  return Error{kind_of(code), fmt::format("{}: {}", doing, tidy(std::move(text))), std::nullopt, {}};
}

void LibrdkafkaAdmin::ReleaseEvent::operator()(rd_kafka_op_s* event) const { rd_kafka_event_destroy(event); }
void LibrdkafkaAdmin::ReleaseClient::operator()(rd_kafka_s* client) const {
  // Our consumer is in no group that it would have to leave.
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
void LibrdkafkaAdmin::ReleaseConf::operator()(rd_kafka_conf_s* conf) const { rd_kafka_conf_destroy(conf); }
LibrdkafkaAdmin::~LibrdkafkaAdmin() = default;

Result<std::unique_ptr<LibrdkafkaAdmin>> LibrdkafkaAdmin::open(const std::string& cluster,
                                                               const std::string& bootstrap_servers,
                                                               const ClientProperties& properties) {
  const std::string doing = fmt::format("kafka cluster {}", quote(cluster));
  if (trimmed(bootstrap_servers).empty())
    return failure(ErrorKind::invalid_input, doing + ": no bootstrap servers are given");
  std::unique_ptr<LibrdkafkaAdmin> admin(new LibrdkafkaAdmin());
  admin->cluster_ = cluster;
  admin->bootstrap_servers_ = bootstrap_servers;
  admin->ignored_ = properties.ignored;
  if (const auto protocol = properties.settings.find("security.protocol"); protocol != properties.settings.end())
    admin->protocol_ = protocol->second.reveal();
  admin->conf_.reset(rd_kafka_conf_new());
  rd_kafka_conf_t* conf = admin->conf_.get();
  const std::map<std::string, std::string> own{
      {"bootstrap.servers", bootstrap_servers},       {"client.id", "cloudflow"},
      {"allow.auto.create.topics", "false"},          {"socket.connection.setup.timeout.ms", "5000"},
      {"topic.metadata.refresh.interval.ms", "5000"}, {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "1000"},           {"log.connection.close", "false"}};
  for (const auto& [name, value] : own) {
    if (auto done = set(conf, name, value); !done) return failure_in(doing, std::move(done).error());
  }
  for (const auto& [name, value] : properties.settings) {
    if (auto done = set(conf, name, value.reveal()); !done) return failure_in(doing, std::move(done).error());
  }
  for (const auto& [name, value] : properties.perhaps) {
    if (own.contains(name)) continue;
    auto done = set(conf, name, value.reveal());
    if (!done && done.error().kind != ErrorKind::not_found) return failure_in(doing, std::move(done).error());
    if (!done) admin->ignored_.emplace(name, "not known to librdkafka");
  }
  rd_kafka_conf_set_opaque(conf, admin.get());
  rd_kafka_conf_set_log_cb(conf, drop_log);
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_connect_cb(conf, connect_with_pauses);
  return admin;
}

void LibrdkafkaAdmin::on_error(rd_kafka_s*, int code, const char* reason, void* self) {
  Connection& connection = static_cast<LibrdkafkaAdmin*>(self)->connection_;
  const std::scoped_lock lock(connection.mutex);
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    if (!connection.all_down) connection.since = std::chrono::steady_clock::now();
    connection.all_down = true;
    return;  // the words of the broker that went last say more
  }
  connection.trouble = tidy(reason != nullptr ? reason : "");
  connection.refused = kind_of(code) == ErrorKind::unauthenticated;
}

std::string LibrdkafkaAdmin::place(std::string_view doing) const {
  return fmt::format("kafka cluster {} at {}: {}", quote(cluster_), bootstrap_servers_, doing);
}

std::string LibrdkafkaAdmin::ignored_hint() const {
  std::vector<std::string> parts;
  for (const auto& [name, reason] : ignored_) parts.push_back(fmt::format("{} ({})", name, reason));
  return parts.empty() ? "" : "properties without effect: " + join(parts, ", ");
}

Result<rd_kafka_s*> LibrdkafkaAdmin::client() {
  const std::scoped_lock lock(starting_);
  // A producer that never produces: it joins no group and opens connections only when asked.
  if (!client_) CF_CHECK(start(client_, RD_KAFKA_PRODUCER, ""));
  return client_.get();
}

Result<rd_kafka_s*> LibrdkafkaAdmin::group_client(const std::string& group) {
  const std::scoped_lock lock(starting_);
  if (!group_client_) CF_CHECK(start(group_client_, RD_KAFKA_CONSUMER, group));
  return group_client_.get();
}

Result<void> LibrdkafkaAdmin::start(Client& client, int type, const std::string& group) {
  std::array<char, 512> reason{};
  rd_kafka_conf_t* copy = rd_kafka_conf_dup(conf_.get());
  if (!group.empty()) {
    rd_kafka_conf_set(copy, "group.id", group.c_str(), reason.data(), reason.size());
    rd_kafka_conf_set(copy, "enable.auto.commit", "false", reason.data(), reason.size());
  }
  rd_kafka_conf_interceptor_add_on_new(copy, "cloudflow", on_new, nullptr);
  client.reset(rd_kafka_new(static_cast<rd_kafka_type_t>(type), copy, reason.data(), reason.size()));
  if (client) return {};
  rd_kafka_conf_destroy(copy);  // rd_kafka_new takes it only on success
  return failure(ErrorKind::invalid_input, place("set up: " + tidy(reason.data())));
}

Result<void> LibrdkafkaAdmin::give_up(const CallOptions& options, std::chrono::steady_clock::time_point begun) {
  const auto now = std::chrono::steady_clock::now();
  const std::scoped_lock lock(connection_.mutex);
  const std::string words = fmt::format("{}: {}", place(options.doing), connection_.trouble);
  if (connection_.trouble.empty()) return {};
  if (connection_.refused && !connection_.answered) return failure(ErrorKind::unauthenticated, words, ignored_hint());
  if (connection_.all_down && now - std::max(begun, connection_.since) > patience_all_down) {
    return failure(options.write && connection_.answered ? ErrorKind::timeout : ErrorKind::unavailable, words);
  }
  if (!connection_.answered && now - begun > patience_first) return failure(ErrorKind::unavailable, words);
  return {};
}

Error LibrdkafkaAdmin::call_error(const CallOptions& options, int code, const std::string& words) {
  ErrorKind kind = kind_of(code);
  std::string text = words;
  if (kind == ErrorKind::timeout) {
    if (!options.write) kind = ErrorKind::unavailable;
    const std::scoped_lock lock(connection_.mutex);
    if (!connection_.trouble.empty() && connection_.all_down) text = connection_.trouble;
  }
  return Error{kind, fmt::format("{}: {}", place(options.doing), tidy(std::move(text))), std::nullopt, {}};
}

Result<std::vector<Result<LibrdkafkaAdmin::Event>>> LibrdkafkaAdmin::call_each(const CallOptions& options,
                                                                               std::size_t requests, const Send& send,
                                                                               std::stop_token stop) {
  CF_TRY(rd_kafka_t* const handle, options.group.empty() ? client() : group_client(options.group));
  const Queue queue(rd_kafka_queue_new(handle));
  std::array<char, 256> reason{};
  for (std::size_t i = 0; i < requests; ++i) {
    const AdminOptions admin_options(
        rd_kafka_AdminOptions_new(handle, static_cast<rd_kafka_admin_op_t>(options.operation)));
    const int deadline = static_cast<int>(options.deadline.count());
    rd_kafka_AdminOptions_set_request_timeout(admin_options.get(), deadline, reason.data(), reason.size());
    if (options.write) {  // refused where the operation has no such option: nothing is lost
      rd_kafka_AdminOptions_set_operation_timeout(admin_options.get(), deadline / 2, reason.data(), reason.size());
    }
    if (options.validate_only) {
      const auto set_it = rd_kafka_AdminOptions_set_validate_only(admin_options.get(), 1, reason.data(), reason.size());
      if (set_it != RD_KAFKA_RESP_ERR_NO_ERROR)
        return failure(ErrorKind::unsupported, place(options.doing + ": " + tidy(reason.data())));
    }
    if (options.with_rights) rd_kafka_AdminOptions_set_include_authorized_operations(admin_options.get(), 1);
    if (options.broker)
      rd_kafka_AdminOptions_set_broker(admin_options.get(), *options.broker, reason.data(), reason.size());
    rd_kafka_AdminOptions_set_opaque(admin_options.get(), reinterpret_cast<void*>(static_cast<std::uintptr_t>(i)));
    send(i, admin_options.get(), queue.get());
  }
  std::vector<Result<Event>> answers(requests);
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t missing = requests; missing > 0;) {
    rd_kafka_poll(handle, 0);  // runs on_error
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, place(options.doing + ": stopped"));
    Event event(rd_kafka_queue_poll(queue.get(), static_cast<int>(std::chrono::milliseconds(slice).count())));
    if (!event) {
      CF_CHECK(give_up(options, begun));
      continue;
    }
    const auto index = reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event.get()));
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_poll(handle, 0);
      answers[index] = std::unexpected(call_error(options, code, rd_kafka_event_error_string(event.get())));
      // A right or a thing that is missing concerns one request; a broker that is away all.
      const ErrorKind kind = answers[index].error().kind;
      if (kind != ErrorKind::denied && kind != ErrorKind::not_found) return std::unexpected(answers[index].error());
    } else {
      answers[index] = std::move(event);
    }
    --missing;
  }
  const std::scoped_lock lock(connection_.mutex);
  connection_.answered = true;
  connection_.all_down = connection_.refused = false;
  connection_.trouble.clear();
  return answers;
}

Result<std::vector<LibrdkafkaAdmin::Event>> LibrdkafkaAdmin::call(const CallOptions& options, std::size_t requests,
                                                                  const Send& send, std::stop_token stop) {
  CF_TRY(std::vector<Result<Event>> answers, call_each(options, requests, send, std::move(stop)));
  std::vector<Event> events;
  events.reserve(answers.size());
  for (Result<Event>& answer : answers) {
    if (!answer) return std::unexpected(std::move(answer).error());
    events.push_back(*std::move(answer));
  }
  return events;
}

Error LibrdkafkaAdmin::explained(Error error) {
  {
    const std::scoped_lock lock(connection_.mutex);
    // A broker that has answered is known to be one: it only is away now.
    const bool unreached = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::unauthenticated;
    if (!unreached || connection_.answered) return error;
  }
  const std::string cause = why_no_answer(bootstrap_servers_, protocol_, error.message);
  if (!cause.empty()) error.hint = error.hint.empty() ? cause : cause + "; " + error.hint;
  return error;
}

Result<ClusterInfo> LibrdkafkaAdmin::cluster(std::stop_token stop) {
  const CallOptions options{.doing = "describe cluster",
                            .operation = RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
                            .deadline = 8s,
                            .with_rights = true,
                            .broker = {}};
  const Result<std::vector<Event>> events = call(
      options, 1,
      [this](std::size_t, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
        rd_kafka_DescribeCluster(client_.get(), admin_options, queue);
      },
      stop);
  if (!events) return std::unexpected(explained(events.error()));
  const auto* result = rd_kafka_event_DescribeCluster_result(events->front().get());
  ClusterInfo info;
  if (const char* id = rd_kafka_DescribeCluster_result_cluster_id(result)) info.id = id;
  std::size_t count = 0;
  const rd_kafka_Node_t** nodes = rd_kafka_DescribeCluster_result_nodes(result, &count);
  for (std::size_t i = 0; i < count; ++i) info.brokers.push_back(rd_kafka_Node_id(nodes[i]));
  std::ranges::sort(info.brokers);
  const rd_kafka_AclOperation_t* rights = rd_kafka_DescribeCluster_result_authorized_operations(result, &count);
  for (std::size_t i = 0; rights != nullptr && i < count; ++i)
    info.shows_all_groups = info.shows_all_groups || rights[i] == RD_KAFKA_ACL_OPERATION_DESCRIBE;
  return info;
}

}  // namespace cloudflow
