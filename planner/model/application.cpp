// Lookups in an application.
#include "planner/model/application.h"

#include <algorithm>

namespace cloudflow {

const Streamlet* Application::streamlet(std::string_view name) const {
  const auto found = std::ranges::find(streamlets, name, &Streamlet::name);
  return found == streamlets.end() ? nullptr : &*found;
}

const Topic* Application::topic(std::string_view wanted) const {
  const auto found = std::ranges::find(topics, wanted, &Topic::id);
  return found == topics.end() ? nullptr : &*found;
}

}  // namespace cloudflow
