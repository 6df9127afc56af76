// Text that never prints.
#pragma once

#include <string>
#include <utility>

namespace cloudflow {

/// Holds a password, token or key. It has no stream operator, no formatter and no JSON form on purpose:
/// the only way out is reveal(), at the one place that sends it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_{};
};

}  // namespace cloudflow
