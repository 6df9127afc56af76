// Databases over RocksDB.
#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <memory>

#include "sdk/streamlet/database.h"

namespace cloudflow::streamlet {
namespace {

// What begins a key on disk: the mark is before all that is of the store.
constexpr std::string_view mark_key = "\x01mark";
constexpr char of_store = '\x02';

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw StateError("the state on disk: " + status.ToString());
}

std::string on_disk(std::string_view key) { return std::string(1, of_store).append(key); }

/// All databases of the process share a cache, which the tables that are not on disk yet count into.
rocksdb::Options options(std::int64_t memory) {
  static const auto cache = rocksdb::NewLRUCache(static_cast<std::size_t>(memory));
  static const auto buffers =
      std::make_shared<rocksdb::WriteBufferManager>(static_cast<std::size_t>(memory / 2), cache);
  rocksdb::Options out;
  out.create_if_missing = true;
  out.max_open_files = 64;
  out.keep_log_file_num = 1;
  out.write_buffer_size = std::clamp<std::size_t>(static_cast<std::size_t>(memory / 8), 1 << 20, 16 << 20);
  out.write_buffer_manager = buffers;
  out.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

class RocksDatabase final : public Database {
 public:
  explicit RocksDatabase(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}

  std::optional<std::string> get(std::string_view key) const override { return find(on_disk(key)); }

  void scan(std::string_view from, std::optional<std::string_view> to,
            const StorePartition::Visit& visit) const override {
    // Told where it ends, it does not look behind that for a key which is not erased: there may be thousands that are.
    const std::string end = to ? on_disk(*to) + '\0' : std::string();
    const rocksdb::Slice bound(end);
    rocksdb::ReadOptions options;
    if (to) options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
    for (at->Seek(on_disk(from)); at->Valid(); at->Next()) {
      if (!visit(at->key().ToStringView().substr(1), at->value().ToStringView())) return;
    }
    check(at->status());
  }

  void write(const Changes& changes, std::string_view mark) override {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : changes)
      check(value ? batch.Put(on_disk(key), *value) : batch.Delete(on_disk(key)));
    check(batch.Put(rocksdb::Slice(mark_key), rocksdb::Slice(mark)));
    check(db_->Write({}, &batch));
  }

  std::string mark() const override { return find(mark_key).value_or(""); }

 private:
  std::optional<std::string> find(std::string_view key) const {
    std::string value;
    const rocksdb::Status status = db_->Get({}, rocksdb::Slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    check(status);
    return value;
  }

  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_rocksdb(const std::string& folder, std::int64_t memory) {
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options(memory), folder, &db);
  if (!status.ok())
    return failure(ErrorKind::unavailable,
                   fmt::format("the state in {} cannot be opened: {}", folder, status.ToString()));
  return std::make_unique<RocksDatabase>(std::unique_ptr<rocksdb::DB>(db));
}

}  // namespace cloudflow::streamlet
