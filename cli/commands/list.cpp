// `cloudflow list`: which applications are deployed in a cluster.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/steps.h"
#include "cli/views/table.h"
#include "providers/kubernetes/cluster/applications.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct ListOptions {
  KubernetesSettings kubernetes{};
  bool json = false;
};

std::string state_of(const Json& last) {
  if (last.is_null()) return "unknown";
  const std::string command = string_at(last, {"command"}, "apply");
  if (string_at(last, {"state"}) != "applied") return command + " not completed";
  return int_at(last, {"refused"}) > 0 ? "partly applied" : "applied";
}

std::string list_text(const std::vector<DeployedApplication>& applications, Style style, int width) {
  std::vector<std::vector<std::string>> rows;
  for (const DeployedApplication& one : applications) {
    const std::string commit = string_at(one.last, {"commit"}).substr(0, 7);
    rows.push_back({one.name, one.ns, one.version, string_at(one.last, {"environment"}),
                    commit + (bool_at(one.last, {"dirty"}) ? " with changes" : ""), state_of(one.last),
                    string_at(one.last, {"time"}), string_at(one.last, {"by"})});
  }
  return table_text({"APPLICATION", "NAMESPACE", "VERSION", "ENVIRONMENT", "COMMIT", "STATE", "TIME", "BY"}, rows,
                    {.style = style, .width = width});
}

std::string list_json(const std::vector<DeployedApplication>& applications) {
  Json list = Json::array();
  for (const DeployedApplication& one : applications) {
    list.push_back({{"application", one.name},
                    {"namespace", one.ns},
                    {"version", one.version},
                    {"environment", string_at(one.last, {"environment"})},
                    {"commit", string_at(one.last, {"commit"})},
                    {"dirty", bool_at(one.last, {"dirty"})},
                    {"state", state_of(one.last)},
                    {"time", string_at(one.last, {"time"})},
                    {"by", string_at(one.last, {"by"})},
                    {"created", one.created}});
  }
  const Json out = {{"format_version", "1.0"}, {"applications", std::move(list)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ExitCode run_list(const ListOptions& options, const Host& host) {
  const std::unique_ptr<View> view = options.json ? make_json_view(JsonAnswer::document) : make_text_view(host, {});
  Access access = Outside::connect({.application = "", .kubernetes = options.kubernetes}, host.finish);
  Outside* outside = shown(access, *view);
  if (outside == nullptr) return ExitCode::failed;
  const auto found = applications(outside->cluster(), options.kubernetes.ns, host.finish);
  if (!found) {
    Error error = found.error();
    if (error.kind == ErrorKind::denied && options.kubernetes.ns.empty()) error.hint = "name a namespace with -n";
    view->error(error);
    return without_plan(host);
  }
  if (options.json) {
    print_out(list_json(*found));
  } else if (found->empty()) {
    print_out(fmt::format("No applications{}.\n",
                          options.kubernetes.ns.empty() ? "" : " in namespace " + quote(options.kubernetes.ns)));
  } else {
    print_out(list_text(*found, Style(host.colour), host.output_width));
  }
  return ExitCode::ok;
}

}  // namespace

void add_list(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* command =
      app.add_subcommand("list", "The applications in a cluster: version, commit, and how the last apply ended");
  command->add_option("-n,--namespace", options->kubernetes.ns, "Only this namespace (default: all)")
      ->type_name("NAME");
  command->add_option("--context", options->kubernetes.context, "Kubeconfig context")->type_name("NAME");
  command->add_option("--kubeconfig", options->kubernetes.kubeconfig, "Kubeconfig file, over $KUBECONFIG")
      ->type_name("FILE");
  add_json(*command, options->json, "the applications as one JSON document on stdout");
  command->callback([options, &host, &exit] { exit = run_list(*options, host); });
}

}  // namespace cloudflow
