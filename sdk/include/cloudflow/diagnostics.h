// The user's mistakes, collected: each with its place, what was expected and what to do.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

enum class Severity { error, warning };

/// One mistake or warning. `code` is stable (kebab-case), `message` is one line, lower case, no period.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string code{};
  std::string message{};
  SourcePos where{};
  int length = 1;      ///< how many columns the caret marks, from where.column
  std::string hint{};  ///< what to do; may be empty
};

/// Collects diagnostics; a stage appends and still returns what it could build.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void error(std::string code, SourcePos where, std::string message, std::string hint = {}, int length = 1);
  void warning(std::string code, SourcePos where, std::string message, std::string hint = {}, int length = 1);
  /// Takes over the Error of a failed operation.
  void error(const Error& error, std::string code = "failed");

  bool has_errors() const { return errors_ > 0; }
  bool empty() const { return all_.empty(); }
  /// In the order of discovery.
  const std::vector<Diagnostic>& all() const { return all_; }

 private:
  std::vector<Diagnostic> all_{};
  int errors_ = 0;
};

}  // namespace cloudflow
