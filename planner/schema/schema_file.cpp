// A schema file as the contract of a port.
#include "planner/schema/schema_file.h"

#include <fmt/format.h>

#include "planner/schema/avro/avro_canonical.h"
#include "planner/schema/json/json_bundle.h"
#include "planner/schema/json/json_schema.h"
#include "planner/schema/json_text.h"
#include "planner/schema/protobuf/protobuf_schema.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

Result<SchemaFacts> avro_facts(std::string_view text, std::string_view file) {
  CF_TRY(const AvroSchema schema, parse_avro_schema(text, file));
  CF_TRY(const Json json, read_schema_json(text, "avro schema", file));
  const AvroType& root = schema.at(schema.root);
  SchemaFacts facts;
  facts.name = root.is_named() ? root.full_name : std::string(name_of(root.kind));
  facts.text = dump(json);
  facts.canonical = avro_canonical_form(schema);
  facts.contract = avro_contract_form(schema);
  facts.warnings = schema.warnings;
  return facts;
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

/// `import` is relative to one folder above all files of a schema, which nobody names here: the closest that has it.
ProtoImports imports_around(const SchemaSurroundings& around) {
  if (around.tree == nullptr) return {};
  return [&around](std::string_view import) -> std::optional<ProtoImport> {
    std::string folder = folder_of(around.path);
    while (true) {
      const std::optional<std::string> path = resolve_path(folder, import);
      if (path && around.tree->exists(*path)) {
        const Result<std::string> text = around.tree->read(*path);
        if (text) return ProtoImport{*text, around.tree->display(*path)};
      }
      if (folder.empty()) return std::nullopt;
      folder = folder_of(folder);
    }
  };
}

Result<SchemaFacts> protobuf_facts(std::string_view text, std::string_view file, const SchemaSurroundings& around) {
  CF_TRY(const ProtoSchema schema, parse_protobuf_schema(text, file, imports_around(around)));
  const std::string& package = schema.main().package;
  SchemaFacts facts;
  facts.name = package.empty() || schema.first.empty() ? schema.first : package + "." + schema.first;
  facts.canonical = protobuf_canonical_form(schema);
  facts.text = protobuf_full_form(schema);
  facts.contract = facts.canonical;
  facts.not_found = schema.not_found;
  return facts;
}

/// "schemas/call.schema.json" → "call"
std::string stem(std::string_view file) {
  const std::string_view name = file.substr(file.rfind('/') + 1);
  return std::string(name.substr(0, name.find('.')));
}

Result<SchemaFacts> json_facts(std::string_view text, std::string_view file, const SchemaSurroundings& around) {
  JsonSchemaGraph graph;
  CF_TRY([[maybe_unused]] const std::size_t root, add_json_schema(graph, text, file));
  CF_TRY(Json json, read_schema_json(text, "json schema", file));
  SchemaFacts facts;
  facts.name = string_at(json, {"title"}, string_at(json, {"$id"}, stem(file)));
  if (around.tree != nullptr && json.is_object()) {
    CF_TRY(json, bundled_json_schema(*around.tree, around.path, json));
    // A reference into another file may lead nowhere, which only now can be seen.
    const Result<std::size_t> whole = add_json_schema(graph, dump(json), file);
    if (!whole) return failure(ErrorKind::invalid_input, whole.error().message);
  }
  facts.canonical = dump(json);
  facts.text = facts.canonical;
  facts.contract = facts.canonical;
  return facts;
}

}  // namespace

Result<SchemaFacts> schema_facts(SchemaFormat format, std::string_view text, std::string_view file,
                                 const SchemaSurroundings& around) {
  switch (format) {
    case SchemaFormat::avro:
      return avro_facts(text, file);
    case SchemaFormat::protobuf:
      return protobuf_facts(text, file, around);
    case SchemaFormat::json:
      return json_facts(text, file, around);
    case SchemaFormat::bytes:
      break;
  }
  return SchemaFacts{.name = "bytes"};
}

std::string schema_fingerprint(std::string_view form, FingerprintAlgorithm algorithm) {
  if (algorithm == FingerprintAlgorithm::crc_64_avro) return fmt::format("{:016x}", crc_64_avro(form));
  return hex(fingerprint_bytes(algorithm, form));
}

PortSchema port_schema(SchemaFormat format, SchemaFacts facts) {
  return {std::move(facts.name), std::move(facts.text), to_base64(sha256(facts.canonical)),
          std::string(name_of(format))};
}

Result<PortSchema> port_schema(SchemaFormat format, std::string_view text, std::string_view file) {
  CF_TRY(SchemaFacts facts, schema_facts(format, text, file));
  return port_schema(format, std::move(facts));
}

Result<PortSchema> read_schema_file(const SourceTree& tree, std::string_view path) {
  const auto format = schema_format_of_file(path);
  if (!format) {
    return failure(ErrorKind::invalid_input, fmt::format("{} is no schema file that can be read", quote(path)),
                   "schema files end in .avsc, .proto, .schema.json or .json");
  }
  CF_TRY(const std::string text, tree.read(path));
  CF_TRY(SchemaFacts facts, schema_facts(*format, text, tree.display(path), {&tree, std::string(path)}));
  return port_schema(*format, std::move(facts));
}

}  // namespace cloudflow
