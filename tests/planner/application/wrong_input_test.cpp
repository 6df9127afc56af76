// Every kind of mistake, with the whole message that it gets: tests/fixtures/wrong/*.txt.
//
// A case is a text file of sections: "--- PATH" starts a file of the source (laid over a small valid project), "---
// problems" what must be reported. CLOUDFLOW_UPDATE_GOLDEN=1 writes the problems as they are now.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "planner/application/load_application.h"
#include "planner/project/read_project.h"
#include "sdk/support/text.h"
#include "tests/support/memory_tree.h"

namespace cloudflow {
namespace {
namespace fs = std::filesystem;

const fs::path folder = fs::path(CLOUDFLOW_SOURCE_DIR) / "tests" / "fixtures" / "wrong";

using Files = std::map<std::string, std::string>;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Files sections(const std::string& text) {
  Files out;
  std::string* current = nullptr;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("--- ")) {
      current = &out[line.substr(4)];
    } else if (current != nullptr) {
      *current += line + "\n";
    }
  }
  for (auto& [name, content] : out) {
    while (content.ends_with("\n\n") || content == "\n") content.pop_back();
  }
  return out;
}

std::string text_of(const Diagnostics& problems) {
  std::string out;
  for (const Diagnostic& problem : problems.all()) {
    out += fmt::format("{}: {} {}: {}\n", problem.where.text(),
                       problem.severity == Severity::error ? "error" : "warning", problem.code, problem.message);
    if (problem.hint.empty()) continue;
    for (const std::string& line : split(trimmed(problem.hint), '\n')) out += "  " + line + "\n";
  }
  return out;
}

/// What the whole way from the project file to the application says.
std::string problems_of(const Files& files) {
  const testing::MemoryTree tree(files);
  Diagnostics problems;
  const auto path = find_project_file(tree);
  REQUIRE(path.has_value());
  const auto project = read_project(tree, *path, {}, problems);
  std::optional<Application> application;
  if (project) application = load_application(tree, *project, {}, problems);
  if (!problems.has_errors()) CHECK(application.has_value());
  return text_of(problems);
}

TEST_CASE("every wrong input is reported with its place, what was wanted and what to do", "[model][wrong]") {
  const Files base = sections(read_file(folder / "base.txt"));
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(folder)) cases.push_back(entry.path());
  std::ranges::sort(cases);
  CHECK(cases.size() > 60);
  const bool update = std::getenv("CLOUDFLOW_UPDATE_GOLDEN") != nullptr;
  for (const fs::path& path : cases) {
    const std::string text = read_file(path);
    Files files = sections(text);
    const std::string expected = files["problems"];
    files.erase("problems");
    if (files.contains("cloudflow.conf")) files.try_emplace("cloudflow.yaml", "");
    for (const auto& [name, content] : base) {
      if (name != "problems") files.try_emplace(name, content);
    }
    std::erase_if(files, [](const auto& file) { return file.second == "" || file.second == "(absent)\n"; });
    INFO(path.filename().string());
    const std::string actual = problems_of(files);
    if (update)
      std::ofstream(path, std::ios::binary) << text.substr(0, text.find("--- problems")) << "--- problems\n" << actual;
    CHECK(actual == expected);
  }
}

}  // namespace
}  // namespace cloudflow
