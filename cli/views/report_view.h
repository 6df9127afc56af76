// The view that makes documents of a plan: for programs, comments, browsers and CI servers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/views/findings.h"
#include "cli/views/plan_picture.h"
#include "cli/views/view.h"

namespace cloudflow {

enum class PlanFormat { text, json, markdown, html, junit, sarif };

/// One form of the plan, and where it goes.
struct Report {
  PlanFormat format = PlanFormat::text;
  std::string file{};                 ///< empty: stdout
  std::optional<std::string> text{};  ///< once it is made
};

/// Shows with `inner`, and makes every report of the same plan. Only the report for stdout is shown as the answer.
class ReportView final : public View {
 public:
  /// `inner` shows plans where it is the one that answers. `found`: title and file of what may be found.
  ReportView(std::unique_ptr<View> inner, bool inner_answers, std::vector<Report> reports, const ViewOptions& options,
             Findings found)
      : inner_(std::move(inner)),
        inner_answers_(inner_answers),
        reports_(std::move(reports)),
        options_(options),
        found_(std::move(found)) {}

  void diagnostics(const Diagnostics& diagnostics) override;
  void error(const Error& error) override;
  void note(std::string_view text) override { inner_->note(text); }
  void plan(const Plan& plan) override;
  void event(const Event& event) override { inner_->event(event); }
  void outcome(const Plan& plan, const Outcome& outcome) override { inner_->outcome(plan, outcome); }

  /// Whether any report shows the application.
  bool draws() const;
  /// What it looks like; to be told before its plan.
  void draw(PlanPicture picture) { picture_ = std::move(picture); }
  /// Every report, those with a text that could be made. Without a plan these are the ones for findings.
  const std::vector<Report>& reports();

 private:
  std::string text_of_findings(PlanFormat format) const;

  std::unique_ptr<View> inner_{};
  bool inner_answers_ = true;
  std::vector<Report> reports_{};
  ViewOptions options_{};
  PlanPicture picture_{};
  Findings found_{};  ///< until the plan
};

}  // namespace cloudflow
