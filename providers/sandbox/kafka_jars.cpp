// Where the jars of Apache Kafka are.
#include "providers/sandbox/kafka_jars.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "providers/sandbox/java_program.h"
#include "sdk/support/process.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr const char* other_ways =
    "set CLOUDFLOW_KAFKA_JARS to the folder libs of an unpacked Apache Kafka, or name a broker that runs with --kafka "
    "HOST:PORT";

}  // namespace

Result<std::string> kafka_jars(const std::string& cache, const std::string& version,
                               const std::function<void(const std::string&)>& progress, const std::stop_token& stop) {
  const fs::path folder = fs::path(cache) / fmt::format("sandbox-kafka-{}", version);
  const fs::path jars = folder / "lib";
  std::error_code trouble;
  if (fs::is_directory(jars, trouble)) return jars.string();
  fs::create_directories(folder, trouble);
  std::string fresh = (folder / "new-XXXXXX").string();  // several sandboxes may fetch at once
  if (trouble || ::mkdtemp(fresh.data()) == nullptr)
    return failure(ErrorKind::denied,
                   fmt::format("Kafka cannot be kept in {}: {}", folder.string(),
                               trouble ? trouble.message() : std::strerror(errno)),
                   "CLOUDFLOW_CACHE names another folder");
  const auto clean = [&] { fs::remove_all(fresh, trouble); };
  std::ofstream(fs::path(fresh) / "pom.xml", std::ios::binary) << java_file("kafka-pom.xml");
  if (progress) progress(fmt::format("Fetching Apache Kafka {} by Maven (55 MB, once) …", version));
  const Result<ProcessOutput> run =
      run_process({.command = {"mvn", "-q", "-B", "-f", fresh + "/pom.xml", "dependency:copy-dependencies",
                               "-DoutputDirectory=" + fresh + "/lib"},
                   .deadline = std::chrono::minutes(10)},
                  stop);
  if (!run) {
    clean();
    if (run.error().kind != ErrorKind::not_found) return std::unexpected(run.error());
    return failure(ErrorKind::not_found,
                   "Apache Kafka is needed for clients in Java, and there is no Maven to fetch it",
                   fmt::format("install Maven, {}", other_ways));
  }
  if (run->status != 0) {
    clean();
    return failure(ErrorKind::unavailable,
                   fmt::format("Maven could not fetch Apache Kafka {}: {}", version,
                               java_trouble(run->output + "\n" + run->errors)),
                   fmt::format("let Maven reach its repository, {}", other_ways));
  }
  fs::rename(fs::path(fresh) / "lib", jars, trouble);  // fails where another sandbox was faster: that one is as good
  clean();
  return jars.string();
}

}  // namespace cloudflow
