// What flows: a reading of a sensor, why a reading is not believed, and a metric of one that is.
#pragma once

#include <cloudflow/streamlet/streamlet.h>

struct Reading {
  std::string device{};
  std::int64_t at = 0;  ///< milliseconds since 1970
  double celsius = 0;

  bool operator==(const Reading&) const = default;
};

template <>
struct cloudflow::streamlet::Schema<Reading> : Record<Reading> {
  static constexpr auto name = "com.example.sensors.Reading";
  static constexpr auto fields =
      std::tuple{field("device", &Reading::device), field("at", &Reading::at), field("celsius", &Reading::celsius)};
};

struct InvalidReading {
  Reading reading{};
  std::string why{};

  bool operator==(const InvalidReading&) const = default;
};

template <>
struct cloudflow::streamlet::Schema<InvalidReading> : Record<InvalidReading> {
  static constexpr auto name = "com.example.sensors.InvalidReading";
  static constexpr auto fields =
      std::tuple{field("reading", &InvalidReading::reading), field("why", &InvalidReading::why)};
};

struct Metric {
  std::string device{};
  std::string name{};
  std::int64_t at = 0;  ///< milliseconds since 1970
  double value = 0;

  bool operator==(const Metric&) const = default;
};

template <>
struct cloudflow::streamlet::Schema<Metric> : Record<Metric> {
  static constexpr auto name = "com.example.sensors.Metric";
  static constexpr auto fields = std::tuple{field("device", &Metric::device), field("name", &Metric::name),
                                            field("at", &Metric::at), field("value", &Metric::value)};
};
