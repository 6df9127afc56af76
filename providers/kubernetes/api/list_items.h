// Cuts the JSON of a List into the texts of its items and looks into them, without parsing them.
#pragma once

#include <functional>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// Gives every element of the member "items" of `page` to `on_item`, as it stands there. An error of on_item ends it
/// and is returned; invalid_input when `page` is no List. What is inside an item is not checked: parsing it will.
Result<void> for_each_item(std::string_view page, const std::function<Result<void>(std::string_view item)>& on_item);

/// The text of an object's member as it stands there ("\"web\"", "{…}"); empty when there is none.
std::string_view raw_member(std::string_view object, std::string_view name);

/// What is between the quotes of a string member; empty when there is none. For values without escapes, such as names.
std::string_view plain_member(std::string_view object, std::string_view name);

}  // namespace cloudflow
