// What all programs in Java have in common that we start.
#include "providers/sandbox/java_program.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "sdk/support/text.h"

namespace cloudflow {

std::string_view java_file(std::string_view path) {
  const auto all = java_files();
  const auto found = std::ranges::find(all, path, &JavaFile::path);
  return found == all.end() ? std::string_view() : found->text;
}

std::string java_program(const std::string& name) {
  const char* home = std::getenv("JAVA_HOME");  // NOLINT(concurrency-mt-unsafe): nobody here changes the environment
  return home == nullptr || *home == '\0' ? name : std::string(home) + "/bin/" + name;
}

bool is_java_trouble(std::string_view line) {
  return std::ranges::any_of(std::array{"ERROR", "FATAL", "Exception", "Error"},
                             [&](std::string_view word) { return line.find(word) != std::string_view::npos; });
}

std::string java_trouble(const std::string& printed) {
  std::string last;
  for (const std::string& line : split(printed, '\n')) {
    if (is_java_trouble(line)) return line;
    if (!trimmed(line).empty()) last = line;
  }
  return last;
}

}  // namespace cloudflow
