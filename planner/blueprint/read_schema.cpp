// The contract of a port, as a descriptor or a blueprint names it.
#include "planner/blueprint/read_schema.h"

#include <fmt/format.h>

#include <array>

#include "planner/blueprint/fields.h"
#include "planner/schema/schema_file.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

std::string wrong_format(std::string_view owner, std::string_view format) {
  return fmt::format("the schema of {} has the format {}, wanted avro, proto, json or bytearray", owner, quote(format));
}

/// The schema from its text, or a mistake at `where`.
std::optional<PortSchema> described(SchemaFormat format, std::string_view text, std::string_view name,
                                    const SourcePos& where, const SchemaSurroundings& around, Diagnostics& problems) {
  Result<SchemaFacts> facts = schema_facts(format, text, where.file, around);
  if (!facts) {
    const bool exact = facts.error().where && facts.error().where->line > 0;
    problems.error("invalid-schema", exact ? *facts.error().where : where, facts.error().message, facts.error().hint);
    return std::nullopt;
  }
  for (const std::string& file : facts->not_found) {
    problems.warning("schema-not-followed", where,
                     fmt::format("the schema needs {}, which is neither beside it nor in a folder above: changes of "
                                 "what it defines are not seen",
                                 quote(file)));
  }
  PortSchema schema = port_schema(format, *std::move(facts));
  if (!name.empty()) schema.name = name;
  return schema;
}

std::optional<PortSchema> from_file(const PlacedText& path, std::optional<SchemaFormat> wanted, std::string_view name,
                                    std::string_view owner, const SchemaSource& place, Diagnostics& problems) {
  const std::optional<SchemaFormat> format = wanted ? wanted : schema_format_of_file(path.value);
  if (!format) {
    problems.error("unknown-schema-format", path.where,
                   fmt::format("the schema of {} is {}, wanted a file ending in .avsc, .proto or .json", owner,
                               quote(path.value)));
    return std::nullopt;
  }
  for (const std::string& folder : {folder_of(place.beside), place.folder}) {
    const auto whole = resolve_path(folder, path.value);
    if (!whole) continue;
    const std::string key = fmt::format("{} {} {}", static_cast<int>(*format), name, *whole);
    if (const auto known = place.known->find(key); known != place.known->end()) return known->second;
    if (!place.tree->exists(*whole)) continue;
    const Result<std::string> text = place.tree->read(*whole);
    if (text) {
      std::optional<PortSchema> schema =
          described(*format, *text, name, {place.tree->display(*whole), 1, 1}, {place.tree, *whole}, problems);
      if (schema) place.known->emplace(key, *schema);
      return schema;
    }
    problems.error("missing-schema", path.where, fmt::format("the schema of {}: {}", owner, text.error().message));
    return std::nullopt;
  }
  std::string why;
  for (const std::string& folder : {folder_of(place.beside), place.folder}) {
    const auto whole = resolve_path(folder, path.value);
    if (whole && why.empty()) why = obstacle_at(*place.tree, *whole);
  }
  problems.error("missing-schema", path.where,
                 fmt::format("the schema of {} is in {}, which {}{}", owner, quote(path.value),
                             why.empty() ? "does not exist" : "cannot be read: ", why));
  return std::nullopt;
}

/// As builds write it: everything is given, and the text may have been left out.
std::optional<PortSchema> from_build(Fields& fields, std::string_view owner, const ConfigValue& value,
                                     Diagnostics& problems) {
  PortSchema schema{fields.text("name"), fields.text("schema"), fields.text("fingerprint"), fields.text("format")};
  fields.finish(Severity::warning);
  if (schema_format(schema.format)) return schema;
  problems.error("unknown-schema-format", value.where(),
                 fmt::format("the schema of {} has the format {}, wanted avro, proto, json or bytearray", owner,
                             quote(schema.format)));
  return std::nullopt;
}

}  // namespace

std::optional<PortSchema> read_port_schema(const ConfigValue& value, std::string_view owner, const SchemaSource& place,
                                           Diagnostics& problems) {
  const PortSchema bytes{"ByteArraySchema", "ByteArraySchema", "", "bytearray"};
  if (value.is_string() && value.text() == "bytearray") return bytes;
  if (value.is_scalar()) return from_file({value.text(), value.where()}, std::nullopt, "", owner, place, problems);
  if (!value.is_object()) {
    wrong_type(value, fmt::format("the schema of {}", owner), "a file or an object", problems);
    return std::nullopt;
  }
  if (value.find("type") != nullptr)
    return described(SchemaFormat::avro, value.to_json_text(), "", value.where(), {}, problems);
  Fields fields(value, fmt::format("the schema of {}", owner), problems);
  if (value.find("fingerprint") != nullptr) return from_build(fields, owner, value, problems);
  const std::string name = fields.text("name");
  const PlacedText written = fields.placed_text("format");
  const PlacedText path = fields.placed_text("path");
  const PlacedText text = fields.placed_text(value.find("schema") != nullptr ? "schema" : "text");
  fields.finish();
  const std::optional<SchemaFormat> format = schema_format(written.value);
  if (format == SchemaFormat::bytes) return bytes;
  if (!format && !written.value.empty()) {
    static const std::array<std::string, 4> known{"avro", "proto", "json", "bytearray"};
    problems.error("unknown-schema-format", written.where, wrong_format(owner, written.value),
                   did_you_mean(written.value, known));
    return std::nullopt;
  }
  if (!path.value.empty()) return from_file(path, format, name, owner, place, problems);
  if (!text.value.empty()) {
    const SchemaSurroundings around{place.tree, place.beside};
    return described(format.value_or(SchemaFormat::avro), text.value, name, text.where, around, problems);
  }
  problems.error("missing-schema", value.where(),
                 fmt::format("the schema of {} has neither \"path\" nor \"text\"", owner));
  return std::nullopt;
}

}  // namespace cloudflow
