// A process that writes, reads and settles things in Kafka by Kafka's own client.
#include "tests/support/kafka_actor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

#include "tests/support/kafkabed.h"

namespace cloudflow::testing {

Result<std::unique_ptr<KafkaActor>> KafkaActor::start(const std::string& source, const std::string& bootstrap) {
  std::vector<std::string> command{"java",   "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                                   "-cp",    kafka_jars() + "/lib/*",   source + "/tests/testbed/kafka/Actor.java",
                                   bootstrap};
  std::vector<char*> arguments;
  for (std::string& part : command) arguments.push_back(part.data());
  arguments.push_back(nullptr);
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0)
    return failure(ErrorKind::unavailable, "no pipe");
  std::unique_ptr<KafkaActor> actor(new KafkaActor());
  actor->process_ = fork();
  if (actor->process_ == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  actor->in_ = fdopen(to[1], "w");
  actor->out_ = fdopen(from[0], "r");
  CF_CHECK(actor->answer());
  return actor;
}

KafkaActor::~KafkaActor() {
  if (in_ != nullptr) std::fclose(in_);
  if (out_ != nullptr) std::fclose(out_);
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  int status = 0;
  waitpid(process_, &status, 0);
}

Result<void> KafkaActor::run(const std::string& command) {
  fmt::print(in_, "{}\n", command);
  std::fflush(in_);
  auto done = answer();
  return done ? done : failure_in(command, std::move(done).error());
}

Result<void> KafkaActor::answer() {
  std::array<char, 4096> line{};
  if (std::fgets(line.data(), line.size(), out_) == nullptr)
    return failure(ErrorKind::unavailable, "Kafka's client has ended");
  std::string text(line.data());
  while (text.ends_with('\n')) text.pop_back();
  if (text == "ok") return {};
  return failure(ErrorKind::invalid_input, text);
}

}  // namespace cloudflow::testing
