// Apache Kafka beside this process, for clients that the embedded broker cannot serve.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "providers/sandbox/local_port.h"
#include "providers/sandbox/supervisor.h"

namespace cloudflow {

/// The version that Maven is asked for.
inline constexpr std::string_view apache_kafka_version = "4.3.1";

struct ApacheBrokerOptions {
  std::string cache{};  ///< for what can be made again: jars, loaded classes, a formatted folder
  std::string data{};   ///< an empty folder for records and the log kafka.log
  std::string jars{};   ///< a folder with Kafka's jars; empty: fetched by Maven into `cache`, once
  /// Told what takes long.
  std::function<void(const std::string& what)> progress{};
  /// Told of the broker as of any process that runs beside us (Supervisor), by a thread of its own. Its lines go to the
  /// log.
  std::function<void(const std::string& mark)> started{};
  std::function<void(const std::string& reason, std::chrono::seconds pause)> ended{};
};

/// One broker that is its own controller, on free ports of 127.0.0.1, which nobody has to log in to. Started again when
/// it ends by itself; its records stay then. At most 512 MiB of memory for Java.
class ApacheBroker {
 public:
  /// As EmbeddedBroker::session; it takes no less from clients.
  static constexpr int session = 6000;

  /// Returns when it listens: after about a second, the first time on a machine after some 4 s and what Maven takes.
  /// unavailable, not_found: no Java of at least 17, no jars, or the broker ends at once; says which and what to do.
  static Result<std::unique_ptr<ApacheBroker>> start(ApacheBrokerOptions options, const std::stop_token& stop);
  ~ApacheBroker();
  ApacheBroker(const ApacheBroker&) = delete;
  ApacheBroker& operator=(const ApacheBroker&) = delete;

  /// "127.0.0.1:29092"
  const std::string& address() const { return address_; }
  /// That it has ended since it was started, and why; empty where it has not.
  std::string problem() const;

 private:
  class Log;
  explicit ApacheBroker(ApacheBrokerOptions options);
  /// Why it has ended, with what it may not know itself.
  std::string described(const std::string& reason) const;
  Result<void> run(const std::stop_token& stop);
  Result<void> wait_until_it_listens(int port, const std::stop_token& stop) const;

  ApacheBrokerOptions options_;
  std::vector<LocalPort> ports_{};  ///< for clients, and for its controller
  std::string address_{};
  std::string classes_{};      ///< where the classes that it loads are kept for the next start
  std::string new_classes_{};  ///< where this run writes them at its end; empty where they are there
  std::unique_ptr<Log> log_;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace cloudflow
