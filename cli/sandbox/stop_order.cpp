// In which order streamlets are stopped.
#include "cli/sandbox/stop_order.h"

#include <algorithm>
#include <map>
#include <set>

namespace cloudflow {

std::vector<std::vector<std::string>> stop_order(const Application& application) {
  std::map<std::string, std::set<std::string>> reads_from;  // streamlet → streamlets
  const auto streamlet_of = [](const std::string& port) { return port.substr(0, port.find('.')); };
  for (const Topic& topic : application.topics) {
    for (const std::string& consumer : topic.consumers) {
      for (const std::string& producer : topic.producers)
        reads_from[streamlet_of(consumer)].insert(streamlet_of(producer));
    }
  }
  std::vector<std::vector<std::string>> out;
  std::set<std::string> placed;
  while (placed.size() < application.streamlets.size()) {
    std::vector<std::string> rank;
    for (const Streamlet& streamlet : application.streamlets) {
      const bool waits = std::ranges::any_of(reads_from[streamlet.name],
                                             [&](const std::string& one) { return !placed.contains(one); });
      if (!placed.contains(streamlet.name) && !waits) rank.push_back(streamlet.name);
    }
    if (rank.empty()) {  // the rest goes in a circle
      for (const Streamlet& streamlet : application.streamlets) {
        if (!placed.contains(streamlet.name)) rank.push_back(streamlet.name);
      }
    }
    placed.insert(rank.begin(), rank.end());
    out.push_back(std::move(rank));
  }
  return out;
}

}  // namespace cloudflow
