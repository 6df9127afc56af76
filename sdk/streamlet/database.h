// Where the state of a partition is on disk.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/streamlet/store.h"

namespace cloudflow::streamlet {

/// New values by keys; without a value the key is erased.
using Changes = std::map<std::string, std::optional<std::string>, std::less<>>;

/// One thread. Throws StateError.
class Database {
 public:
  virtual ~Database() = default;
  virtual std::optional<std::string> get(std::string_view key) const = 0;
  /// As StorePartition::scan.
  virtual void scan(std::string_view from, std::optional<std::string_view> to,
                    const StorePartition::Visit& visit) const = 0;
  /// All of it with the mark: who is killed finds the whole of it later, or nothing.
  virtual void write(const Changes& changes, std::string_view mark) = 0;
  /// That of the last write; "" before the first one.
  virtual std::string mark() const = 0;
};

}  // namespace cloudflow::streamlet
