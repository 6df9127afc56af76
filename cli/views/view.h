// The seam to whoever looks: people or programs.
#pragma once

#include <memory>

#include "cli/host.h"
#include "cli/views/diagnostic_text.h"
#include "planner/apply/event.h"
#include "planner/plan/plan.h"

namespace cloudflow {

/// Shows values; computes nothing. The answer goes to stdout, progress and diagnostics to stderr.
class View {
 public:
  virtual ~View() = default;
  virtual void diagnostics(const Diagnostics& diagnostics) = 0;
  virtual void error(const Error& error) = 0;
  /// A sentence of progress that is no part of the answer.
  virtual void note(std::string_view text) = 0;
  virtual void plan(const Plan& plan) = 0;
  virtual void event(const Event& event) = 0;
  virtual void outcome(const Plan& plan, const Outcome& outcome) = 0;

  /// Where quoted lines of files come from; set once the source is open.
  void read_files_with(FileText file_text) { file_text_ = std::move(file_text); }
  const FileText& file_text() const { return file_text_; }

 protected:
  FileText file_text_{};
};

struct ViewOptions {
  bool full = false;  ///< show every field of new things, and every line of long values
};

std::unique_ptr<View> make_text_view(const Host& host, const ViewOptions& options);
/// What a program reads on stdout: one document, or one object per line with what goes wrong among them.
enum class JsonAnswer { document, events };
std::unique_ptr<View> make_json_view(JsonAnswer answer);

}  // namespace cloudflow
