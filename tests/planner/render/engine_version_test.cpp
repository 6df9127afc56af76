// Which version of an engine the name of an image tells.
#include "planner/render/engine_version.h"

#include <catch2/catch_all.hpp>

namespace cloudflow {
namespace {

std::string told(std::string_view image, std::string_view engine = "flink") {
  const auto version = version_of_image(image, engine);
  return version ? version->text() : "unknown";
}

TEST_CASE("the name of an image tells the version of its engine only where it speaks of the engine", "[template]") {
  CHECK(told("flink:1.20.5") == "1.20");
  CHECK(told("flink:2.3.0-scala_2.12-java17") == "2.3");
  CHECK(told("registry.example.com:5000/library/flink:1.18-java11@sha256:0123") == "1.18");
  CHECK(told("shop:1.7-flink-2.3.0") == "2.3");
  CHECK(told("shop:1.7-flink1.20") == "1.20");
  CHECK(told("shop-flink-1.19:7") == "1.19");
  CHECK(told("flink-1.17/shop:flink_v2.0.1") == "2.0");
  CHECK(told("shop:1.20.5-scala_2.12-java17") == "1.20");
  CHECK(told("apache/spark:4.0.1-scala2.13-java17-ubuntu", "spark") == "4.0");
  // The version of the shop.
  CHECK(told("shop:1.20") == "unknown");
  CHECK(told("shop-flink:1.20.5") == "unknown");
  CHECK(told("localhost:1.20/shop") == "unknown");
  CHECK(told("flink-statefun:3.3.0") == "unknown");
  CHECK(told("flink:latest") == "unknown");
  CHECK(told("flink") == "unknown");
  CHECK(told("flink@sha256:1.20") == "unknown");
  CHECK(told("blink:1.20") == "unknown");
  CHECK(told("flink:1") == "unknown");
  CHECK(told("") == "unknown");
}

TEST_CASE("a version is read from the beginning of a text, and ordered by numbers", "[template]") {
  CHECK(read_engine_version("1.20")->text() == "1.20");
  CHECK(read_engine_version("2.3.0-SNAPSHOT")->text() == "2.3");
  CHECK(!read_engine_version("of-image"));
  CHECK(!read_engine_version("1"));
  CHECK(!read_engine_version("1.x"));
  CHECK(!read_engine_version("1.20x"));
  CHECK(!read_engine_version("-1.2"));
  CHECK(!read_engine_version("99999999999.1"));
  CHECK(*read_engine_version("1.9") < *read_engine_version("1.20"));
  CHECK(*read_engine_version("1.20") < *read_engine_version("2.0"));
}

}  // namespace
}  // namespace cloudflow
