// The two notations of a Protobuf schema. Types are as written; parse_protobuf_schema resolves them.
#pragma once

#include "planner/schema/protobuf_lexer.h"
#include "planner/schema/protobuf_schema.h"

namespace cloudflow {

/// The text that errors are about.
struct ProtoSource {
  std::string_view text{};
  std::string_view file{};
  std::unexpected<Error> bad(std::size_t offset, std::string message, std::string hint = {}) const;
};

Result<ProtoSchema> parse_proto_file(const ProtoSource& source, const std::vector<ProtoToken>& tokens);
Result<ProtoSchema> parse_proto_text_format(const ProtoSource& source, const std::vector<ProtoToken>& tokens);

}  // namespace cloudflow
