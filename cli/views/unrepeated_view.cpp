// What is wrong in one round after another is said once.
#include "cli/views/unrepeated_view.h"

#include <fmt/format.h>

#include <utility>

namespace cloudflow {

bool UnrepeatedView::is_new(std::string text) {
  const std::scoped_lock lock(mutex_);
  if (text.empty()) return false;  // nothing is wrong
  const bool is_known = before_.contains(text);
  now_.insert(std::move(text));
  return !is_known;
}

void UnrepeatedView::diagnostics(const Diagnostics& diagnostics) {
  inner_->read_files_with(file_text_);
  if (is_new(diagnostics_text(diagnostics, file_text_, Style(false)))) inner_->diagnostics(diagnostics);
}

void UnrepeatedView::error(const Error& error) {
  inner_->read_files_with(file_text_);
  if (is_new(error_text(error, file_text_, Style(false)))) inner_->error(error);
}

void UnrepeatedView::plan(const Plan& plan) {
  inner_->read_files_with(file_text_);
  inner_->plan(plan);
}

void UnrepeatedView::next_round() {
  bool is_over = false;
  {
    const std::scoped_lock lock(mutex_);
    is_over = now_.empty() && !before_.empty();
    before_ = std::exchange(now_, {});
  }
  if (is_over) inner_->note("What was wrong in the rounds before is over.");
}

}  // namespace cloudflow
