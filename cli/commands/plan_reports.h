// The forms in which a command is asked for its plan, and where they go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/pipeline/source.h"
#include "cli/views/report_view.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

struct PlanReports {
  std::string format = "text";       ///< of the answer on stdout
  std::vector<std::string> write{};  ///< "markdown=plan.md"
};

/// --format, --json, which is short for one of them, and --write.
void add_plan_reports(CLI::App& command, PlanReports& reports);

/// The view that makes them. Files of an earlier run are removed: what is there afterwards is of this plan.
std::unique_ptr<ReportView> report_view(const PlanReports& reports, const Host& host, const ViewOptions& options,
                                        const SourceOptions& source);

/// Writes what was made; `otherwise`, unless that cannot be done.
ExitCode write_reports(ReportView& view, ExitCode otherwise);

}  // namespace cloudflow
