// What an operation gives back: a value, or an Error in words for the user.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cloudflow {

/// A place in a text file. Lines and columns count from 1; 0 means unknown.
struct SourcePos {
  std::string file{};
  int line = 0;
  int column = 0;

  auto operator<=>(const SourcePos&) const = default;
  /// "file:line:column", without the parts that are unknown.
  std::string text() const;
};

/// What kind of trouble it is. Callers branch on this, never on the message.
enum class ErrorKind {
  invalid_input,    ///< the user asked for something that cannot be
  not_found,        ///< the thing is not there
  conflict,         ///< somebody else changed or owns it
  denied,           ///< authenticated, but not allowed
  unauthenticated,  ///< the other side does not know us
  unavailable,      ///< not reachable, overloaded, or cut off: trying again may help
  timeout,          ///< the outcome is unknown: read again before trying again
  interrupted,      ///< the user asked to stop
  unsupported,      ///< the other side cannot do this
};

/// Why an operation failed.
struct Error {
  ErrorKind kind = ErrorKind::invalid_input;
  std::string message{};  ///< one line: lower case, no period, no "error:" prefix
  std::optional<SourcePos> where = std::nullopt;
  std::string hint{};  ///< what to do next; may be empty
};

template <class T>
using Result = std::expected<T, Error>;

/// A failed Result of any type: `return failure(ErrorKind::not_found, "no context \"prod\"");`
[[nodiscard]] inline std::unexpected<Error> failure(ErrorKind kind, std::string message, std::string hint = {}) {
  return std::unexpected(Error{kind, std::move(message), std::nullopt, std::move(hint)});
}

/// The same error, with what was being done put in front: "doing: message".
[[nodiscard]] inline std::unexpected<Error> failure_in(std::string_view doing, Error error) {
  error.message = std::string(doing) + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace cloudflow

#define CF_CONCAT_INNER(a, b) a##b
#define CF_CONCAT(a, b) CF_CONCAT_INNER(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses
/// CF_TRY(Type name, expression): declares name from a Result, or returns its error. Never under a brace-less if.
#define CF_TRY(declaration, expression)                                                                             \
  auto CF_CONCAT(cf_result_, __LINE__) = (expression);                                                              \
  if (!CF_CONCAT(cf_result_, __LINE__)) return std::unexpected(std::move(CF_CONCAT(cf_result_, __LINE__)).error()); \
  declaration = *std::move(CF_CONCAT(cf_result_, __LINE__))

// NOLINTEND(bugprone-macro-parentheses)

/// CF_CHECK(expression): returns the error of a Result whose value is not needed.
#define CF_CHECK(expression)                                                                                \
  do {                                                                                                      \
    if (auto cf_checked = (expression); !cf_checked) return std::unexpected(std::move(cf_checked).error()); \
  } while (false)
