// Cuts the JSON of a List into the texts of its items, without parsing them.
#pragma once

#include <functional>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// Gives every element of the member "items" of `page` to `on_item`, as it stands there. An error of on_item ends it
/// and is returned; invalid_input when `page` is no List. What is inside an item is not checked: parsing it will.
Result<void> for_each_item(std::string_view page, const std::function<Result<void>(std::string_view item)>& on_item);

}  // namespace cloudflow
