// Validates the projects that docs/project.md is made of.
#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/cli/program/binary.h"
#include "tests/support/temp_folder.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

/// The file that a block says it is, in a comment of its first line; empty when it says none.
std::string file_named_by(std::string_view line) {
  for (const std::string_view mark : {"# ", "// ", "<!-- "}) {
    if (!line.starts_with(mark)) continue;
    line.remove_prefix(mark.size());
    const std::string_view name = line.substr(0, line.find(' '));
    return name.find('/') == std::string_view::npos ? "" : std::string(name);
  }
  return "";
}

/// Fenced blocks by the file they are. JSON has no comments, so the line that names the file is not part of it.
std::map<std::string, std::string> files_in(const std::string& document) {
  std::map<std::string, std::string> out;
  std::string file;
  bool open = false;
  bool first = false;
  for (const std::string& line : split(document, '\n')) {
    if (line.starts_with("```")) {
      open = !open;
      first = open;
      file.clear();
    } else if (open && first) {
      first = false;
      file = file_named_by(line);
    } else if (open && !file.empty()) {
      out[file] += line + "\n";
    }
  }
  return out;
}

TEST_CASE("the examples in docs/project.md are valid", "[documentation]") {
  std::ifstream in(fs::path(CLOUDFLOW_SOURCE_DIR) / "docs/project.md", std::ios::binary);
  const std::map<std::string, std::string> files = files_in({std::istreambuf_iterator<char>(in), {}});
  REQUIRE(files.size() > 8);
  const testing::TempFolder folder;
  std::set<std::string> projects;
  for (const auto& [name, text] : files) {
    folder.write(name, text);
    projects.insert(name.substr(0, name.find('/')));
  }
  for (const std::string& project : projects) {
    CAPTURE(project);
    const ProcessRequest request{.command = {testing::cloudflow_binary(), "validate", "-C", folder.path(project)}};
    const Result<ProcessOutput> ran = run_process(request, {});
    REQUIRE(ran.has_value());
    CHECK(ran->errors == "");
    CHECK(ran->status == 0);
  }
}

}  // namespace
}  // namespace cloudflow
