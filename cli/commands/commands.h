// Every command: one function each that adds it to the tree.
#pragma once

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/pipeline/source.h"
#include "planner/plan/policy.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

/// Adds a subcommand; when it runs it stores its exit code in `exit`.
using AddCommand = void (*)(CLI::App& app, const Host& host, ExitCode& exit);

void add_validate(CLI::App& app, const Host& host, ExitCode& exit);
void add_render(CLI::App& app, const Host& host, ExitCode& exit);
void add_graph(CLI::App& app, const Host& host, ExitCode& exit);
void add_plan(CLI::App& app, const Host& host, ExitCode& exit);
void add_apply(CLI::App& app, const Host& host, ExitCode& exit);
void add_destroy(CLI::App& app, const Host& host, ExitCode& exit);
void add_forget(CLI::App& app, const Host& host, ExitCode& exit);
void add_status(CLI::App& app, const Host& host, ExitCode& exit);
void add_sync(CLI::App& app, const Host& host, ExitCode& exit);
void add_adopt(CLI::App& app, const Host& host, ExitCode& exit);
void add_drift(CLI::App& app, const Host& host, ExitCode& exit);
void add_history(CLI::App& app, const Host& host, ExitCode& exit);
void add_rollback(CLI::App& app, const Host& host, ExitCode& exit);
void add_list(CLI::App& app, const Host& host, ExitCode& exit);
void add_rbac(CLI::App& app, const Host& host, ExitCode& exit);
void add_unlock(CLI::App& app, const Host& host, ExitCode& exit);
void add_config(CLI::App& app, const Host& host, ExitCode& exit);
void add_explain(CLI::App& app, const Host& host, ExitCode& exit);
void add_schema(CLI::App& app, const Host& host, ExitCode& exit);
void add_migrate(CLI::App& app, const Host& host, ExitCode& exit);
void add_init(CLI::App& app, const Host& host, ExitCode& exit);
void add_describe(CLI::App& app, const Host& host, ExitCode& exit);
void add_sandbox(CLI::App& app, const Host& host, ExitCode& exit);
void add_image(CLI::App& app, const Host& host, ExitCode& exit);
void add_version(CLI::App& app, const Host& host, ExitCode& exit);

/// For check(): an unset variable in a script must not mean that the option was not given.
std::string why_empty(const std::string& given);
/// The same for a number in the history.
std::string why_no_revision(const std::string& given);
/// --repository, --revision, --path, --file, -C and, where asked, -e with what goes over the environment's target.
void add_source_options(CLI::App& command, SourceOptions& options, bool with_environment);
/// A time as 90s, 5m or 1h; `what` says what it is, its default is added.
void add_time(CLI::App& command, const std::string& name, int& seconds, const std::string& what, int least = 1);
/// --lock-timeout.
void add_lock_timeout(CLI::App& command, int& seconds);
/// --format, which is one of these; the first is the default.
void add_format(CLI::App& command, std::string& format, const std::vector<std::string>& formats);
/// --format, text or json, and --json, which is short for the latter; `what` says what the answer is then.
void add_json(CLI::App& command, bool& json, const std::string& what);
/// --json, which is short for one of the formats of --format.
void add_json_flag(CLI::App& command, std::string& format);
/// --delete-topic, --delete-topics.
void add_allowances(CLI::App& command, Allowances& allowed);

}  // namespace cloudflow
