// Whether one port can read what another writes.
#include "planner/schema/compatibility.h"

#include <fmt/format.h>

namespace cloudflow {

std::vector<Incompatibility> incompatibilities(const PortSchema& reader, const PortSchema& writer) {
  if (reader.format != writer.format) {
    return {{"format", "", fmt::format("it reads {}, but {} is written", reader.format, writer.format)}};
  }
  if (!reader.fingerprint.empty() && reader.fingerprint == writer.fingerprint) return {};
  if (!reader.text.empty() && reader.text == writer.text) return {};
  if (reader.text.empty() || writer.text.empty()) {
    return {{"unknown", "", "their fingerprints differ, and the build left the schemas themselves out"}};
  }
  return {{"different", "", "their schemas differ"}};
}

}  // namespace cloudflow
