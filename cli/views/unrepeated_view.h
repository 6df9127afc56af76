// What is wrong in one round after another is said once.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "cli/views/view.h"

namespace cloudflow {

/// Shows with `inner`, but leaves out errors and diagnostics that the round before said word for word.
class UnrepeatedView final : public View {
 public:
  explicit UnrepeatedView(std::unique_ptr<View> inner) : inner_(std::move(inner)) {}

  void diagnostics(const Diagnostics& diagnostics) override;
  void error(const Error& error) override;
  void note(std::string_view text) override { inner_->note(text); }
  void plan(const Plan& plan) override;
  void event(const Event& event) override { inner_->event(event); }
  void outcome(const Plan& plan, const Outcome& outcome) override { inner_->outcome(plan, outcome); }

  /// A round has ended. Says so where it was the first after others in which nothing is wrong.
  void next_round();

 private:
  bool is_new(std::string text);

  std::unique_ptr<View> inner_{};
  std::mutex mutex_{};
  std::set<std::string> before_{};
  std::set<std::string> now_{};
};

}  // namespace cloudflow
