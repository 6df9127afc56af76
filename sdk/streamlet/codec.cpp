// Contracts of ports whose values have no Avro schema.
#include "cloudflow/streamlet/codec.h"

#include <algorithm>

#include "sdk/streamlet/fingerprint.h"

namespace cloudflow::streamlet {

namespace {

constexpr int deepest_json = 500;

}  // namespace

Json json_of_bytes(std::string_view bytes) {
  if (depth_of_json(bytes) > deepest_json) throw CodecError("values are too deep inside of each other");
  return Json::parse(bytes);
}

PortContract json_contract() { return {"json", "{}", base64_sha256("{}"), "json"}; }

PortContract bytes_contract() {
  constexpr std::string_view name = "ByteArraySchema";  // also where the schema stands, in Cloudflow 2 and here
  return {std::string(name), std::string(name), base64_sha256(name), "bytearray"};
}

}  // namespace cloudflow::streamlet
