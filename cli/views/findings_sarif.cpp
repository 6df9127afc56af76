// What a run found as SARIF 2.1.0.
#include "cli/views/findings_sarif.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>

#include "cli/version.h"
#include "cli/views/plan_words.h"
#include "sdk/support/digest.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// A rule of ours; their names never change, as servers remember by them what somebody has dismissed.
struct Rule {
  std::string_view id{};
  std::string_view level{};  ///< "error", "warning"
  std::string_view what{};
  std::string_view help{};
};

constexpr Rule plan_rules[] = {
    {"data-loss", "error", "A change loses data, or may.",
     "Records, offsets or volumes are gone once the plan is applied. The message says which. Read docs/safety.md for "
     "how each loss can be avoided; apply asks before it makes such a change, and sync never makes it."},
    {"disruptive-change", "warning", "A change alters how others are served.",
     "Keys move between partitions, a Service is made anew, or the like. Tell those who depend on it."},
    {"failed", "error", "The source cannot be read.", "The message says what to do."},
    {"plan-violation", "error", "The policy of the environment refuses the whole plan.",
     "Nothing of the plan will be applied. Change the source, or the policy in cloudflow.yaml."},
    {"refused-change", "error", "A change is refused.",
     "It will not be made; the rest of the plan can be. The message says which option agrees to it, if any does."},
    {"rejected-change", "error", "A system will not accept a change.",
     "A dry run of the API server or of Kafka said so. Such a plan cannot be applied."},
};

const Rule* plan_rule(std::string_view id) {
  const auto* const found = std::ranges::find(plan_rules, id, &Rule::id);
  return found == std::end(plan_rules) ? nullptr : found;
}

struct SarifResult {
  std::string rule{};
  std::string level{};
  std::string text{};
  std::optional<SourcePos> where{};
  int length = 0;       ///< columns; 0: unknown
  std::string about{};  ///< "deployment/call-records-ingress"; empty: none
};

