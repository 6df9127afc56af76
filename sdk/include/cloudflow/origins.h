// Where a resource's values were asked for.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// JSON pointers with the places of their values. Only what changes is ever asked for, and writing down a place for
/// each value of thousands of resources took a tenth of a plan: so most are found when the first question comes.
class Origins {
 public:
  using Places = std::map<std::string, SourcePos, std::less<>>;
  /// Adds places. Must own what it looks at; called from any thread.
  using Find = std::function<void(Places&)>;

  Origins() = default;
  Origins(std::initializer_list<Places::value_type> places) : set_(places) {}

  /// Wins over what is found and over what was set before.
  void set(std::string pointer, SourcePos where);
  void find_later(Find find);

  /// Every place. The reference holds until this object is changed.
  const Places& all() const;
  bool contains(std::string_view pointer) const { return at(pointer) != nullptr; }
  /// The place of exactly this pointer, or null.
  const SourcePos* at(std::string_view pointer) const;

 private:
  Places set_{};
  std::vector<Find> later_{};
  mutable std::shared_ptr<const Places> found_{};
};

}  // namespace cloudflow
