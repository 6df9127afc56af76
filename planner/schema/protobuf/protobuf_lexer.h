// The words of .proto files and of the protobuf text format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

struct ProtoToken {
  enum class Kind { name, number, string, symbol, end };
  Kind kind = Kind::end;
  std::string text{};      ///< of a string: what it means, without quotes
  std::size_t offset = 0;  ///< into the source
};

/// Always ends with a token of kind `end`. A name may hold dots ("a.b.C", ".a.B"). Comments: `//`, `/* */` and `#`.
/// Neighbouring strings become one.
Result<std::vector<ProtoToken>> protobuf_tokens(std::string_view text, std::string_view file);

}  // namespace cloudflow
