// Places that are found when they are asked for.
#include "cloudflow/origins.h"

#include <mutex>

namespace cloudflow {

void Origins::set(std::string pointer, SourcePos where) {
  found_.reset();
  set_.insert_or_assign(std::move(pointer), std::move(where));
}

void Origins::find_later(Find find) {
  found_.reset();
  later_.push_back(std::move(find));
}

const Origins::Places& Origins::all() const {
  if (later_.empty()) return set_;
  static std::mutex mutex;  // asked for rarely, and then for one resource after the other
  const std::scoped_lock lock(mutex);
  if (found_ == nullptr) {
    Places found = set_;
    for (const Find& find : later_) find(found);
    for (const auto& [pointer, where] : set_) found.insert_or_assign(pointer, where);
    found_ = std::make_shared<const Places>(std::move(found));
  }
  return *found_;
}

const SourcePos* Origins::at(std::string_view pointer) const {
  // The resource's own place is asked for without any change to show.
  if (const auto known = set_.find(pointer); known != set_.end()) return &known->second;
  const Places& places = all();
  const auto found = places.find(pointer);
  return found == places.end() ? nullptr : &found->second;
}

}  // namespace cloudflow
