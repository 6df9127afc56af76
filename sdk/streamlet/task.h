// A record on its way to a handler.
#pragma once

#include <memory>

#include "sdk/streamlet/kafka.h"
#include "sdk/streamlet/offset_tracker.h"

namespace cloudflow::streamlet {

struct Task {
  Received record;
  std::shared_ptr<OffsetTracker> tracker;
  OffsetTracker::Entry* entry;
  std::size_t inlet;
};

}  // namespace cloudflow::streamlet
