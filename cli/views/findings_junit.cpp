// What a run found as test results in JUnit's form.
#include "cli/views/findings_junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/views/html_text.h"
#include "cli/views/plan_text.h"
#include "cli/views/plan_words.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// A name: without line breaks, and with single blanks, as the form asks for.
std::string name_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank) out += c;
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  return html_text(out.empty() ? "unnamed" : out);
}

/// A value in quotes, whose line breaks a parser would take for blanks.
std::string attribute(std::string_view text) {
  std::string out;
  for (const char c : html_text(text)) {
    if (c == '\n') {
      out += "&#10;";
    } else if (c == '\t') {
      out += "&#9;";
    } else {
      out += c;
    }
  }
  return out;
}

class Suite {
 public:
  explicit Suite(std::string name) : name_(std::move(name)) {}

  void pass(std::string_view group, std::string_view name) {
    ++tests_;
    text_ +=
        fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"/>\n", name_text(group), name_text(name));
  }
  void fail(std::string_view group, std::string_view name, std::string_view type, std::string_view message,
            std::string_view detail) {
    ++failures_;
    add("failure", group, name, type, message, detail);
  }
  void error(std::string_view group, std::string_view name, std::string_view type, std::string_view message,
             std::string_view detail) {
    ++errors_;
    add("error", group, name, type, message, detail);
  }
  void say(std::string_view text) { said_ += text; }

  int tests() const { return tests_; }
  std::string xml() const {
    return fmt::format(
               "  <testsuite name=\"{0}\" package=\"cloudflow\" id=\"0\" tests=\"{1}\" failures=\"{2}\" errors=\"{3}\" "
               "time=\"0\">\n    <properties/>\n",
               name_text(name_), tests_, failures_, errors_) +
           text_ + "    <system-out>" + html_text(said_) + "</system-out>\n    <system-err/>\n  </testsuite>\n";
  }

 private:
  void add(std::string_view kind, std::string_view group, std::string_view name, std::string_view type,
           std::string_view message, std::string_view detail) {
    ++tests_;
    text_ += fmt::format(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\">\n      <{} type=\"{}\" message=\"{}\">{}</{}>\n    "
        "</testcase>\n",
        name_text(group), name_text(name), kind, attribute(type), attribute(message), html_text(detail), kind);
  }

  std::string name_;
  std::string text_{};
  std::string said_{};
  int tests_ = 0;
  int failures_ = 0;
  int errors_ = 0;
};

void add_plan(Suite& suite, const Plan& plan, const FileText& file_text) {
  for (const Change& change : plan.changes) {
    // Names of objects are unique in their namespace alone.
    const std::string group = fmt::format("{}.{}.{}", plan.application, change.id.provider, change.id.kind);
    const std::string name = fmt::format("{} {}{}", name_of(change.action), change.id.text(),
                                         change.id.scope.empty() ? "" : fmt::format(" ({})", change.id.scope));
    if (!change.refused) {
      suite.pass(group, name);
      continue;
    }
    std::string detail = *change.refused + "\n";
    for (const Loss& loss : change.losses)
      detail += fmt::format("{} {}\n", loss.certain ? "loses" : "may lose", loss.what);
    suite.fail(group, name, "refused", *change.refused, detail);
  }
  const std::string group = plan.application + ".plan";
  for (const Error& rejection : plan.rejections)
    suite.fail(group, rejection.message, "rejected", rejection.message, error_text(rejection, file_text, Style(false)));
  for (const std::string& violation : plan.violations) suite.fail(group, violation, "violation", violation, violation);
  if (suite.tests() == 0) suite.pass(group, "no changes");
  suite.say(plan_text(plan, file_text, {}));
}

}  // namespace

std::string findings_junit(const Findings& findings, const FileText& file_text) {
  std::string title = findings.command;
  if (!findings.environment.empty()) title += " for " + findings.environment;
  if (const Plan* plan = findings.plan) {
    title = "plan of " + plan->application;
    if (!plan->environment.empty()) title += " for " + plan->environment;
  }
  Suite suite(title);
  for (const Diagnostic& problem : findings.problems.all()) {
    const std::string text = diagnostic_text(problem, file_text, Style(false));
    if (problem.severity == Severity::error) {
      suite.fail("source." + problem.code, fmt::format("{} {}", problem.where.text(), problem.message), problem.code,
                 problem.message, text);
    } else {
      suite.say(text);
    }
  }
  for (const Error& error : findings.errors)
    suite.error("run", error.message, "failed", error.message, error_text(error, file_text, Style(false)));
  if (findings.plan != nullptr) add_plan(suite, *findings.plan, file_text);
  if (suite.tests() == 0) suite.pass("source", "no mistakes");
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" + suite.xml() + "</testsuites>\n";
}

}  // namespace cloudflow
