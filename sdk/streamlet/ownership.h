// That a partition number is ours: what all inlets that are read together have in common, from the moment when the
// group gives it to us until it takes it back.
#pragma once

#include <atomic>

namespace cloudflow::streamlet {

/// Any thread. It is ours, then away, and then gone; never back.
class Ownership {
 public:
  explicit Ownership(int partition) : partition_(partition) {}

  int partition() const { return partition_; }
  /// No record starts any more.
  void give_away() { is_away_ = true; }
  bool is_away() const { return is_away_; }
  /// It is somebody else's: what was made of its records and is not committed may not count any more.
  void set_gone() {
    is_away_ = true;
    is_gone_ = true;
  }
  bool is_gone() const { return is_gone_; }

 private:
  const int partition_;
  std::atomic<bool> is_away_ = false;
  std::atomic<bool> is_gone_ = false;
};

}  // namespace cloudflow::streamlet
