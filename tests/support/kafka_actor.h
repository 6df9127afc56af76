// A process that writes, reads and settles things in Kafka by Kafka's own client; see tests/testbed/kafka/Actor.java.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow::testing {

class KafkaActor {
 public:
  /// `source` is the source folder.
  static Result<std::unique_ptr<KafkaActor>> start(const std::string& source, const std::string& bootstrap);
  ~KafkaActor();
  KafkaActor(const KafkaActor&) = delete;
  KafkaActor& operator=(const KafkaActor&) = delete;

  /// One command line; an error with Kafka's words when it failed.
  Result<void> run(const std::string& command);

 private:
  KafkaActor() = default;
  Result<void> answer();
  std::FILE* in_ = nullptr;
  std::FILE* out_ = nullptr;
  pid_t process_ = -1;
};

}  // namespace cloudflow::testing
