// A real Kafka for tests: given by CLOUDFLOW_TEST_BROKERS, or one of the shared servers, or started once per process by
// tests/testbed/kafka/kafkabed.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow::testing {

/// A running cluster; ends with this object.
class Kafkabed {
 public:
  /// `source` is the source folder; `options` e.g. {"--secure", "--tls"} or {"--brokers", "3"}.
  static Result<std::unique_ptr<Kafkabed>> start(const std::string& source, const std::vector<std::string>& options);
  ~Kafkabed();
  Kafkabed(const Kafkabed&) = delete;
  Kafkabed& operator=(const Kafkabed&) = delete;

  const std::string& bootstrap() const { return bootstrap_; }
  const std::string& folder() const { return folder_; }

  /// Ends broker `number` (from 1) with SIGKILL, and starts it again on what it has written. Wait until the process is
  /// gone, or begins to start.
  void stop_broker(int number = 1) const;
  void start_broker(int number = 1) const;

 private:
  Kafkabed() = default;
  std::string folder_{};
  std::string bootstrap_{};
  pid_t process_ = -1;
};

/// Bootstrap servers of the one plain broker that all tests of this process share, each under names of its own.
Result<std::string> shared_brokers(const std::string& source);

/// The folder with Kafka's own tools (below lib/).
std::string kafka_jars();

/// Runs one of Kafka's own tools with what the shell command `input` prints; whether it succeeded.
bool run_kafka_tool(const std::string& input, const std::string& main_class, const std::string& arguments);

/// "name-<process>-<count>": no other test has it.
std::string fresh_name(const std::string& name);

}  // namespace cloudflow::testing
