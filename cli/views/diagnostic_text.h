// Diagnostics for people: place, message, the line, a caret, a hint.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/views/style.h"
#include "cloudflow/diagnostics.h"
#include "cloudflow/json.h"

namespace cloudflow {

/// Gives the text of a file named in a diagnostic, or nothing.
using FileText = std::function<std::optional<std::string>(const std::string& file)>;

/// With a `width` the quoted line is cut so that it takes no more columns; the other lines are for laid_out().
std::string diagnostic_text(const Diagnostic& diagnostic, const FileText& file_text, Style style, int width = 0);
/// The first twenty of each code, how many more there are, and a last line that counts them all. "" when there are
/// none.
std::string diagnostics_text(const Diagnostics& diagnostics, const FileText& file_text, Style style, int width = 0);
/// [{severity,code,message,file,line,column,hint}] in the order of the text.
Json problems_json(const Diagnostics& diagnostics, const FileText& file_text);
/// {"format_version","valid","problems"}, pretty printed.
std::string diagnostics_json(const Diagnostics& diagnostics, const FileText& file_text);
/// An Error in the same form: "error: message", its place and its hint.
std::string error_text(const Error& error, const FileText& file_text, Style style, int width = 0);

}  // namespace cloudflow
