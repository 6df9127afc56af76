// Lookups in a descriptor.
#include "planner/blueprint/descriptor.h"

#include <algorithm>

namespace cloudflow {
namespace {

template <class T, class Member>
const T* find_by(const std::vector<T>& all, Member member, std::string_view wanted) {
  const auto found = std::ranges::find(all, wanted, member);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const Port* Descriptor::inlet(std::string_view name) const { return find_by(inlets, &Port::name, name); }
const Port* Descriptor::outlet(std::string_view name) const { return find_by(outlets, &Port::name, name); }
const ConfigParameter* Descriptor::parameter(std::string_view key) const {
  return find_by(parameters, &ConfigParameter::key, key);
}

bool Descriptor::has_attribute(std::string_view name) const {
  return std::ranges::any_of(attributes, [&](const auto& attribute) { return attribute.first == name; });
}

}  // namespace cloudflow
