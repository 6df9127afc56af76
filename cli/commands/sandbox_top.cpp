// `cloudflow sandbox top`: what flows, again and again.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/commands/sandbox_parts.h"
#include "cli/named_files.h"
#include "cli/sandbox/flow.h"
#include "cli/sandbox/sandbox.h"
#include "cli/steps.h"
#include "cli/terminal_code.h"
#include "cli/views/table.h"
#include "sdk/support/clock.h"
#include "sdk/support/number_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int most_looks = 1'000'000'000;

struct TopOptions {
  SourceOptions source{};
  int count = 0;    ///< 0: no end
  int seconds = 0;  ///< 0: no end
  bool json = false;
};

std::string table_of(const std::vector<FlowTopic>& topics, const Host& host) {
  std::vector<std::vector<std::string>> rows;
  for (const FlowTopic& topic : topics) {
    if (!topic.is_there) {
      rows.push_back({topic.id, "is not there", "", "", ""});
      continue;
    }
    rows.push_back({topic.id, with_commas(topic.written), rate_text(topic.rate), "", ""});
    for (const FlowReader& reader : topic.readers)
      rows.push_back({"  → " + reader.inlet, "", rate_text(reader.rate), with_commas(reader.lag), ""});
  }
  return table_text({"TOPIC, READER", "RECORDS", "NOW", "LAG", ""}, rows,
                    {.style = Style(host.colour), .width = host.output_width});
}

/// In place of the one before, where a terminal shows it.
void show(const std::string& table, const Host& host) {
  if (host.output_is_terminal) {
    print_out(terminal_code("[H") + terminal_code("[2J") + table);
  } else {
    print_out(table + "\n");
  }
}

ExitCode run_top(TopOptions options, const Host& host) {
  enter_folder_of_project(options.source);
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::string folder = whole_folder(options.source.folder);
  const auto begin = real_clock().now();
  std::optional<FlowMeter> meter;
  std::string broker;
  Flow flow;
  for (int shown = 0; !host.finish.stop_requested() && !output_is_closed();) {
    const Result<RunningSandbox> sandbox = find_running_sandbox(folder);  // again: its topics may change
    if (!sandbox) {
      view->error(sandbox.error());
      return ExitCode::failed;
    }
    if (!meter || broker != sandbox->broker) meter.emplace(broker = sandbox->broker);
    const auto counts = meter->read(groups_of(sandbox->topics));
    if (!counts) {
      view->error(counts.error());
      return ExitCode::failed;
    }
    const std::vector<FlowTopic> topics = flow.next(sandbox->topics, *counts, std::chrono::steady_clock::now());
    if (options.json) {
      print_out(dump(flow_json(topics)) + "\n");
    } else {
      show(table_of(topics, host), host);
    }
    if (++shown == options.count) break;
    if (options.seconds > 0 && real_clock().now() >= begin + std::chrono::seconds(options.seconds)) break;
    real_clock().sleep(std::chrono::seconds(1), host.finish);
  }
  return ExitCode::ok;
}

}  // namespace

void add_sandbox_top(CLI::App& sandbox, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<TopOptions>();
  CLI::App* command =
      sandbox.add_subcommand("top", "Show each second how many records topics get, and how far readers are behind");
  command->add_option("-C,--folder", options->source.folder, "Folder of the project (default: .)")->type_name("DIR");
  command->add_option("--count", options->count, "End after so many looks")
      ->type_name("N")
      ->check(CLI::Range(1, most_looks).description(""));
  add_time(*command, "--for", options->seconds, "Time after which it ends by itself, 0s for never", 0);
  add_json(*command, options->json, "one JSON array per look on stdout");
  command->callback([options, &host, &exit] { exit = run_top(*options, host); });
}

}  // namespace cloudflow
