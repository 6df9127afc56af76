// Whether one port can read what another writes.
#pragma once

#include <string>
#include <vector>

#include "planner/schema/port_schema.h"

namespace cloudflow {

struct Incompatibility {
  std::string kind;
  std::string path;
  std::string message;
};

/// Empty when data written with `writer` can be read with `reader`.
std::vector<Incompatibility> incompatibilities(const PortSchema& reader, const PortSchema& writer);

}  // namespace cloudflow
