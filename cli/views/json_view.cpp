// The view for programs: documents for answers, one object per line for events.
#include "cli/views/plan_json.h"
#include "cli/views/view.h"

namespace cloudflow {
namespace {

class JsonView final : public View {
 public:
  explicit JsonView(JsonAnswer answer) : answer_(answer) {}

  void diagnostics(const Diagnostics& diagnostics) override {
    if (diagnostics.empty()) return;
    print_err(diagnostics_text(diagnostics, file_text_, Style(false)));
    if (answer_ == JsonAnswer::document) return;
    for (Json& problem : problems_json(diagnostics, file_text_)) {
      problem["type"] = "problem";
      line(std::move(problem));
    }
  }
  void error(const Error& error) override {
    print_err(error_text(error, file_text_, Style(false)));
    if (answer_ == JsonAnswer::events) line({{"type", "error"}, {"error", error_json(error)}});
  }
  void note(std::string_view text) override { print_err(std::string(text) + "\n"); }
  void plan(const Plan& plan) override { print_out(plan_json(plan)); }
  void event(const Event& event) override {
    std::visit([this](const auto& value) { show(value); }, event);
  }
  void outcome(const Plan& plan, const Outcome& outcome) override {
    Json failures = Json::array();
    for (const Failed& failure : outcome.failures)
      failures.push_back(
          {{"address", failure.id.text()}, {"id", id_json(failure.id)}, {"error", error_json(failure.error)}});
    line({{"type", "summary"},
          {"application", plan.application},
          {"commit", plan.revision.commit},
          {"added", outcome.added},
          {"changed", outcome.changed},
          {"removed", outcome.removed},
          {"refused", outcome.refused},
          {"not_done", outcome.skipped},
          {"not_ready", outcome.unready},
          {"failures", std::move(failures)},
          {"interrupted", outcome.interrupted},
          {"complete", outcome.complete()},
          {"took_ms", outcome.took.count()}});
  }

 private:
  static void line(Json value) {
    value["format_version"] = "1.0";
    print_out(dump(value) + "\n");
  }
  static Json base(std::string_view type, const ResourceId& id) {
    return {{"type", type}, {"address", id.text()}, {"id", id_json(id)}};
  }
  void show(const Started& value) {
    Json out = base("started", value.id);
    out["action"] = name_of(value.action);
    line(std::move(out));
  }
  void show(const Waiting& value) {
    Json out = base("waiting", value.id);
    out["reason"] = value.reason;
    if (value.left.count() > 0) out["left_ms"] = value.left.count();
    line(std::move(out));
  }
  void show(const Finished& value) {
    Json out = base("finished", value.id);
    out["action"] = name_of(value.action);
    out["took_ms"] = value.took.count();
    if (value.is_left_to_others) out["left_to_others"] = true;
    line(std::move(out));
  }
  void show(const Failed& value) {
    Json out = base("failed", value.id);
    out["action"] = name_of(value.action);
    out["error"] = error_json(value.error);
    line(std::move(out));
  }
  void show(const Skipped& value) {
    Json out = base("skipped", value.id);
    out["action"] = name_of(value.action);
    out["because"] = value.because;
    out["written"] = value.written;
    line(std::move(out));
  }

  JsonAnswer answer_;
};

}  // namespace

std::unique_ptr<View> make_json_view(JsonAnswer answer) { return std::make_unique<JsonView>(answer); }

}  // namespace cloudflow
