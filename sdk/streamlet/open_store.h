// A store of one partition: changes that are not decided yet lie over what is on disk.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "cloudflow/streamlet/message.h"
#include "sdk/streamlet/changelog.h"
#include "sdk/streamlet/database.h"

namespace cloudflow::streamlet {

/// What a database has: the changelog up to an offset, as of a time.
struct Mark {
  std::int64_t next = -1;
  std::int64_t time = 0;  ///< milliseconds since 1970

  /// Of a database's text; that of none has no offset.
  static Mark of(const std::string& text);
  static std::string text(std::int64_t next);
  /// Whether what the changelog says from there on leads to what it says as a whole.
  bool fits(const Changelog::Extent& log) const;
};

/// Where a change goes. The ticket is the OpenStore that is to be told of its arrival.
using SendChange = std::function<void(const std::string& topic, int partition, const Message& message, void* ticket)>;

class OpenStore final : public StorePartition {
 public:
  OpenStore(std::string changelog, std::unique_ptr<Database> database)
      : changelog_(std::move(changelog)), database_(std::move(database)) {}

  std::optional<std::string> get(std::string_view key) const override;
  void put(std::string_view key, std::optional<std::string> value) override;
  void scan(std::string_view from, std::optional<std::string_view> to, const Visit& visit) const override;

  /// Gives the changes to the changelog.
  void send(int partition, const SendChange& send);
  /// One of them has arrived there. Any thread.
  void arrived(std::int64_t offset) { arrived_ = offset + 1; }
  /// All have: they go to disk.
  void keep();
  /// They never were.
  void drop();

  std::size_t bytes() const { return bytes_; }  ///< of changes, in memory
  void begin_record() { has_changed_ = false; }
  bool has_changed() const { return has_changed_; }  ///< since begin_record()

 private:
  const std::string changelog_;
  const std::unique_ptr<Database> database_;
  Changes changes_{};
  std::size_t bytes_ = 0;
  bool has_changed_ = false;
  std::atomic<std::int64_t> arrived_ = 0;  ///< in the changelog: the next offset
};

}  // namespace cloudflow::streamlet
