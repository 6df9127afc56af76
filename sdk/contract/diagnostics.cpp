// Collects the user's mistakes.
#include "cloudflow/diagnostics.h"

#include <fmt/format.h>

namespace cloudflow {

std::string SourcePos::text() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::error) ++errors_;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(std::string code, SourcePos where, std::string message, std::string hint, int length) {
  add({Severity::error, std::move(code), std::move(message), std::move(where), length, std::move(hint)});
}

void Diagnostics::warning(std::string code, SourcePos where, std::string message, std::string hint, int length) {
  add({Severity::warning, std::move(code), std::move(message), std::move(where), length, std::move(hint)});
}

void Diagnostics::error(const Error& error, std::string code) {
  add({Severity::error, std::move(code), error.message, error.where.value_or(SourcePos{}), 1, error.hint});
}

}  // namespace cloudflow
