// State that survives: what is common to all kinds of stores. A program with stores links cloudflow::state as well.
#pragma once

#include <any>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow::streamlet {

class Streamlet;
class Database;

/// The disk with the state fails. Ends the run, whatever is to happen with records that cannot be processed.
class StateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Bytes under keys of bytes, in the order of the keys: what a store has of one partition.
class StorePartition {
 public:
  /// Returns false when it has seen enough.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~StorePartition() = default;
  virtual std::optional<std::string> get(std::string_view key) const = 0;
  /// Without a value the key is erased.
  virtual void put(std::string_view key, std::optional<std::string> value) = 0;
  /// Those from `from` to `to`, both included; to the last one without `to`. `visit` may put.
  virtual void scan(std::string_view from, std::optional<std::string_view> to, const Visit& visit) const = 0;
  /// What a kind of store remembers of it beside that; forgotten where changes are undone.
  std::any& memo() { return memo_; }

 private:
  std::any memo_{};
};

/// Opens the database in a folder. All databases of a process together use about `memory` bytes, the first time it is
/// called. Of the library cloudflow::state.
Result<std::unique_ptr<Database>> open_rocksdb(const std::string& folder, std::int64_t memory);

using OpenDatabase = Result<std::unique_ptr<Database>> (*)(const std::string& folder, std::int64_t memory);

/// A store whatever it holds.
class AnyStore {
 public:
  /// Registers itself with its streamlet, whose member it is to be. `open` is how its files are opened.
  AnyStore(Streamlet& owner, std::string name, OpenDatabase open);
  virtual ~AnyStore() = default;
  AnyStore(const AnyStore&) = delete;
  AnyStore& operator=(const AnyStore&) = delete;

  const std::string& name() const { return name_; }
  /// Records that came too late for it so far. Any thread.
  std::uint64_t late() const { return late_; }
  OpenDatabase opener() const { return open_; }
  /// Whose turn it is; not to be called by streamlets.
  void set_partition(StorePartition* partition) { partition_ = partition; }

 protected:
  /// That of the record that is processed now. Throws std::logic_error outside of handlers.
  StorePartition& partition() const;
  void count_late() { ++late_; }

 private:
  std::string name_;
  OpenDatabase open_;
  StorePartition* partition_ = nullptr;
  std::atomic<std::uint64_t> late_ = 0;
};

}  // namespace cloudflow::streamlet
