// `cloudflow schema`: canonical forms, fingerprints and compatibility of contracts.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/named_files.h"
#include "cli/steps.h"
#include "cli/views/layout.h"
#include "planner/schema/compatibility.h"
#include "planner/schema/schema_file.h"

namespace cloudflow {
namespace {

struct SchemaOptions {
  SourceOptions source{};
  std::string file{};
  std::string algorithm = "sha-256";
  bool contract = false;
  std::string reader{};
  std::string writer{};
  bool json = false;
};

/// Reads from the tree and shows the error; nothing when there is one.
template <class T, class Read>
std::optional<T> read_with(SchemaOptions& options, const Host& host, const Read& read) {
  std::string* const named[] = {&options.file, &options.reader, &options.writer};
  widen_folder(options.source, named);
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::shared_ptr<const SourceTree> tree = open_shown(options.source, host, *view);
  if (tree == nullptr) return std::nullopt;
  Result<T> value = read(*tree);
  if (value) return std::move(*value);
  view->error(value.error());
  return std::nullopt;
}

Result<SchemaFacts> facts_of(const SourceTree& tree, const std::string& file) {
  CF_TRY(const PortSchema schema, read_schema_file(tree, file));
  const std::optional<SchemaFormat> format = schema_format(schema.format);
  if (!format) return failure(ErrorKind::unsupported, fmt::format("{}: unknown schema format", tree.display(file)));
  CF_TRY(const std::string text, tree.read(file));
  return schema_facts(*format, text, tree.display(file), {&tree, file});
}

ExitCode run_canonical(SchemaOptions& options, const Host& host) {
  const auto facts =
      read_with<SchemaFacts>(options, host, [&](const SourceTree& tree) { return facts_of(tree, options.file); });
  if (!facts) return ExitCode::failed;
  const std::string& form = options.contract ? facts->contract : facts->canonical;
  print_out(form + (form.ends_with('\n') ? "" : "\n"));
  return ExitCode::ok;
}

ExitCode run_fingerprint(SchemaOptions& options, const Host& host) {
  const auto facts =
      read_with<SchemaFacts>(options, host, [&](const SourceTree& tree) { return facts_of(tree, options.file); });
  if (!facts) return ExitCode::failed;
  const FingerprintAlgorithm algorithm =
      fingerprint_algorithm(options.algorithm).value_or(FingerprintAlgorithm::sha_256);
  print_out(schema_fingerprint(options.contract ? facts->contract : facts->canonical, algorithm) + "\n");
  return ExitCode::ok;
}

Json check_json(const Compatibility& found) {
  Json reasons = Json::array();
  for (const Incompatibility& reason : found.reasons)
    reasons.push_back({{"kind", reason.kind}, {"path", reason.path}, {"message", reason.message}});
  Json parts = Json::array();
  for (const NotCompared& part : found.not_compared) parts.push_back({{"what", part.what}, {"where", part.where}});
  Json out{{"format_version", "1.0"},
           {"compatible", found.compatible()},
           {"verdict", name_of(found.verdict())},
           {"reasons", std::move(reasons)},
           {"not_compared", std::move(parts)}};
  if (!found.example.empty()) out["example"] = found.example;
  return out;
}

std::string check_text(const Compatibility& found, const std::string& reader, const std::string& writer, int width) {
  const Verdict verdict = found.verdict();
  const std::string_view may = verdict == Verdict::compatible     ? "reads"
                               : verdict == Verdict::incompatible ? "cannot read"
                                                                  : "may not be able to read";
  std::string out = fmt::format("{}: {} {} what {} writes\n", name_of(verdict), reader, may, writer);
  for (const Incompatibility& reason : found.reasons)
    out += fmt::format("  {} at {}: {}\n", reason.kind, reason.path.empty() ? "/" : reason.path, reason.message);
  out = laid_out(out, width);
  // A document in one piece, to be copied.
  if (!found.example.empty()) out += fmt::format("  for example: {}\n", found.example);
  for (const NotCompared& part : found.not_compared)
    out += laid_out(fmt::format("  not compared: {}\n", part.text()), width);
  return out;
}

ExitCode run_check(SchemaOptions& options, const Host& host) {
  const std::string reader = options.reader;
  const std::string writer = options.writer;
  using Pair = std::pair<PortSchema, PortSchema>;
  const auto pair = read_with<Pair>(options, host, [&](const SourceTree& tree) -> Result<Pair> {
    CF_TRY(PortSchema read, read_schema_file(tree, options.reader));
    CF_TRY(PortSchema written, read_schema_file(tree, options.writer));
    return Pair{std::move(read), std::move(written)};
  });
  if (!pair) return ExitCode::failed;
  const Compatibility found = compare_schemas(pair->first, pair->second);
  print_out(options.json ? check_json(found).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                         : check_text(found, reader, writer, host.output_width));
  return found.compatible() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_schema(CLI::App& app, const Host& host, ExitCode& exit) {
  CLI::App* schema =
      app.add_subcommand("schema", "Work on contracts: Avro (.avsc), Protobuf (.proto), JSON Schema (.schema.json)");
  schema->require_subcommand(1);
  const auto options = std::make_shared<SchemaOptions>();
  CLI::App* canonical = schema->add_subcommand("canonical", "Print the canonical form");
  canonical->add_option("file", options->file)->required();
  canonical->callback([options, &host, &exit] { exit = run_canonical(*options, host); });
  CLI::App* fingerprint = schema->add_subcommand("fingerprint", "Print the fingerprint of the canonical form");
  fingerprint->add_option("file", options->file)->required();
  fingerprint->add_option("--algorithm", options->algorithm, "crc-64-avro, md5 or sha-256 (default: sha-256)")
      ->type_name("NAME")
      ->check(CLI::IsMember({"crc-64-avro", "md5", "sha-256"}).description(""));
  fingerprint->callback([options, &host, &exit] { exit = run_fingerprint(*options, host); });
  CLI::App* check = schema->add_subcommand("check",
                                           "Whether data of one schema can be read with another: exit 0 if so, 1 if "
                                           "not or if that is not known, with every reason");
  check->add_option("--reader", options->reader, "Schema of who reads")->type_name("FILE")->required();
  check->add_option("--writer", options->writer, "Schema of who wrote")->type_name("FILE")->required();
  add_json(*check, options->json, "one JSON document on stdout");
  check->callback([options, &host, &exit] { exit = run_check(*options, host); });
  for (CLI::App* command : {canonical, fingerprint}) {
    command->add_flag("--contract", options->contract,
                      "Of the form with everything that matters: also defaults, aliases and logical types");
  }
  for (CLI::App* command : {canonical, fingerprint, check}) add_source_options(*command, options->source, false);
}

}  // namespace cloudflow