/// A path as a URI, relative where it is.
std::string uri_of(std::string_view path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").contains(c);
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

/// Servers drop what has no place, or refuse the whole document for it.
Json location_of(const SarifResult& result, const std::string& otherwise) {
  const SourcePos where = result.where && !result.where->file.empty() ? *result.where : SourcePos{otherwise, 1, 0};
  Json artifact = {{"uri", uri_of(where.file)}};
  if (!where.file.starts_with('/')) artifact["uriBaseId"] = "%SRCROOT%";
  Json region = {{"startLine", std::max(1, where.line)}};
  if (where.line > 0 && where.column > 0) {
    region["startColumn"] = where.column;
    if (result.length > 0) region["endColumn"] = where.column + result.length;
  }
  Json out = {{"physicalLocation", {{"artifactLocation", std::move(artifact)}, {"region", std::move(region)}}}};
  if (!result.about.empty())
    out["logicalLocations"] = Json::array({{{"fullyQualifiedName", printable(result.about)}, {"kind", "resource"}}});
  return out;
}

std::string with_hint(const std::string& message, const std::string& hint) {
  return printable(hint.empty() ? message : message + "\n" + hint);
}

std::vector<SarifResult> results_of(const Plan& plan) {
  std::vector<SarifResult> out;
  for (const std::string& violation : plan.violations)
    out.push_back({.rule = "plan-violation", .level = "error", .text = printable(violation)});
  for (const Error& rejection : plan.rejections)
    out.push_back({.rule = "rejected-change",
                   .level = "error",
                   .text = with_hint(rejection.message, rejection.hint),
                   .where = rejection.where});
  for (const Change& change : plan.changes) {
    const std::string id = change.id.text();
    std::optional<SourcePos> where;
    for (const FieldChange& field : change.fields) {
      if (!where) where = field.origin;
    }
    if (const SourcePos* whole = change.desired.origins.at(""); !where && whole != nullptr) where = *whole;
    const auto add = [&](std::string_view rule, const std::string& text) {
      out.push_back({.rule = std::string(rule),
                     .level = std::string(plan_rule(rule)->level),
                     .text = printable(text),
                     .where = where,
                     .about = id});
    };
    const std::string doing = fmt::format("{} {}", name_of(change.action), id);
    if (change.refused) add("refused-change", fmt::format("{} is refused: {}", doing, *change.refused));
    for (const Loss& loss : change.losses)
      add("data-loss", fmt::format("{} {} {}", doing, loss.certain ? "loses" : "may lose", loss.what));
    if (change.risk == Risk::data_loss && change.losses.empty())
      add("data-loss", fmt::format("{} {}", doing, cost_text(change)));
    if (change.risk == Risk::disruptive) {
      const std::string notes = join(change.notes, "\n");
      add("disruptive-change", doing + " is disruptive" + (notes.empty() ? "" : "\n" + notes));
    }
  }
  return out;
}

std::vector<SarifResult> results_of(const Findings& findings) {
  std::vector<SarifResult> out;
  for (const Diagnostic& problem : findings.problems.all()) {
    out.push_back({.rule = printable(problem.code),
                   .level = problem.severity == Severity::error ? "error" : "warning",
                   .text = with_hint(problem.message, problem.hint),
                   .where = problem.where,
                   .length = problem.length});
  }
  for (const Error& error : findings.errors) {
    if (error.where)
      out.push_back(
          {.rule = "failed", .level = "error", .text = with_hint(error.message, error.hint), .where = error.where});
  }
  if (findings.plan != nullptr) std::ranges::move(results_of(*findings.plan), std::back_inserter(out));
  return out;
}

Json rule_json(const std::string& id, const std::string& level) {
  Json out = {{"id", id}};
  if (const Rule* rule = plan_rule(id)) {
    out["shortDescription"] = {{"text", rule->what}};
    out["fullDescription"] = {{"text", rule->what}};
    out["help"] = {{"text", rule->help}};
    out["defaultConfiguration"] = {{"level", rule->level}};
  } else {
    std::string words = id;
    std::ranges::replace(words, '-', ' ');
    out["shortDescription"] = {{"text", "Source: " + words}};
    out["fullDescription"] = {{"text", "A mistake in the source of the application: " + words}};
    out["help"] = {{"text",
                    "The message says what was expected, and what to do. `cloudflow validate` shows all mistakes "
                    "offline, each with its line."}};
    out["defaultConfiguration"] = {{"level", level}};
  }
  return out;
}

/// A result stays the same for a server when lines before it come and go, or the numbers in a loss change.
std::string fingerprint(const SarifResult& result, std::map<std::string, int>& seen) {
  const std::string file = result.where ? result.where->file : "";
  const std::string about = result.about.empty() ? result.text : result.about;
  const std::string key = join(std::vector<std::string>{result.rule, file, about}, "\n");
  return sha256_hex(fmt::format("{}\n{}", key, seen[key]++));
}

/// The same for every run that looks at the same thing: a server takes what is missing in the next one for mended.
std::string category_of(const Findings& findings) {
  std::string out = fmt::format("cloudflow/{}/{}/", findings.command, uri_of(printable(findings.file)));
  return findings.environment.empty() ? out : out + uri_of(printable(findings.environment)) + "/";
}

}  // namespace

std::string findings_sarif(const Findings& findings) {
  const std::vector<SarifResult> found = results_of(findings);
  std::map<std::string, std::string> levels;  // of each rule that has a result, by its id
  for (const SarifResult& result : found) levels.try_emplace(result.rule, result.level);
  Json rules = Json::array();
  std::map<std::string, int> places;
  for (const auto& [id, level] : levels) {
    places[id] = static_cast<int>(rules.size());
    rules.push_back(rule_json(id, level));
  }
  Json results = Json::array();
  std::map<std::string, int> seen;
  for (const SarifResult& result : found) {
    results.push_back({{"ruleId", result.rule},
                       {"ruleIndex", places[result.rule]},
                       {"level", result.level},
                       {"message", {{"text", result.text}}},
                       {"locations", Json::array({location_of(result, findings.file)})},
                       {"partialFingerprints", {{"cloudflow/v1", fingerprint(result, seen)}}}});
  }
  Json notifications = Json::array();
  for (const Error& error : findings.errors) {
    if (!error.where)
      notifications.push_back({{"level", "error"}, {"message", {{"text", with_hint(error.message, error.hint)}}}});
  }
  Json invocation = {{"executionSuccessful", findings.errors.empty() && !findings.problems.has_errors()}};
  if (!notifications.empty()) invocation["toolExecutionNotifications"] = std::move(notifications);
  const Json run = {
      {"tool", {{"driver", {{"name", "cloudflow"}, {"version", program_version}, {"rules", std::move(rules)}}}}},
      {"automationDetails", {{"id", category_of(findings)}}},
      {"columnKind", "unicodeCodePoints"},
      {"invocations", Json::array({std::move(invocation)})},
      {"results", std::move(results)}};
  const Json out = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cloudflow
