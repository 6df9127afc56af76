// What the array calls of librdkafka share: chunks of a long list, and answers put back into the order asked.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/support/text.h"

namespace cloudflow {

inline constexpr std::size_t chunk = 1000;  ///< items in one request

inline std::size_t chunks(std::size_t items) { return (items + chunk - 1) / chunk; }

template <class T>
std::span<T> part(std::span<T> items, std::size_t index) {
  return items.subspan(index * chunk, std::min(chunk, items.size() - index * chunk));
}

/// The raw pointers of a list of handles, as the array calls want them.
template <class HandleType>
std::vector<typename HandleType::pointer> raw(const std::vector<HandleType>& handles) {
  std::vector<typename HandleType::pointer> out;
  out.reserve(handles.size());
  for (const HandleType& handle : handles) out.push_back(handle.get());
  return out;
}

/// Where each name is in the answer, whose order is the server's.
template <class T>
class Answers {
 public:
  Answers(std::size_t count, std::string_view doing)
      : values_(count, failure(ErrorKind::unavailable, fmt::format("{}: the broker's answer leaves it out", doing))) {}
  void expect(const std::string& name, std::size_t index) { index_.emplace(name, index); }
  void set(const char* name, Result<T> value) {
    if (const auto found = index_.find(name); found != index_.end()) values_[found->second] = std::move(value);
  }
  std::vector<Result<T>> take() { return std::move(values_); }

 private:
  std::vector<Result<T>> values_;
  std::unordered_map<std::string, std::size_t> index_{};
};

inline std::string about(std::string_view doing, std::string_view topic) {
  return fmt::format("{} topic {}", doing, quote(topic));
}

/// The array calls crash on what librdkafka makes of an empty name: nothing.
template <class Items, class Name = std::identity>
Result<void> refuse_empty_names(const Items& items, Name name = {}) {
  const bool is_fine = std::ranges::none_of(items, [](const std::string& one) { return one.empty(); }, name);
  return is_fine ? Result<void>() : failure(ErrorKind::invalid_input, "a topic cannot be asked for by an empty name");
}

}  // namespace cloudflow
