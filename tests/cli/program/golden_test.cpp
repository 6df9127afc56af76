// Runs the real binary in every folder of tests/golden and compares what it prints with expected.txt.
#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/cli/program/binary.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// One line of `command`: NAME=VALUE words for the environment, then the arguments. Words are parted by blanks. With
/// the first argument kubectl-cloudflow the program is called by that name.
ProcessRequest request_from(const std::string& line, const fs::path& folder) {
  ProcessRequest out{
      .command = {testing::cloudflow_binary()}, .environment = {{"NO_COLOR", "1"}}, .directory = folder.string()};
  bool called_so = false;
  for (const std::string_view word : split(line, ' ')) {
    const auto equals = word.find('=');
    const bool assigns =
        !called_so && out.command.size() == 1 && equals != std::string_view::npos && !word.starts_with('-');
    if (word.empty()) continue;
    if (!called_so && out.command.size() == 1 && word == "kubectl-cloudflow") {
      out.command.front() = fs::path(out.command.front()).replace_filename(word).string();
      called_so = true;
    } else if (assigns) {
      out.environment.insert_or_assign(std::string(word.substr(0, equals)), std::string(word.substr(equals + 1)));
    } else {
      out.command.emplace_back(word);
    }
  }
  return out;
}

/// What a user at a terminal would have seen, with stderr and the exit code told apart.
std::string transcript(const fs::path& folder) {
  std::string out;
  const std::string commands = text_of(folder / "command");
  for (const std::string_view line : split(commands, '\n')) {
    if (line.empty()) continue;
    const Result<ProcessOutput> ran = run_process(request_from(std::string(line), folder), {});
    if (!ran) return ran.error().message;
    out += fmt::format("$ {}\n{}", line, ran->output);
    if (!ran->errors.empty()) out += "--- stderr\n" + ran->errors;
    out += fmt::format("--- exit {}\n", ran->status);
  }
  return out;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> out;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(CLOUDFLOW_SOURCE_DIR) / "tests/golden")) {
    if (fs::exists(entry.path() / "command")) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

TEST_CASE("the program prints what tests/golden expects", "[golden]") {
  const std::vector<fs::path> folders = cases();
  REQUIRE(folders.size() > 10);
  for (const fs::path& folder : folders) {
    DYNAMIC_SECTION(folder.filename().string()) {
      const std::string printed = transcript(folder);
      REQUIRE(printed.starts_with("$ "));
      if (std::getenv("CLOUDFLOW_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(folder / "expected.txt", std::ios::binary) << printed;
      }
      CHECK(printed == text_of(folder / "expected.txt"));
    }
  }
}

}  // namespace
}  // namespace cloudflow
