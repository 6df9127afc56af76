// Whether files of a folder have changed.
#include "cli/sandbox/file_watch.h"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <utility>

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_files = 20'000;

bool is_left_out(const std::string& folder) {
  constexpr std::array<std::string_view, 5> filled_by_others = {"build", "target", "node_modules", "__pycache__",
                                                                "venv"};
  return folder.starts_with('.') || std::ranges::find(filled_by_others, folder) != filled_by_others.end();
}

}  // namespace

FileWatch::FileWatch(std::string folder) : folder_(std::move(folder)) { known_ = last_ = look(); }

void FileWatch::name_files(std::set<std::string> files) {
  const std::set<std::string> before = std::exchange(named_, std::move(files));
  const Snapshot now = look();
  for (Snapshot* snapshot : {&known_, &last_}) {
    for (const std::string& file : before) {
      if (!named_.contains(file) && !now.contains(file)) snapshot->erase(file);
    }
    for (const std::string& file : named_) {
      if (!before.contains(file) && !snapshot->contains(file)) see(file, *snapshot);
    }
  }
}

void FileWatch::see(const std::string& path, Snapshot& out) {
  std::error_code trouble;
  const fs::file_time_type time = fs::last_write_time(path, trouble);
  if (trouble) return;
  const std::uintmax_t size = fs::file_size(path, trouble);
  std::error_code unknown;
  out.insert_or_assign(path, Seen{time, trouble ? 0 : size, fs::status(path, unknown).permissions()});
}

FileWatch::Snapshot FileWatch::look() const {
  Snapshot out;
  for (const std::string& file : named_) see(file, out);
  std::error_code trouble;
  fs::recursive_directory_iterator at(folder_, fs::directory_options::skip_permission_denied, trouble);
  for (; !trouble && at != fs::recursive_directory_iterator() && out.size() < most_files; at.increment(trouble)) {
    std::error_code unknown;
    if (at->is_directory(unknown)) {
      if (is_left_out(at->path().filename().string())) at.disable_recursion_pending();
    } else if (at->is_regular_file(unknown)) {
      see(at->path().string(), out);
    }
  }
  return out;
}

bool FileWatch::has_settled_change() {
  const Snapshot now = look();
  const auto seen_in = [](const Snapshot& snapshot, const std::string& file) {
    const auto found = snapshot.find(file);
    return found == snapshot.end() ? std::nullopt : std::optional(found->second);
  };
  bool has_changed = false;
  const Snapshot before = known_;
  for (const Snapshot* files : {&now, &before}) {
    for (const auto& [file, ignored] : *files) {
      const std::optional<Seen> seen = seen_in(now, file);
      if (seen == seen_in(before, file) || seen != seen_in(last_, file)) continue;
      has_changed = true;
      if (seen) {
        known_.insert_or_assign(file, *seen);
      } else {
        known_.erase(file);
      }
    }
  }
  last_ = now;
  return has_changed;
}

}  // namespace cloudflow
