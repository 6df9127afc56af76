// The streamlets: readings are made up or come over HTTP, are checked, turned into metrics, and printed.
#pragma once

#include <cloudflow/streamlet/http_ingress.h>

#include <cmath>
#include <iostream>

#include "reading.h"

using namespace cloudflow::streamlet;

/// Makes readings up: a device after the other, each a little warmer than before, until it is far too hot.
class Sensors : public Streamlet {
  Outlet<Reading> out{*this, "out", partition_by(&Reading::device)};
  Parameter<std::int32_t> devices{*this, "devices", "How many devices there are", 3};
  Parameter<std::chrono::nanoseconds> every{*this, "every", "Time between two readings", std::chrono::seconds(1)};
  std::int32_t count_ = 0;

 public:
  Sensors() {
    generate([this] {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      const std::int32_t device = count_ % devices;
      const std::int64_t at = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
      out.send({"sensor-" + std::to_string(device), at, 20.0 + count_ % 50});
      ++count_;
      return wait(every);
    });
  }
};

/// Takes readings over HTTP: `curl -d '{"device": "mine", "at": 1, "celsius": 21.5}' http://127.0.0.1:3000/`.
class Ingress : public Streamlet {
  Outlet<Reading> out{*this, "out", partition_by(&Reading::device)};
  HttpIngress http{*this, out};
};

class Validate : public Streamlet {
  Inlet<Reading> in{*this, "in"};
  Outlet<Reading> valid{*this, "valid", partition_by(&Reading::device)};
  Outlet<InvalidReading> invalid{*this, "invalid"};
  Parameter<double> limit{*this, "max-celsius", "Above that a reading is invalid", 60.0};

 public:
  Validate() {
    on(in, [this](const Reading& reading) {
      if (!std::isfinite(reading.celsius)) return invalid.send({reading, "no temperature"});
      if (reading.celsius > limit) return invalid.send({reading, "too hot"});
      valid.send(reading);
    });
  }
};

/// Makes of each reading what a collector of metrics takes.
class Metrics : public Streamlet {
  Inlet<Reading> in{*this, "in"};
  Outlet<Metric> out{*this, "out", partition_by(&Metric::device)};

 public:
  Metrics() {
    on(in, [this](const Reading& reading) {
      out.send({reading.device, "celsius", reading.at, reading.celsius});
      out.send({reading.device, "fahrenheit", reading.at, reading.celsius * 1.8 + 32});
    });
  }
};

/// Prints what it reads; std::endl, so that a line is out before its record counts as read.
class Print : public Streamlet {
  Inlet<Reading> valid{*this, "valid"};
  Inlet<InvalidReading> invalid{*this, "invalid"};
  Inlet<Metric> metrics{*this, "metrics"};

 public:
  Print() {
    on(valid, [](const Reading& reading) { std::cout << reading.device << ": " << reading.celsius << std::endl; });
    on(invalid, [](const InvalidReading& one) {
      std::cout << one.reading.device << ": invalid, " << one.why << ": " << one.reading.celsius << std::endl;
    });
    on(metrics,
       [](const Metric& one) { std::cout << one.name << " of " << one.device << " is " << one.value << std::endl; });
  }
};
