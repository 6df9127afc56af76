// Foreign text in HTML and XML.
#include "cli/views/html_text.h"

#include "sdk/support/printable.h"

namespace cloudflow {

std::string html_text(std::string_view foreign) {
  std::string text = printable(foreign);
  // U+FFFE and U+FFFF are in no document of XML, not even as references.
  for (const std::string_view none : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at = text.find(none); at != std::string::npos; at = text.find(none, at))
      text.replace(at, none.size(), none.back() == '\xbe' ? "\\ufffe" : "\\uffff");
  }
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace cloudflow
