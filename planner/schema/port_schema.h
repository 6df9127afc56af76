// The contract of a port.
#pragma once

#include <string>

namespace cloudflow {

/// The contract of a port. `text` is the schema itself; empty when the build left it out.
struct PortSchema {
  std::string name{};
  std::string text{};
  std::string fingerprint{};
  std::string format{};  ///< "avro", "proto", "json", "bytearray"
};

}  // namespace cloudflow
