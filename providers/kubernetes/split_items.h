// Cuts a List answer into the texts of its items without building it in memory.
#pragma once

#include <functional>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// Gives the text of every element of the page's "items", in order. Fails on text that is not a JSON List.
Result<void> split_items(std::string_view page, const std::function<void(std::string_view item)>& on_item);

/// The text of an object's member as it stands there ("\"web\"", "{…}"); empty when there is none.
std::string_view raw_member(std::string_view object, std::string_view name);

/// The text of a string member without its quotes; empty when there is none. For values that hold no escapes, such as
/// names.
std::string_view plain_member(std::string_view object, std::string_view name);

}  // namespace cloudflow
