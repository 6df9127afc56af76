// `cloudflow explain config STREAMLET`: every effective value and where it comes from.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/steps.h"
#include "cli/views/table.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct ExplainOptions {
  SourceOptions source{};
  std::string streamlet{};
  bool json = false;
  bool offline = false;
};

std::string value_text(const ConfigValue& value) {
  if (value.contains_secret()) return std::string(hidden_value);
  const bool plain = value.is_string() && std::ranges::none_of(value.text(), [](char c) {
                       return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                     });
  return plain ? value.text() : value.to_json_text();
}

/// Most applications need to know nothing of the cluster, and then it is not asked.
std::optional<Desired> desired_by(const ExplainOptions& options, const Source& source, const Host& host, View& view) {
  std::optional<Gathered> gathered;
  if (options.offline) {
    gathered = shown(gather_offline(source), view);
  } else {
    const Access access = connect(source, host);
    std::optional<std::optional<Desired>> proven = shown(prove_offline(source, access, host.finish), view);
    if (!proven || *proven) return proven ? *std::move(proven) : std::nullopt;
    gathered = shown(gather(source, access, host.finish), view);
    if (!gathered)
      view.note("  hint: --offline shows every value that does not come from the cluster or from outside git");
  }
  return gathered ? shown(desired_of(source, *std::move(gathered)), view) : std::nullopt;
}

ExitCode run_explain(const ExplainOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return ExitCode::failed;
  const Application& application = source->application;
  if (application.streamlet(options.streamlet) == nullptr) {
    std::vector<std::string> names;
    for (const Streamlet& streamlet : application.streamlets) names.push_back(streamlet.name);
    std::string hint = did_you_mean(options.streamlet, names);
    view->error({ErrorKind::not_found, fmt::format("the application has no streamlet {}", quote(options.streamlet)),
                 std::nullopt, hint.empty() ? "it has: " + join(names, ", ") : hint});
    return ExitCode::failed;
  }
  const std::optional<Desired> desired = desired_by(options, *source, host, *view);
  if (!desired) return ExitCode::failed;
  const Gathered& from = desired->from;
  const std::vector<ExplainedValue> values =
      explain_config(application, from.environment, from.user_config, from.facts, options.streamlet);
  if (options.json) {
    Json out = Json::array();
    for (const ExplainedValue& value : values) {
      const SourcePos where = value.value.where();
      const bool secret = value.value.contains_secret();
      out.push_back({{"pointer", value.pointer},
                     {"value", secret ? Json(nullptr) : value.value.to_json()},
                     {"secret", secret},
                     {"scope", value.scope},
                     {"origin", {{"file", where.file}, {"line", where.line}, {"column", where.column}}}});
    }
    print_out(Json{{"format_version", "1.0"}, {"streamlet", options.streamlet}, {"values", std::move(out)}}.dump(
                  2, ' ', false, Json::error_handler_t::replace) +
              "\n");
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const ExplainedValue& value : values)
    rows.push_back({value.pointer, value_text(value.value), value.scope, value.value.where().text()});
  print_out(table_text({"VALUE", "IS", "FROM", "WRITTEN AT"}, rows, {Style(host.colour), host.output_width}));
  return ExitCode::ok;
}

}  // namespace

void add_explain(CLI::App& app, const Host& host, ExitCode& exit) {
  CLI::App* explain = app.add_subcommand("explain", "Say where something comes from");
  explain->require_subcommand(1);
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* command =
      explain->add_subcommand("config", "Every effective value of a streamlet's configuration and where it comes from");
  command->add_option("streamlet", options->streamlet, "Name in the blueprint")->required();
  add_source_options(*command, options->source, true);
  command->add_flag("--offline", options->offline, "Do not ask the cluster for its Kafka secrets");
  add_json(*command, options->json, "one JSON document on stdout");
  command->callback([options, &host, &exit] { exit = run_explain(*options, host); });
}

}  // namespace cloudflow
