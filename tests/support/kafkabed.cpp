// Starts the script as a child and reads its "ready" line.
#include "tests/support/kafkabed.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/cache.h"
#include "tests/support/given_server.h"

namespace cloudflow::testing {
namespace {

using namespace std::chrono_literals;

/// The text up to and with the first line feed; empty when the other end closes or time runs out.
std::string read_line(int file, std::chrono::milliseconds time) {
  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < deadline) {
    pollfd waiting{file, POLLIN, 0};
    if (poll(&waiting, 1, 200) <= 0) continue;
    char one = 0;
    if (read(file, &one, 1) != 1) return "";
    if (one == '\n') return text;
    text += one;
  }
  return "";
}

}  // namespace

std::string kafka_jars() { return cache_folder() + "/kafka"; }

Result<std::unique_ptr<Kafkabed>> Kafkabed::start(const std::string& source, const std::vector<std::string>& options) {
  const std::string jars = kafka_jars();
  if (!std::filesystem::exists(jars + "/lib")) {
    return failure(ErrorKind::not_found, fmt::format("no Kafka in {}: run scripts/bootstrap", jars));
  }
  std::unique_ptr<Kafkabed> bed(new Kafkabed());
  std::string folder = std::filesystem::temp_directory_path() / "kafkabed.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return failure(ErrorKind::unavailable, "no temporary folder");
  bed->folder_ = folder;
  std::vector<std::string> command{source + "/tests/testbed/kafka/kafkabed",
                                   "--jars",
                                   jars,
                                   "--dir",
                                   folder,
                                   "--parent",
                                   fmt::format("{}", getpid())};
  command.insert(command.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& part : command) arguments.push_back(part.data());
  arguments.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return failure(ErrorKind::unavailable, "no pipe");
  bed->process_ = fork();
  if (bed->process_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  const std::string line = read_line(ends[0], 120s);
  close(ends[0]);
  if (!line.starts_with("ready "))
    return failure(ErrorKind::unavailable, fmt::format("kafkabed did not start; its logs are in {}", folder));
  bed->bootstrap_ = line.substr(6);
  return bed;
}

Kafkabed::~Kafkabed() {
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  int status = 0;
  waitpid(process_, &status, 0);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Kafkabed::stop_broker(int number) const {
  const std::string away = fmt::format("{}/stopped-{}", folder_, number);
  std::ofstream(fmt::format("{}/stop-{}", folder_, number)).flush();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!std::filesystem::exists(away) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(20ms);  // a poll with a deadline
}

void Kafkabed::start_broker(int number) const {
  const std::string away = fmt::format("{}/stopped-{}", folder_, number);
  std::filesystem::remove(fmt::format("{}/stop-{}", folder_, number));
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (std::filesystem::exists(away) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(20ms);  // a poll with a deadline
}

Result<std::string> shared_brokers(const std::string& source) {
  if (const std::string given = given_server("CLOUDFLOW_TEST_BROKERS"); !given.empty()) return given;
  if (const std::string shared = shared_servers(); !shared.empty()) {
    std::ifstream file(shared + "/kafka/bootstrap");
    std::string bootstrap;
    std::getline(file, bootstrap);
    return bootstrap;
  }
  static const Result<std::unique_ptr<Kafkabed>> bed = Kafkabed::start(source, {});
  if (!bed) return std::unexpected(bed.error());
  return (*bed)->bootstrap();
}

std::string fresh_name(const std::string& name) {
  static std::atomic<int> count = 0;
  return fmt::format("{}-{}-{}", name, getpid(), ++count);
}

bool run_kafka_tool(const std::string& input, const std::string& main_class, const std::string& arguments) {
  const std::string command =
      fmt::format("{} | java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '{}/lib/*' {} {} > /dev/null 2>&1", input,
                  kafka_jars(), main_class, arguments);
  return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): tests call it from one thread
}

}  // namespace cloudflow::testing
