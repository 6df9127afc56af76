// Places and secrets of a value's leaves.
#include "planner/render/value_origins.h"

namespace cloudflow {

void add_places(const ConfigValue& value, const std::string& prefix, Resource& to) {
  to.origins.find_later([value, prefix](Origins::Places& places) {
    value.each_leaf([&](const std::string& pointer, const ConfigValue& leaf) {
      SourcePos where = leaf.where();
      if (where.line > 0 || !where.file.empty()) places.insert_or_assign(prefix + pointer, std::move(where));
    });
  });
  if (!value.contains_secret()) return;
  value.each_leaf([&](const std::string& pointer, const ConfigValue& leaf) {
    if (leaf.is_secret()) to.secrets.push_back(prefix + pointer);
  });
}

}  // namespace cloudflow
