// Contracts of ports whose values have no Avro schema.
#include "cloudflow/streamlet/codec.h"

#include "sdk/streamlet/fingerprint.h"

namespace cloudflow::streamlet {

PortContract json_contract() { return {"json", "{}", base64_sha256("{}"), "json"}; }

PortContract bytes_contract() {
  constexpr std::string_view name = "ByteArraySchema";  // also where the schema stands, in Cloudflow 2 and here
  return {std::string(name), std::string(name), base64_sha256(name), "bytearray"};
}

}  // namespace cloudflow::streamlet
