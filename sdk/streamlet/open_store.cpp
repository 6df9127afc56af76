// A store of one partition.
#include "sdk/streamlet/open_store.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace cloudflow::streamlet {
namespace {

using namespace std::chrono_literals;

// A changelog remembers for 24 hours that a key was erased (delete.retention.ms). A state that was last written longer
// ago may have keys of which it would never hear that they are gone.
constexpr std::chrono::milliseconds oldest_state = 12h;
constexpr std::size_t node = 100;  ///< bytes, about, of a change in memory beside its key and value

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Mark Mark::of(const std::string& text) {
  Mark out;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, out.next);
  if (first.ec == std::errc() && first.ptr != end) std::from_chars(first.ptr + 1, end, out.time);
  return out;
}

std::string Mark::text(std::int64_t next) { return fmt::format("{} {}", next, now()); }

bool Mark::fits(const Changelog::Extent& log) const {
  return next >= log.first && next <= log.end && now() - time < oldest_state.count();
}

std::optional<std::string> OpenStore::get(std::string_view key) const {
  const auto changed = changes_.find(key);
  return changed == changes_.end() ? database_->get(key) : changed->second;
}

void OpenStore::put(std::string_view key, std::optional<std::string> value) {
  has_changed_ = true;
  const std::size_t size = value ? value->size() : 0;
  const auto known = changes_.lower_bound(key);
  if (known != changes_.end() && known->first == key) {
    bytes_ += size - (known->second ? known->second->size() : 0);
    known->second = std::move(value);
  } else {
    bytes_ += key.size() + size + node;
    changes_.emplace_hint(known, key, std::move(value));
  }
}

void OpenStore::scan(std::string_view from, std::optional<std::string_view> to, const Visit& visit) const {
  auto changed = changes_.lower_bound(from);
  const auto visit_change = [&] {
    const auto one = changed++;
    return !one->second || visit(one->first, *one->second);
  };
  bool goes_on = true;
  database_->scan(from, to, [&](std::string_view key, std::string_view value) {
    while (goes_on && changed != changes_.end() && changed->first < key) goes_on = visit_change();
    if (!goes_on) return false;
    const bool is_changed = changed != changes_.end() && changed->first == key;
    goes_on = is_changed ? visit_change() : visit(key, value);
    return goes_on;
  });
  while (goes_on && changed != changes_.end() && (!to || changed->first <= *to)) goes_on = visit_change();
}

void OpenStore::send(int partition, const SendChange& send) {
  for (const auto& [key, value] : changes_)
    send(changelog_, partition, {.key = key, .value = value.value_or(""), .is_tombstone = !value}, this);
}

void OpenStore::keep() {
  if (changes_.empty()) return;
  database_->write(changes_, Mark::text(arrived_));
  changes_.clear();
  bytes_ = 0;
}

void OpenStore::drop() {
  memo().reset();
  changes_.clear();
  bytes_ = 0;
}

}  // namespace cloudflow::streamlet
