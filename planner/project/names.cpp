// Names that Kubernetes takes, made from names that people gave.
#include "planner/project/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "planner/pattern/pattern_class.h"
#include "planner/project/latin_letters.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Decomposes, lowers, and keeps only letters and digits of ASCII, `-`, `_` and `.`.
std::string plain(std::string_view text) {
  std::string out;
  for (const char32_t c : characters(text)) {
    if (c < 0x80) {
      const char letter = static_cast<char>(c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c);
      const bool keep = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
                        letter == '_' || letter == '.';
      if (keep) out += letter;
    } else if (c >= 0xFF01 && c <= 0xFF5E) {  // the full-width forms of ASCII
      out += plain(std::string(1, static_cast<char>(c - 0xFF01 + 0x21)));
    } else if (c < 0x10000) {
      const auto* found = std::ranges::lower_bound(latin_letters, static_cast<char16_t>(c), {}, &LatinLetter::letter);
      if (found != std::end(latin_letters) && found->letter == c) out += found->plain;
    }
  }
  return out;
}

std::string dashed(std::string text, std::string_view replaced) {
  for (char& c : text) {
    if (replaced.find(c) != std::string_view::npos) c = '-';
  }
  return text;
}

std::string stripped(std::string_view text, std::string_view ends) {
  const auto first = text.find_first_not_of(ends);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(ends) - first + 1));
}

/// One dash at each end, as the build does it: "--a" becomes "-a".
std::string without_one_dash(std::string text) {
  if (text.starts_with('-')) text.erase(0, 1);
  if (text.ends_with('-')) text.pop_back();
  return text;
}

}  // namespace

std::string label_form(std::string_view name) { return without_one_dash(dashed(plain(name), "_.").substr(0, 63)); }

std::string subdomain_form(std::string_view name) {
  std::vector<std::string> parts;
  for (const std::string& part : split(name, '.')) parts.push_back(without_one_dash(dashed(plain(part), "_.")));
  std::string out = join(parts, ".").substr(0, 253);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

std::string operator_subdomain_form(std::string_view name) {
  return stripped(dashed(plain(name), "_").substr(0, 253), "-.");
}

std::string pod_name(std::string_view application, std::string_view streamlet) {
  return stripped(dashed(plain(fmt::format("{}.{}", application, streamlet)), "_.").substr(0, 63), "-");
}

std::string service_name(std::string_view application, std::string_view streamlet) {
  return pod_name(application, streamlet).substr(0, 55) + "-service";
}

std::string label_value(std::string_view text) {
  std::string out;
  for (const char32_t c : characters(text)) {
    const bool fine = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') || c == U'-' ||
                      c == U'_' || c == U'.';
    out += fine ? static_cast<char>(c) : '-';
  }
  return stripped(out.substr(0, 63), "-_.");
}

bool is_dns_label(std::string_view text) {
  const auto inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.front() != '-' && text.back() != '-' && std::ranges::all_of(text, inner);
}

bool is_object_label(std::string_view text) { return text.size() <= longest_label && is_dns_label(text); }

bool is_dns_subdomain(std::string_view text) {
  constexpr std::size_t longest = 253;
  return text.size() <= longest && std::ranges::all_of(split(text, '.'), is_dns_label);
}

}  // namespace cloudflow
