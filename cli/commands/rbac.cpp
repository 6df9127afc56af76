// `cloudflow rbac`: the rights that plans and applies of an application need.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <set>

#include "cli/commands/commands.h"
#include "cli/pipeline/kafka_clusters.h"
#include "cli/pipeline/left_behind.h"
#include "cli/steps.h"
#include "cli/views/rights_text.h"
#include "planner/render/render.h"
#include "providers/kubernetes/cluster/rbac_manifests.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct RbacOptions {
  SourceOptions source{};
  std::string format = "yaml";
  std::string subject{};
  std::string principal = "User:cloudflow";
  bool with_namespace = false;
  bool delete_topics = false;
};

ExitCode run_rbac(const RbacOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return ExitCode::failed;
  std::optional<Gathered> gathered = shown(gather_offline(*source), *view);
  if (!gathered) return ExitCode::failed;
  std::optional<Desired> desired = shown(desired_of(*source, *std::move(gathered)), *view);
  if (!desired) return ExitCode::failed;

  const std::string ns = namespace_of(source->application, source->environment);
  Grant grant{.application = source->application.id, .ns = ns, .principal = options.principal};
  // Who cloudflow acts as is who needs the rights, if nothing else is said.
  const std::string& as = source->environment.kubernetes.as;
  const std::string subject = options.subject.empty() && !as.empty() ? "user:" + as : options.subject;
  if (!subject.empty()) {
    Result<Json> bound = rbac_subject(subject, ns);
    if (!bound) {
      view->error(bound.error());
      return ExitCode::failed;
    }
    grant.subject = *std::move(bound);
  }
  const ApplySet set{.application = source->application.id, .ns = ns};
  std::set<std::string> guessed;
  grant.rights = rights_of_life(desired->resources, set, options.with_namespace, guessed);
  // Secrets that describe Kafka clusters.
  if (const std::string& kafka_ns = source->environment.kubernetes.kafka_ns; !kafka_ns.empty())
    grant.rights.insert({.ns = kafka_ns == "*" ? "" : kafka_ns, .resource = "secrets", .verb = "list"});
  grant.kafka = kafka_rights_of_life(desired->resources, desired->config.groups + ".", options.delete_topics);
  for (const auto& [name, settings] : desired->config.clusters) {
    if (const ConfigValue* servers = settings.dotted("bootstrap.servers"); servers != nullptr && !servers->is_secret())
      grant.bootstrap_servers.emplace(name, servers->text());
  }
  for (const std::string& resource : guessed)
    view->note(fmt::format("{}: derived from the kind; check it with kubectl api-resources", resource));
  if (grant.subject.is_null() && options.format == "yaml")
    view->note("Nobody is bound to the role: --subject user:NAME, group:NAME or serviceaccount:NAME does that.");
  if (options.format == "json") print_out(rights_json(grant));
  if (options.format == "kafka-acls") print_out(kafka_acl_lines(grant));
  if (options.format == "yaml") print_out(rights_yaml(grant));
  leave_behind(std::move(desired));
  return ExitCode::ok;
}

}  // namespace

void add_rbac(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<RbacOptions>();
  CLI::App* command = app.add_subcommand(
      "rbac", "Print the smallest Role, and the ACLs of Kafka, that plan and apply need; asks no system");
  add_source_options(*command, options->source, true);
  command
      ->add_option("--subject", options->subject,
                   "Who gets the rights: user:NAME, group:NAME, serviceaccount:NAME or serviceaccount:NAMESPACE/NAME "
                   "(default: the user of `as:`, else nobody is bound)")
      ->type_name("KIND:NAME");
  command->add_option("--principal", options->principal, "Who gets the ACLs of Kafka (default: User:cloudflow)")
      ->type_name("NAME");
  command->add_flag("--with-namespace", options->with_namespace,
                    "With the right to make the application's namespace, by a ClusterRole");
  command->add_flag("--delete-topics", options->delete_topics, "With the rights to delete the application's topics");
  add_format(*command, options->format, {"yaml", "json", "kafka-acls"});
  add_json_flag(*command, options->format);
  command->callback([options, &host, &exit] { exit = run_rbac(*options, host); });
}

}  // namespace cloudflow
