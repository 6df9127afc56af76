// The sandboxes of this user that run now.
#include "cli/sandbox/running_sandbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "cli/sandbox/work_folder.h"
#include "cloudflow/json.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr const char* announcement = "running.json";

}  // namespace

void announce(const std::string& work, const RunningSandbox& sandbox) {
  std::ofstream(fs::path(work) / announcement, std::ios::binary)
      << dump({{"folder", sandbox.folder}, {"broker", sandbox.broker}});
}

Result<RunningSandbox> find_running_sandbox(const std::string& folder) {
  std::vector<RunningSandbox> all;
  for (const std::string& work : WorkFolder::of_living_runs()) {
    std::ifstream file(fs::path(work) / announcement, std::ios::binary);
    const Json said = Json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
    if (said.is_object()) all.push_back({string_at(said, {"folder"}), string_at(said, {"broker"})});
  }
  const auto here = std::ranges::find(all, folder, &RunningSandbox::folder);
  if (here != all.end()) return *here;
  if (all.size() == 1) return all.front();
  if (all.empty())
    return failure(ErrorKind::not_found, "no sandbox runs", "start one in another terminal: cloudflow sandbox");
  std::vector<std::string> folders;
  for (const RunningSandbox& one : all) folders.push_back(one.folder);
  return failure(ErrorKind::conflict,
                 fmt::format("no sandbox runs for {}, but for {}", quote(folder), join(folders, ", ")),
                 "name the project with -C");
}

}  // namespace cloudflow
