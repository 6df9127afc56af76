// Files of a folder as resources, {"text": "..."}: a whole provider. A resource's scope is the folder.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "cloudflow/provider.h"

namespace example {
using namespace cloudflow;

inline std::filesystem::path path_of(const ResourceId& id) { return std::filesystem::path(id.scope) / id.name; }
inline std::optional<std::string> text_of(const ResourceId& id) {
  std::ifstream file(path_of(id), std::ios::binary);
  return file ? std::optional(std::string(std::istreambuf_iterator<char>(file), {})) : std::nullopt;
}
inline auto stopped() { return failure(ErrorKind::interrupted, "stopped as asked"); }

class FolderProvider final : public Provider {
 public:
  std::string_view name() const override { return "folder"; }
  Traits traits(const ResourceId&) const override { return {.ready_when_written = true}; }

  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& record,
                                 std::stop_token stop) override {
    if (stop.stop_requested()) return stopped();
    std::set<ResourceId> ids(record.resources.begin(), record.resources.end());
    for (const Resource& resource : desired) ids.insert(resource.id);
    std::vector<Live> out;
    for (const ResourceId& id : ids)
      if (const auto text = text_of(id)) out.push_back({id, dump({{"text", *text}})});
    return out;
  }
  Result<Change> compare(const Resource* desired, const Live* live) const override {
    Change change{.id = desired != nullptr ? desired->id : live->id};
    if (desired != nullptr) change.desired = *desired;
    CF_TRY(change.precondition, parse_json(live != nullptr ? live->document : "null", "a live file"));
    change.action = live == nullptr ? Action::create : desired == nullptr ? Action::remove : Action::update;
    const std::string before = string_at(change.precondition, {"text"});
    const std::string after = string_at(change.desired.spec, {"text"});
    if (change.action == Action::update && before == after) change.action = Action::none;
    if (change.action == Action::update) change.fields = {{.path = "text", .before = before, .after = after}};
    return change;
  }
  Result<std::vector<Error>> verify(std::span<Change>, std::stop_token stop) override {
    if (stop.stop_requested()) return stopped();
    return std::vector<Error>();  // a folder takes every text: nothing is rejected
  }
  Result<void> apply(const Change& change, std::stop_token stop) override {
    if (stop.stop_requested()) return stopped();
    const auto now = text_of(change.id);
    const bool removes = change.action == Action::remove;
    const std::string wanted = string_at(change.desired.spec, {"text"});
    if (removes ? !now : now == wanted) return {};  // done already
    if (change.action == Action::create ? now.has_value() : now != string_at(change.precondition, {"text"}))
      return failure(ErrorKind::conflict, change.id.text() + " has changed since the plan");
    const bool made = removes ? std::filesystem::remove(path_of(change.id))
                              : bool(std::ofstream(path_of(change.id), std::ios::binary) << wanted << std::flush);
    if (!made) return failure(ErrorKind::unavailable, change.id.text() + " cannot be written");
    return {};
  }
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override {
    if (stop.stop_requested()) return stopped();
    std::vector<Readiness> out;
    for (const ResourceId& id : ids)
      out.push_back({.state = text_of(id) ? Readiness::State::ready : Readiness::State::missing});
    return out;
  }
};
}  // namespace example
