// Apache Kafka beside this process.
#include "providers/sandbox/apache_broker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

#include "providers/sandbox/java_program.h"
#include "providers/sandbox/kafka_jars.h"
#include "providers/sandbox/local_port.h"
#include "sdk/support/clock.h"
#include "sdk/support/digest.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr const char* broker_name = "kafka";
constexpr std::chrono::seconds patience{10};           ///< until it has written what it holds in memory
constexpr std::chrono::seconds patience_at_first{30};  ///< and its classes, once, for all later starts
constexpr std::chrono::seconds longest_start{60};
/// What a cluster is called that is formatted here; each sandbox has its own, and nobody compares them.
constexpr const char* cluster_id = "c2FuZGJveC1rYWZrYS0wMA";

/// A reader that was killed is not waited for long: in the newer protocol of groups, the broker says how long.
std::string sessions() {
  std::string out;
  for (const auto& [name, milliseconds] : {std::pair("session.timeout.ms", ApacheBroker::session),
                                           std::pair("heartbeat.interval.ms", ApacheBroker::session / 3)}) {
    out += fmt::format("group.consumer.{0}={1}\ngroup.consumer.min.{0}={1}\n", name, milliseconds);
  }
  return out;
}

/// Its settings: one broker that is its own controller and keeps its internal topics small.
std::string properties(int port, int controller_port, const std::string& data) {
  const std::string listeners = fmt::format("CLIENT://127.0.0.1:{}", port);
  std::string out = sessions();
  for (const std::string& line : std::initializer_list<std::string>{
           "process.roles=broker,controller",
           "node.id=1",
           fmt::format("controller.quorum.voters=1@127.0.0.1:{}", controller_port),
           fmt::format("listeners={},CONTROLLER://127.0.0.1:{}", listeners, controller_port),
           "advertised.listeners=" + listeners,
           "listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
           "controller.listener.names=CONTROLLER",
           "inter.broker.listener.name=CLIENT",
           fmt::format("log.dirs={}/records", data),
           "auto.create.topics.enable=false",
           "offsets.topic.num.partitions=1",
           "offsets.topic.replication.factor=1",
           "transaction.state.log.num.partitions=1",
           "transaction.state.log.replication.factor=1",
           "transaction.state.log.min.isr=1",
           "share.coordinator.state.topic.num.partitions=1",
           "share.coordinator.state.topic.replication.factor=1",
           "share.coordinator.state.topic.min.isr=1",
           "group.initial.rebalance.delay.ms=0",
           "broker.session.timeout.ms=3000",  // it waits so long for itself where it was killed
           "broker.heartbeat.interval.ms=1000",
           "num.network.threads=2",
           "num.io.threads=4",
           "log.cleaner.dedupe.buffer.size=4194304",
           "log.index.size.max.bytes=1024000"}) {
    out += line + "\n";
  }
  return out;
}

/// Changes with whatever would make other classes or another format of the folder.
std::string key_of(const std::string& jars) {
  std::vector<std::string> parts;
  std::error_code unknown;
  for (const fs::directory_entry& jar : fs::directory_iterator(jars, unknown)) {
    parts.push_back(fmt::format("{} {} {}", jar.path().string(), jar.file_size(unknown),
                                jar.last_write_time(unknown).time_since_epoch().count()));
  }
  std::ranges::sort(parts);
  parts.push_back(java_program("java"));
  return sha256_hex(join(parts, "\n")).substr(0, 16);
}

std::vector<std::string> java_command(const std::string& jars, const std::string& data,
                                      std::vector<std::string> options, const std::vector<std::string>& what) {
  std::vector<std::string> out{java_program("java"),
                               "-Xms64m",
                               "-Xmx512m",
                               "-XX:+UseSerialGC",
                               "-XX:TieredStopAtLevel=1",  // it starts in half the time, and has little to do
                               "-Djava.awt.headless=true",
                               "-Dlog4j2.configurationFile=" + data + "/log4j2.properties"};
  out.insert(out.end(), options.begin(), options.end());
  out.insert(out.end(), {"-cp", jars + "/*"});
  out.insert(out.end(), what.begin(), what.end());
  return out;
}

