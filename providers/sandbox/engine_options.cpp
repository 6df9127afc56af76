// What Java is told so that an engine runs inside of the process of its streamlet.
#include "providers/sandbox/engine_options.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// What both engines, and what they serialize with, look into.
constexpr std::array open_packages = {
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.math",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.text",
    "java.base/java.time",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/java.util.concurrent.locks",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.util.calendar",
};

/// A file that is run by this name.
fs::path program_file(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody here changes the environment
  for (const std::string& folder : split(path == nullptr ? "" : path, ':')) {
    std::error_code unknown;
    if (fs::exists(fs::path(folder) / program, unknown)) return fs::path(folder) / program;
  }
  return program;
}

}  // namespace

bool has_modules(const std::string& java) {
  std::error_code unknown;
  const fs::path home = fs::weakly_canonical(program_file(java), unknown).parent_path().parent_path();
  // Java 8 has its classes in this file; its JDK has two programs `java`.
  return !fs::exists(home / "lib/rt.jar", unknown) && !fs::exists(home / "jre/lib/rt.jar", unknown);
}

EngineOptions engine_options(std::string_view runtime, bool has_modules, const std::string& storage) {
  EngineOptions out;
  const bool is_spark = runtime == "spark";
  if (!is_spark && runtime != "flink") return out;
  out.java.push_back("-Dcloudflow.sandbox.runtime=" + std::string(runtime));
  if (has_modules) {
    for (const char* package : open_packages)
      out.java.push_back("--add-opens=" + std::string(package) + "=ALL-UNNAMED");
  }
  if (!is_spark) return out;
  out.java.emplace_back("-Dspark.master=local[*]");
  out.java.push_back("-Dspark.sql.warehouse.dir=" + storage + "/spark-warehouse");  // else in the folder of the project
  // Netty's and Spark's own ways to memory, which they do not take on newer Java by themselves.
  out.java.emplace_back("-Dio.netty.tryReflectionSetAccessible=true");
  out.environment["SPARK_LOCAL_IP"] = "127.0.0.1";  // for its page as well, which is else on all addresses
  return out;
}

}  // namespace cloudflow
