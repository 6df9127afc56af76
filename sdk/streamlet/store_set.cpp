// The stores of a worker's streamlet.
#include "sdk/streamlet/store_set.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "sdk/streamlet/log.h"
#include "sdk/streamlet/open_store.h"

namespace cloudflow::streamlet {
namespace {

using namespace std::chrono_literals;

/// Keeps other processes out of a folder.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : file_(::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_ < 0)
      throw StateError(fmt::format("cannot write to {}: {}", folder, std::generic_category().message(errno)));
  }
  ~FolderLock() { ::close(file_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  bool take() const { return ::flock(file_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int file_;
};

}  // namespace

struct StoreSet::Partition {
  std::shared_ptr<Ownership> ownership{};
  std::unique_ptr<FolderLock> lock{};
  std::vector<std::unique_ptr<OpenStore>> stores{};  ///< in the order of the streamlet's
};

StoreSet::StoreSet(const std::vector<AnyStore*>& stores, const StateSettings& settings, const RunState& run)
    : stores_(stores), settings_(settings), run_(run) {
  for (const AnyStore* store : stores_) {
    changelogs_.emplace_back(
        fmt::format("{}.{}.{}-changelog", settings_.application, settings_.streamlet, store->name()),
        settings_.cluster);
  }
}

StoreSet::~StoreSet() = default;

Result<void> StoreSet::start(Producer& producer, int partitions,
                             const std::function<bool(std::chrono::milliseconds)>& wait) const {
  for (const Changelog& changelog : changelogs_) CF_CHECK(changelog.make(producer, partitions, wait));
  return {};
}

Result<bool> StoreSet::use(const std::shared_ptr<Ownership>& ownership, const Producer& producer) {
  std::shared_ptr<Partition>& known = partitions_[ownership->partition()];
  if (!known || known->ownership != ownership) {
    known.reset();  // before it is opened anew
    auto opened = std::make_shared<Partition>(ownership);
    CF_TRY(const bool is_open, open(*opened, producer));
    if (!is_open) return false;
    known = std::move(opened);
  }
  current_ = known.get();
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    current_->stores[i]->begin_record();
    stores_[i]->set_partition(current_->stores[i].get());
  }
  return true;
}

/// Takes the folder, and brings what is in it up to date.
Result<bool> StoreSet::open(Partition& partition, const Producer& producer) {
  const int number = partition.ownership->partition();
  const std::string folder =
      fmt::format("{}/{}/{}/{}", settings_.folder, settings_.application, settings_.streamlet, number);
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    return failure(ErrorKind::denied, fmt::format("cannot make the folder {} for state: {}", folder, problem.message()),
                   "cloudflow.streamlet.state-folder names another one");
  const auto go_on = [&] { return !run_.is_stopping() && !partition.ownership->is_away(); };
  partition.lock = std::make_unique<FolderLock>(folder);
  for (bool is_said = false; !partition.lock->take(); is_said = true) {
    if (!is_said) log::info(fmt::format("waits for another process that has {}", folder));
    if (!go_on() || !run_.wait(20ms)) return false;
  }
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    const std::string path = fmt::format("{}/{}", folder, stores_[i]->name());
    CF_TRY(auto database, stores_[i]->opener()(path, settings_.memory));
    const auto log = changelogs_[i].extent(producer, number, go_on);
    if (!log && log.error().kind == ErrorKind::interrupted) return false;
    if (!log) return std::unexpected(log.error());
    const std::string mark = database->mark();
    std::int64_t from = mark.empty() ? log->first : Mark::of(mark).next;
    if (!mark.empty() && !Mark::of(mark).fits(*log)) {
      database.reset();
      std::filesystem::remove_all(path, problem);
      CF_TRY(database, stores_[i]->opener()(path, settings_.memory));
      from = log->first;
    }
    if (from < log->end) {
      const auto began = std::chrono::steady_clock::now();
      std::size_t count = 0;
      CF_TRY(const bool is_whole,
             changelogs_[i].read(number, from, log->end, go_on, [&](const Changes& changes, std::int64_t next) {
               count += changes.size();
               database->write(changes, Mark::text(next));
             }));
      if (!is_whole) return false;
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      log::info(fmt::format("store {} of partition {}: {} changes restored in {:.1f} s", stores_[i]->name(), number,
                            count, took.count()));
    }
    partition.stores.push_back(std::make_unique<OpenStore>(changelogs_[i].topic(), std::move(database)));
  }
  return true;
}

bool StoreSet::has_changed() const {
  return current_ != nullptr &&
         std::ranges::any_of(current_->stores, [](const auto& store) { return store->has_changed(); });
}

std::size_t StoreSet::changed_bytes() const {
  std::size_t out = 0;
  for (const auto& [number, partition] : partitions_) {
    for (const auto& store : partition->stores) out += store->bytes();
  }
  return out;
}

void StoreSet::send(const SendChange& send) {
  for (const auto& [number, partition] : partitions_) {
    for (const auto& store : partition->stores) store->send(number, send);
  }
}

void StoreSet::delivered(const Delivery& delivery) {
  static_cast<OpenStore*>(delivery.ticket)->arrived(delivery.offset);
}

void StoreSet::keep() {
  for (const auto& [number, partition] : partitions_) {
    for (const auto& store : partition->stores) store->keep();
  }
}

void StoreSet::drop() {
  for (const auto& [number, partition] : partitions_) {
    for (const auto& store : partition->stores) store->drop();
  }
}

void StoreSet::drop(const Ownership& ownership) {
  const auto known = partitions_.find(ownership.partition());
  if (known == partitions_.end() || known->second->ownership.get() != &ownership) return;
  for (const auto& store : known->second->stores) store->drop();
}

void StoreSet::close_gone() {
  std::erase_if(partitions_, [&](const auto& one) {
    const bool is_gone = one.second == nullptr || one.second->ownership->is_away();
    if (is_gone && one.second.get() == current_) {
      current_ = nullptr;
      for (AnyStore* store : stores_) store->set_partition(nullptr);
    }
    return is_gone;
  });
}

}  // namespace cloudflow::streamlet
