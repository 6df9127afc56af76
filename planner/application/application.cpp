// Lookups in an application.
#include "planner/application/application.h"

#include <algorithm>

namespace cloudflow {

const Streamlet* Application::streamlet(std::string_view name) const {
  const auto found = std::ranges::lower_bound(streamlets, name, {}, &Streamlet::name);
  return found == streamlets.end() || found->name != name ? nullptr : &*found;
}

const Topic* Application::topic(std::string_view wanted) const {
  const auto found = std::ranges::lower_bound(topics, wanted, {}, &Topic::id);
  return found == topics.end() || found->id != wanted ? nullptr : &*found;
}

const RuntimeNeeds& Application::needs_of(const Streamlet& streamlet) const {
  static const RuntimeNeeds none;
  const auto found = runtimes.find(streamlet.runtime);
  return found == runtimes.end() ? none : found->second;
}

}  // namespace cloudflow
