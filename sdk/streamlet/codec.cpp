// Contracts of ports whose values have no Avro schema.
#include "cloudflow/streamlet/codec.h"

#include <algorithm>

#include "sdk/streamlet/fingerprint.h"

namespace cloudflow::streamlet {

namespace {

constexpr int deepest_json = 500;

/// How deep brackets are inside of each other, whether or not it is JSON.
int depth_of_json(std::string_view text) {
  int depth = 0;
  int most = 0;
  bool is_in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      is_in_text = !is_in_text;
    } else if (is_in_text) {
      if (c == '\\') ++i;
    } else if (c == '[' || c == '{') {
      most = std::max(most, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return most;
}

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
