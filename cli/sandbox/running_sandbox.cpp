// The sandboxes of this user that run now.
#include "cli/sandbox/running_sandbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "cli/sandbox/work_folder.h"
#include "cli/whole_file.h"
#include "cloudflow/json.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr const char* announcement = "running.json";

RunningTopic topic_of(const Json& said) {
  RunningTopic out{.name = string_at(said, {"name"})};
  if (const Json* readers = find(said, {"readers"}); readers != nullptr && readers->is_object()) {
    for (const auto& [inlet, group] : readers->items()) {
      if (group.is_string()) out.readers[inlet] = group.get<std::string>();
    }
  }
  return out;
}

Json announced_in(const std::string& work) {
  std::ifstream file(fs::path(work) / announcement, std::ios::binary);
  return Json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
}

}  // namespace

Result<void> announce(const std::string& work, const RunningSandbox& sandbox) {
  const fs::path file = fs::path(work) / announcement;
  Json topics = Json::object();
  for (const auto& [id, topic] : sandbox.topics) topics[id] = {{"name", topic.name}, {"readers", topic.readers}};
  const Result<void> written = write_whole(file.string(), dump({{"folder", sandbox.folder},
                                                                {"broker", sandbox.broker},
                                                                {"embedded", sandbox.is_embedded},
                                                                {"topics", std::move(topics)}}));
  if (written) return {};
  return failure(ErrorKind::denied, fmt::format("other commands do not find this sandbox: {} cannot be written: {}",
                                                file.string(), written.error().message));
}

Result<RunningSandbox> find_running_sandbox(const std::string& folder) {
  std::vector<RunningSandbox> all;
  for (const std::string& work : WorkFolder::of_living_runs()) {
    const Json said = announced_in(work);
    if (!said.is_object()) continue;
    RunningSandbox one{.folder = string_at(said, {"folder"}),
                       .work = work,
                       .broker = string_at(said, {"broker"}),
                       .is_embedded = bool_at(said, {"embedded"})};
    if (const Json* topics = find(said, {"topics"}); topics != nullptr && topics->is_object()) {
      for (const auto& [id, topic] : topics->items()) one.topics[id] = topic_of(topic);
    }
    all.push_back(std::move(one));
  }
  const auto here = std::ranges::find(all, folder, &RunningSandbox::folder);
  if (here != all.end()) return *here;
  for (const std::string& work : WorkFolder::of_killed_runs()) {
    if (const Json said = announced_in(work); said.is_object() && string_at(said, {"folder"}) == folder)
      return failure(ErrorKind::not_found, fmt::format("the sandbox of the project in {} was killed", quote(folder)),
                     "the next one ends what it left: cloudflow sandbox");
  }
  if (all.empty())
    return failure(ErrorKind::not_found, "no sandbox runs", "start one in another terminal: cloudflow sandbox");
  std::vector<std::string> folders;
  for (const RunningSandbox& one : all) folders.push_back(one.folder);
  return failure(ErrorKind::conflict,
                 fmt::format("no sandbox runs for the project in {}, but for {}", quote(folder), join(folders, ", ")),
                 "name the project with -C FOLDER");
}

}  // namespace cloudflow
