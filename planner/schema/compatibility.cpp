// Whether one port can read what another writes.
#include "planner/schema/compatibility.h"

#include <fmt/format.h>

#include "cloudflow/result.h"
#include "planner/schema/avro_compatibility.h"
#include "planner/schema/json_schema_compatibility.h"
#include "planner/schema/protobuf_compatibility.h"
#include "planner/schema/schema_format.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

using Reasons = std::vector<Incompatibility>;

Reasons unreadable(std::string_view whose, const Error& error) {
  const std::string place = error.where ? fmt::format("{}:{}: ", error.where->line, error.where->column) : "";
  return {{"invalid-schema", "", fmt::format("the {}'s schema: {}{}", whose, place, error.message)}};
}

/// Parses both and compares them, for the formats that have a parsed form.
template <class Schema>
Reasons compared(const PortSchema& reader, const PortSchema& writer,
                 Result<Schema> (*parse)(std::string_view, std::string_view),
                 Reasons (*compare)(const Schema&, const Schema&)) {
  const Result<Schema> r = parse(reader.text, "");
  if (!r) return unreadable("reader", r.error());
  const Result<Schema> w = parse(writer.text, "");
  if (!w) return unreadable("writer", w.error());
  return compare(*r, *w);
}

}  // namespace

std::vector<Incompatibility> incompatibilities(const PortSchema& reader, const PortSchema& writer) {
  const auto format = schema_format(reader.format);
  const auto other = schema_format(writer.format);
  if (reader.format != writer.format && (!format || format != other)) {
    return {{"format-mismatch", "",
             fmt::format("the reader has format {}, the writer {}", quote(reader.format), quote(writer.format))}};
  }
  if (!reader.fingerprint.empty() && reader.fingerprint == writer.fingerprint) return {};
  if (!format)
    return {{"unknown-format", "",
             fmt::format("the fingerprints differ, and format {} cannot be compared", quote(reader.format))}};
  if (*format == SchemaFormat::bytes) return {};
  if (reader.text.empty() || writer.text.empty()) {
    return {{"unknown-schema", "",
             fmt::format("the fingerprints differ, and the text of the {}'s schema is not known",
                         reader.text.empty() ? "reader" : "writer")}};
  }
  if (reader.text == writer.text) return {};
  switch (*format) {
    case SchemaFormat::avro:
      return compared(reader, writer, parse_avro_schema, avro_incompatibilities);
    case SchemaFormat::protobuf:
      return compared(reader, writer, parse_protobuf_schema, protobuf_incompatibilities);
    case SchemaFormat::json:
      return json_schema_incompatibilities(reader.text, writer.text);
    case SchemaFormat::bytes:
      break;
  }
  return {};
}

}  // namespace cloudflow
