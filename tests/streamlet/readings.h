// Types that tests of streamlets write and read.
#pragma once

#include "cloudflow/streamlet/streamlet.h"

namespace cloudflow::testing {

struct Reading {
  std::string device{};
  std::int64_t at = 0;
  double celsius = 0;

  bool operator==(const Reading&) const = default;
};

enum class Unit { celsius, kelvin };

struct Place {
  std::string name{};
  std::optional<double> height{};

  bool operator==(const Place&) const = default;
};

/// One field of each kind.
struct Everything {
  bool yes = false;
  std::int32_t small = 0;
  std::int64_t large = 0;
  float rough = 0;
  double fine = 0;
  std::string text{};
  streamlet::Bytes bytes{};
  Unit unit = Unit::celsius;
  Place place{};
  std::optional<Place> other{};
  std::vector<std::string> words{};
  std::map<std::string, std::vector<Place>> places{};
  std::vector<bool> flags{};

  bool operator==(const Everything&) const = default;
};

}  // namespace cloudflow::testing

namespace cloudflow::streamlet {

template <>
struct Schema<testing::Reading> : Record<testing::Reading> {
  using T = testing::Reading;
  static constexpr auto name = "com.example.Reading";
  static constexpr auto fields =
      std::tuple{field("device", &T::device), field("at", &T::at), field("celsius", &T::celsius)};
};

template <>
struct Schema<testing::Unit> : Enum<testing::Unit> {
  static constexpr auto name = "com.example.Unit";
  static constexpr auto symbols =
      std::array{symbol("CELSIUS", testing::Unit::celsius), symbol("KELVIN", testing::Unit::kelvin)};
};

template <>
struct Schema<testing::Place> : Record<testing::Place> {
  static constexpr auto name = "com.example.geo.Place";
  static constexpr auto fields =
      std::tuple{field("name", &testing::Place::name), field("height", &testing::Place::height)};
};

template <>
struct Schema<testing::Everything> : Record<testing::Everything> {
  using T = testing::Everything;
  static constexpr auto name = "com.example.Everything";
  static constexpr auto fields = std::tuple{
      field("yes", &T::yes),     field("small", &T::small), field("large", &T::large), field("rough", &T::rough),
      field("fine", &T::fine),   field("text", &T::text),   field("bytes", &T::bytes), field("unit", &T::unit),
      field("place", &T::place), field("other", &T::other), field("words", &T::words), field("places", &T::places),
      field("flags", &T::flags)};
};

}  // namespace cloudflow::streamlet
