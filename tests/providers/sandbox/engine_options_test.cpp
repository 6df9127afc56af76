// What Java is told for an engine inside of a process.
#include "providers/sandbox/engine_options.h"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <filesystem>

#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

bool has(const EngineOptions& options, const std::string& word) {
  return std::ranges::find(options.java, word) != options.java.end();
}

bool opens(const EngineOptions& options) { return has(options, "--add-opens=java.base/java.nio=ALL-UNNAMED"); }

}  // namespace

TEST_CASE("an engine is told that it runs here, and newer Java what it looks into", "[sandbox]") {
  const EngineOptions spark = engine_options("spark", true, "/storage");
  CHECK(opens(spark));
  CHECK(has(spark, "-Dspark.master=local[*]"));
  CHECK(has(spark, "-Dspark.sql.warehouse.dir=/storage/spark-warehouse"));
  CHECK(has(spark, "-Dcloudflow.sandbox.runtime=spark"));
  CHECK(spark.environment == std::map<std::string, std::string>{{"SPARK_LOCAL_IP", "127.0.0.1"}});
  const EngineOptions flink = engine_options("flink", true, "/storage");
  CHECK(opens(flink));
  CHECK(flink.java.front() == "-Dcloudflow.sandbox.runtime=flink");
  CHECK_FALSE(has(flink, "-Dspark.master=local[*]"));
  CHECK(flink.environment.empty());
  CHECK_FALSE(opens(engine_options("spark", false, "/storage")));
  CHECK(has(engine_options("spark", false, "/storage"), "-Dspark.master=local[*]"));
  CHECK(engine_options("akka", true, "/storage").java.empty());
}

TEST_CASE("Java 8 is told by where its classes are", "[sandbox]") {
  const TempFolder folder;
  folder.write_program("jdk17/bin/java", "#!/bin/sh\n");
  folder.write("jdk17/lib/modules", "");
  CHECK(has_modules(folder.path("jdk17/bin/java")));
  folder.write_program("jdk8/bin/java", "#!/bin/sh\n");
  folder.write("jdk8/jre/lib/rt.jar", "");
  CHECK_FALSE(has_modules(folder.path("jdk8/bin/java")));
  folder.write_program("jdk8/jre/bin/java", "#!/bin/sh\n");
  CHECK_FALSE(has_modules(folder.path("jdk8/jre/bin/java")));
  std::filesystem::create_symlink("jdk8/jre/bin/java", folder.path("java"));
  CHECK_FALSE(has_modules(folder.path("java")));
  CHECK(has_modules(folder.path("none")));
}
