// The forms in which a command is asked for its plan, and where they go.
#include "cli/commands/plan_reports.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/whole_file.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::pair<const char*, PlanFormat> formats[] = {
    {"text", PlanFormat::text}, {"json", PlanFormat::json},   {"markdown", PlanFormat::markdown},
    {"html", PlanFormat::html}, {"junit", PlanFormat::junit}, {"sarif", PlanFormat::sarif},
};

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& [name, format] : formats) out.emplace_back(name);
  return out;
}

std::optional<PlanFormat> format_of(std::string_view name) {
  for (const auto& [known, format] : formats) {
    if (name == known) return format;
  }
  return std::nullopt;
}

Report report_of(const std::string& given) {
  const std::size_t end = given.find('=');
  return {.format = format_of(given.substr(0, end)).value_or(PlanFormat::text), .file = given.substr(end + 1)};
}

/// Whether an earlier run may have written the file: only such a one is taken away, and written over.
bool may_be_report(const std::string& file) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(file, problem)) return true;  // not there, or a device
  std::string head(512, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  static constexpr std::string_view starts[] = {"## ", "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset",
                                                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites",
                                                "{\n  \"$schema\": \"https://json.schemastore.org/sarif",
                                                "{\n  \"applicable\": "};
  const auto begins = [&](std::string_view start) { return head.starts_with(start); };
  return head.empty() || std::ranges::any_of(starts, begins) || head.find(" → kubernetes ") != std::string::npos ||
         head.find("\n  → kubernetes ") != std::string::npos;
}

/// Why this is not FORMAT=FILE; empty where it is.
std::string what_is_wrong(const std::string& given) {
  const std::size_t end = given.find('=');
  const std::string format = given.substr(0, end);
  if (!format_of(format)) {
    std::string suggestion = did_you_mean(format, names());
    if (!suggestion.empty()) suggestion = "; " + suggestion;
    return fmt::format("{} is no format, wanted FORMAT=FILE with one of {}{}", quote(format), join(names(), ", "),
                       suggestion);
  }
  if (end == std::string::npos || end + 1 == given.size())
    return fmt::format("{} names no file, wanted {}=FILE", quote(given), format);
  if (const std::string file = given.substr(end + 1); !may_be_report(file))
    return fmt::format("{} is there and holds no plan: name another file, or remove it", quote(file));
  return "";
}

Result<void> write_file(const std::string& file, const std::string& text) {
  // Whoever posts it must not find half of a plan.
  const Result<void> written = write_whole(file, text);
  if (written) return {};
  return failure(ErrorKind::invalid_input, fmt::format("cannot write {}: {}", quote(file), written.error().message),
                 "name a file in a folder that exists and may be written to");
}

}  // namespace

void add_plan_reports(CLI::App& command, PlanReports& reports) {
  command
      .add_option("--format", reports.format,
                  fmt::format("Form of the plan on stdout: {} (default: text)", join(names(), ", ")))
      ->type_name("FORMAT")
      ->check(CLI::IsMember(names()).description(""));
  add_json_flag(command, reports.format);
  command.add_option("--write", reports.write, "Also write the plan to a file, as markdown=plan.md (may be repeated)")
      ->type_name("FORMAT=FILE")
      ->check(CLI::Validator(what_is_wrong, ""));
}

std::unique_ptr<ReportView> report_view(const PlanReports& reports, const Host& host, const ViewOptions& options,
                                        const SourceOptions& source) {
  const PlanFormat answer = format_of(reports.format).value_or(PlanFormat::text);
  const bool is_text = answer == PlanFormat::text;
  const bool is_json = answer == PlanFormat::json;
  std::vector<Report> wanted;
  if (!is_text && !is_json) wanted.push_back({.format = answer});
  for (const std::string& given : reports.write) {
    wanted.push_back(report_of(given));
    std::error_code problem;
    if (std::filesystem::is_regular_file(wanted.back().file, problem)) std::remove(wanted.back().file.c_str());
  }
  return std::make_unique<ReportView>(
      is_json ? make_json_view(JsonAnswer::document) : make_text_view(host, options), is_text || is_json,
      std::move(wanted), options,
      Findings{.command = "plan", .environment = source.environment, .file = project_file_of(source)});
}

ExitCode write_reports(ReportView& view, ExitCode otherwise) {
  ExitCode out = otherwise;
  for (const Report& report : view.reports()) {
    if (!report.text) continue;
    if (report.file.empty()) {
      print_out(*report.text);
    } else if (const Result<void> written = write_file(report.file, *report.text); !written) {
      view.error(written.error());
      out = ExitCode::failed;
    }
  }
  return out;
}

}  // namespace cloudflow