/// `printed` is all that it said.
Error broken(const std::string& printed) {
  if (printed.find("UnsupportedClassVersionError") != std::string::npos) {
    return {ErrorKind::unsupported, "Apache Kafka needs Java 17 or newer", std::nullopt,
            fmt::format("{} is older: set JAVA_HOME, or name a broker that runs with --kafka HOST:PORT",
                        java_program("java"))};
  }
  const std::string said = java_trouble(printed);
  return {ErrorKind::unavailable,
          "Apache Kafka does not start: " + (said.empty() ? "it says nothing, and ends" : said)};
}

}  // namespace

/// What the broker prints, and the beginning of it.
class ApacheBroker::Log {
 public:
  static constexpr std::size_t most_kept = 64 << 10;

  explicit Log(const std::string& path) : file_(path, std::ios::binary) {}

  void add(const std::string& line) {
    file_ << line << '\n' << std::flush;
    const std::scoped_lock lock(mutex_);
    if (begin_.size() < most_kept) begin_ += line + "\n";
  }
  /// The first that tells of trouble, and the beginning of all.
  std::string trouble() const { return java_trouble(all()); }
  std::string all() const {
    const std::scoped_lock lock(mutex_);
    return begin_;
  }

 private:
  std::ofstream file_;
  mutable std::mutex mutex_{};
  std::string begin_{};
};

ApacheBroker::ApacheBroker(ApacheBrokerOptions options)
    : options_(std::move(options)), log_(std::make_unique<Log>(options_.data + "/kafka.log")) {
  supervisor_ = std::make_unique<Supervisor>(
      ProcessWatch{.line = [this](const std::string& /*name*/, const std::string& line) { log_->add(line); },
                   .started =
                       [this](const std::string& /*name*/, const std::string& mark) {
                         if (options_.started) options_.started(mark);
                       },
                   .ended =
                       [this](const std::string& /*name*/, const std::string& reason, std::chrono::seconds pause) {
                         if (options_.ended) options_.ended(described(reason), pause);
                       }});
}

ApacheBroker::~ApacheBroker() {
  const auto before = std::chrono::steady_clock::now();
  const std::chrono::seconds longest = new_classes_.empty() ? patience : patience_at_first;
  supervisor_->stop(broker_name, longest);
  const bool ended_by_itself = std::chrono::steady_clock::now() - before < longest;
  std::error_code trouble;
  if (new_classes_.empty()) return;
  if (ended_by_itself) fs::rename(new_classes_, classes_, trouble);
  fs::remove(new_classes_, trouble);
}

namespace {

bool has_kafka(const std::string& jars) {
  std::error_code unknown;
  const fs::directory_iterator all(jars, unknown);
  return std::ranges::any_of(all, [](const fs::directory_entry& jar) {
    return jar.path().filename().string().starts_with("kafka_") && jar.path().extension() == ".jar";
  });
}

}  // namespace

Result<std::unique_ptr<ApacheBroker>> ApacheBroker::start(ApacheBrokerOptions options, const std::stop_token& stop) {
  if (options.jars.empty()) {
    CF_TRY(options.jars, kafka_jars(options.cache, std::string(apache_kafka_version), options.progress, stop));
  } else if (!has_kafka(options.jars)) {
    return failure(ErrorKind::not_found, fmt::format("there is no kafka_*.jar in {}", quote(options.jars)),
                   "CLOUDFLOW_KAFKA_JARS names the folder libs of an unpacked Apache Kafka");
  }
  std::unique_ptr<ApacheBroker> out(new ApacheBroker(std::move(options)));
  CF_CHECK(out->run(stop));
  return out;
}

