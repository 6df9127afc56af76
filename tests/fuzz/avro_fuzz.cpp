// Avro schemas from anybody: two texts, separated by a zero byte, are parsed, printed and compared.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "planner/schema/avro/avro_canonical.h"
#include "planner/schema/avro/avro_compatibility.h"
#include "planner/schema/avro/avro_fingerprint.h"

using namespace cloudflow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t middle = text.find('\0');
  const auto reader = parse_avro_schema(text.substr(0, middle));
  if (!reader) return 0;
  (void)avro_contract_fingerprint(*reader);
  // The canonical form of a schema without mixed namespaces is itself a schema that everybody reads the same way.
  const auto again = parse_avro_schema(avro_canonical_form(*reader));
  if (again && !avro_incompatibilities(*again, *again).empty() && avro_incompatibilities(*reader, *reader).empty())
    std::abort();
  if (middle == std::string_view::npos) return 0;
  const auto writer = parse_avro_schema(text.substr(middle + 1));
  if (!writer) return 0;
  (void)avro_incompatibilities(*reader, *writer);
  return 0;
}
