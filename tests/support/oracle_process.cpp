// Asks a program that answers lines with lines: a library of another language that an oracle holds us against.
#include "tests/support/oracle_process.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/support/cache.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

std::string oracle_python(const std::string& script) {
  return cache_folder() + "/oracles/bin/python " CLOUDFLOW_SOURCE_DIR "/tests/oracles/" + script;
}

std::vector<std::string> ask(const std::string& command, const std::vector<std::string>& lines) {
  const TempFolder folder;
  std::string input;
  for (const std::string& line : lines) input += line + "\n";
  folder.write("in", input);
  const std::string whole =
      command + " < " + folder.path("in") + " > " + folder.path("out") + " 2> " + folder.path("err");
  const int status = std::system(whole.c_str());  // NOLINT(concurrency-mt-unsafe): tests call it from one thread
  if (status != 0) {
    std::string complaint = folder.read("err");
    constexpr std::size_t shown = 2000;
    if (complaint.size() > shown) complaint.erase(0, complaint.size() - shown);
    throw std::runtime_error(command + " (scripts/bootstrap installs it) failed:\n" + complaint);
  }
  std::vector<std::string> out;
  std::istringstream text(folder.read("out"));
  for (std::string line; std::getline(text, line);) out.push_back(line);
  return out;
}

}  // namespace cloudflow::testing
