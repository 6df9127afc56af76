// Which version of an engine, such as Flink or Spark, an image holds, as far as its name tells.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace cloudflow {

/// "2.3". What comes after it is a matter of bugs, not of formats.
struct EngineVersion {
  int major = 0;
  int minor = 0;

  auto operator<=>(const EngineVersion&) const = default;
  std::string text() const;
};

/// The version at the beginning of "1.20", "1.20.5" or "2.3.0-SNAPSHOT"; nothing for any other text.
std::optional<EngineVersion> read_engine_version(std::string_view text);

/// The version that an image says it holds: "flink:1.20.5-java17", "eu.example.com/flink:2.3", "shop:1.7-flink-2.3.0",
/// "shop-flink1.20:7" or "shop:1.20.5-scala_2.12-java17", for engine "flink". Nothing for "shop:1.20", whose tag is as
/// likely the version of the shop.
std::optional<EngineVersion> version_of_image(std::string_view image, std::string_view engine);

}  // namespace cloudflow
