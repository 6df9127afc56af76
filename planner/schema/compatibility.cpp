// Whether one port can read what another writes.
#include "planner/schema/compatibility.h"

#include <fmt/format.h>

#include <optional>

#include "cloudflow/result.h"
#include "planner/schema/avro/avro_compatibility.h"
#include "planner/schema/json/json_schema_compatibility.h"
#include "planner/schema/protobuf/protobuf_compatibility.h"
#include "planner/schema/schema_format.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Reasons = std::vector<Incompatibility>;

Compatibility as_verdict(Reasons reasons) { return {.reasons = std::move(reasons)}; }

Reasons unreadable(std::string_view whose, const Error& error) {
  const std::string place = error.where ? fmt::format("{}:{}: ", error.where->line, error.where->column) : "";
  return {{"invalid-schema", "", fmt::format("the {}'s schema: {}{}", whose, place, error.message)}};
}

/// Parses both and compares them, for the formats that have a parsed form.
template <class Parse, class Compare>
Compatibility compared(const PortSchema& reader, const PortSchema& writer, const Parse& parse, const Compare& compare) {
  const auto r = parse(reader.text);
  if (!r) return as_verdict(unreadable("reader", r.error()));
  const auto w = parse(writer.text);
  if (!w) return as_verdict(unreadable("writer", w.error()));
  return compare(*r, *w);
}

Compatibility compared_avro(const PortSchema& reader, const PortSchema& writer) {
  return compared(reader, writer, [](std::string_view text) { return parse_avro_schema(text); }, compare_avro_schemas);
}

/// The fingerprint of an Avro schema says nothing of its aliases, and those can stand between a reader and even the
/// schema that it has itself; nor of its logical types, which say what the numbers mean. That of a Protobuf schema says
/// nothing of defaults, nor which message is the first.
bool text_decides(const PortSchema& reader, const PortSchema& writer, SchemaFormat format) {
  if (reader.text == writer.text) return false;
  if (format == SchemaFormat::protobuf) return parse_protobuf_schema(reader.text) && parse_protobuf_schema(writer.text);
  const bool logical = reader.text.contains("\"logicalType\"") && writer.text.contains("\"logicalType\"");
  return format == SchemaFormat::avro && (reader.text.contains("\"aliases\"") || logical) &&
         parse_avro_schema(reader.text) && parse_avro_schema(writer.text);
}

Compatibility compared_protobuf(const PortSchema& reader, const PortSchema& writer) {
  return compared(
      reader, writer, [](std::string_view text) { return parse_protobuf_schema(text); }, compare_protobuf_schemas);
}

/// The verdict where formats and fingerprints alone give one.
std::optional<Compatibility> without_reading(const PortSchema& reader, const PortSchema& writer,
                                             std::optional<SchemaFormat> format) {
  if (reader.format != writer.format && (!format || format != schema_format(writer.format))) {
    return as_verdict(
        {{"format-mismatch", "",
          fmt::format("the reader has format {}, the writer {}", quote(reader.format), quote(writer.format))}});
  }
  if (!reader.fingerprint.empty() && reader.fingerprint == writer.fingerprint &&
      !(format && text_decides(reader, writer, *format)))
    return Compatibility{};
  if (!format) {
    return as_verdict(
        {{"unknown-format", "",
          fmt::format("the fingerprints differ, and format {} cannot be compared", quote(reader.format))}});
  }
  if (*format == SchemaFormat::bytes) return Compatibility{};
  if (reader.text.empty() || writer.text.empty()) {
    return as_verdict({{"unknown-schema", "",
                        fmt::format("the fingerprints differ, and the text of the {}'s schema is not known",
                                    reader.text.empty() ? "reader" : "writer")}});
  }
  if (reader.text == writer.text) return Compatibility{};
  return std::nullopt;
}

}  // namespace

std::string NotCompared::text() const { return where.empty() ? what : fmt::format("{} ({})", what, where); }

Verdict Compatibility::verdict() const {
  if (!reasons.empty()) return Verdict::incompatible;
  return not_compared.empty() ? Verdict::compatible : Verdict::not_compared;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::compatible:
      return "compatible";
    case Verdict::incompatible:
      return "not compatible";
    case Verdict::not_compared:
      break;
  }
  return "not known";
}

std::string not_compared_text(const std::vector<NotCompared>& parts) {
  constexpr std::size_t shown = 2;
  std::vector<std::string> texts;
  for (const NotCompared& part : parts) {
    if (texts.size() < shown) texts.push_back(part.text());
  }
  const std::string more = parts.size() <= shown ? "" : fmt::format(" (and {} more)", parts.size() - shown);
  return join(texts, "; ") + more;
}

Compatibility compare_schemas(const PortSchema& reader, const PortSchema& writer) {
  const auto format = schema_format(reader.format);
  if (auto known = without_reading(reader, writer, format)) return std::move(*known);
  switch (*format) {
    case SchemaFormat::avro:
      return compared_avro(reader, writer);
    case SchemaFormat::protobuf:
      return compared_protobuf(reader, writer);
    case SchemaFormat::json:
      return compare_json_schemas(reader.text, writer.text);
    case SchemaFormat::bytes:
      break;
  }
  return {};
}

}  // namespace cloudflow