namespace {

/// Makes data + "/records" as Kafka wants to find it: a copy of what an earlier run was given, else by Kafka itself.
Result<void> format_folder(const std::string& jars, const std::string& data, const fs::path& kept,
                           const std::stop_token& stop) {
  const fs::path records = fs::path(data) / "records";
  std::error_code trouble;
  if (fs::is_directory(kept, trouble)) {
    fs::copy(kept, records, fs::copy_options::recursive, trouble);
    if (!trouble) return {};
    fs::remove_all(records, trouble);
  }
  Result<ProcessOutput> run = run_process(
      {.command = java_command(
           jars, data, {}, {"kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", data + "/server.properties"})},
      stop);
  if (!run) {
    if (run.error().kind == ErrorKind::not_found)
      return failure(
          ErrorKind::not_found,
          fmt::format("Apache Kafka is needed for clients in Java, and there is no {}", java_program("java")),
          "install a JDK of version 17 or newer, let JAVA_HOME name one, or name a broker that runs with "
          "--kafka HOST:PORT");
    return std::unexpected(std::move(run.error()));
  }
  if (run->status != 0) return std::unexpected(broken(run->output + "\n" + run->errors));
  const fs::path fresh = fmt::format("{}.{}", kept.string(), fs::path(data).filename().string());
  fs::create_directories(kept.parent_path(), trouble);
  if (!trouble) fs::copy(records, fresh, fs::copy_options::recursive, trouble);
  if (!trouble) fs::rename(fresh, kept, trouble);  // fails where another sandbox was faster
  fs::remove_all(fresh, trouble);
  return {};
}

}  // namespace

Result<void> ApacheBroker::run(const std::stop_token& stop) {
  const fs::path kept = fs::path(options_.cache) / ("sandbox-kafka-" + key_of(options_.jars));
  for (int i = 0; i < 2; ++i) {
    std::optional<LocalPort> port = LocalPort::take_any();
    if (!port) return failure(ErrorKind::unavailable, "no port of 127.0.0.1 is free for Apache Kafka");
    ports_.push_back(*std::move(port));
  }
  const int port = ports_.front().number();
  address_ = fmt::format("127.0.0.1:{}", port);
  std::ofstream(options_.data + "/server.properties", std::ios::binary)
      << properties(port, ports_.back().number(), options_.data);
  std::ofstream(options_.data + "/log4j2.properties", std::ios::binary) << java_file("log4j2.properties");
  CF_CHECK(format_folder(options_.jars, options_.data, kept / "formatted", stop));
  std::error_code trouble;
  // Its classes, as Java had them in memory: the next start takes less than half of the time.
  classes_ = (kept / "classes.jsa").string();
  std::vector<std::string> with_classes{"-XX:SharedArchiveFile=" + classes_};
  if (!fs::exists(classes_, trouble)) {
    new_classes_ = fmt::format("{}.{}", classes_, fs::path(options_.data).filename().string());
    with_classes = {"-XX:ArchiveClassesAtExit=" + new_classes_};
  }
  CF_CHECK(supervisor_->start(broker_name,
                              {.command = java_command(options_.jars, options_.data, with_classes,
                                                       {"kafka.Kafka", options_.data + "/server.properties"})}));
  Result<void> listens = wait_until_it_listens(port, stop);
  // Should what was kept be damaged, the next start makes it anew.
  if (!listens && listens.error().kind != ErrorKind::interrupted) fs::remove_all(kept / "formatted", trouble);
  return listens;
}

std::string ApacheBroker::described(const std::string& reason) const {
  std::error_code unknown;
  const fs::space_info space = fs::space(options_.data, unknown);
  constexpr std::uintmax_t little = 1 << 20;
  const bool is_full = !unknown && space.available < little;
  return fmt::format("Apache Kafka {}{}", reason.empty() ? "has ended" : reason,
                     is_full ? fmt::format(" (no space is left in {})", options_.data) : "");
}

std::string ApacheBroker::problem() const {
  const ProcessState state = supervisor_->state(broker_name);
  const bool has_ended = state.restarts > 0 || state.kind == ProcessState::Kind::ended;
  return has_ended ? described(state.reason) : "";
}

Result<void> ApacheBroker::wait_until_it_listens(int port, const std::stop_token& stop) const {
  const auto deadline = std::chrono::steady_clock::now() + longest_start;
  while (is_port_free(port)) {
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
    const ProcessState state = supervisor_->state(broker_name);
    if (state.kind == ProcessState::Kind::ended || state.restarts > 0) return std::unexpected(broken(log_->all()));
    if (std::chrono::steady_clock::now() > deadline)
      return failure(ErrorKind::timeout, fmt::format("Apache Kafka does not listen after {} s: {}",
                                                     longest_start.count(), log_->trouble()));
    real_clock().sleep(std::chrono::milliseconds(50), stop);
  }
  return {};
}

}  // namespace cloudflow
