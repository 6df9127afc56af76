// Foreign text in HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

/// The text as text and nothing else, in an element or in an attribute with quotes. What hides or turns text is written
/// out, and with it all that XML does not know; line feeds and tabs stay.
std::string html_text(std::string_view text);

}  // namespace cloudflow
