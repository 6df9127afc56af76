// What changes in a value that is too long for one line.
#include "cli/views/value_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/line_diff.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Bytes of one line of a text.
constexpr std::size_t longest_line = 160;
/// Lines that are the same, before and after a change.
constexpr std::size_t context = 2;
/// Lines shown of one value.
constexpr std::size_t most_lines = 40;
constexpr int max_depth = 100;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool has_lines(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  const std::size_t end = text.find('\n');
  return end != std::string::npos && end + 1 < text.size();
}

/// The list or object that the value is, or that its text holds; null for others.
Json document_of(const Json& value) {
  if (value.is_structured()) return value;
  if (!value.is_string()) return nullptr;
  bool deep = false;
  const auto within = [&](int depth, Json::parse_event_t, const Json&) {
    deep = deep || depth > max_depth;
    return !deep;
  };
  Json document = Json::parse(value.get_ref<const std::string&>(), within, false);
  return !deep && document.is_structured() ? document : Json();
}

std::string document_text(const Json& document) { return document.dump(2, ' ', false, Json::error_handler_t::replace); }

/// Control characters must not reach a terminal; a carriage return is a difference that somebody looks for.
std::string printable(const std::string& line, bool full) {
  std::string out;
  for (const char c : full ? line : shortened(line, longest_line)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

/// Both sides as texts of lines: documents are laid out when one of them is not laid out already.
struct Texts {
  std::string before{};
  std::string after{};
};

std::optional<Texts> texts_of(const std::optional<Json>& before, const std::optional<Json>& after) {
  const auto is_long = [](const std::optional<Json>& side) { return side && dump(*side).size() > longest_value; };
  const bool lines = (before && has_lines(*before)) || (after && has_lines(*after));
  if (!lines && !is_long(before) && !is_long(after)) return std::nullopt;
  const auto text_of = [](const std::optional<Json>& side) {
    return !side ? "" : side->is_string() ? side->get<std::string>() : document_text(*side);
  };
  const auto is_document = [](const std::optional<Json>& side) { return !side || !document_of(*side).is_null(); };
  const bool laid_out = (!before || has_lines(*before)) && (!after || has_lines(*after));
  if (!laid_out && is_document(before) && is_document(after)) {
    Texts out{.before = before ? document_text(document_of(*before)) : "",
              .after = after ? document_text(document_of(*after)) : ""};
    if (out.before != out.after) return out;
  }
  if (!lines) return std::nullopt;
  return Texts{.before = text_of(before), .after = text_of(after)};
}

/// The lines of a text. Whether it ends with a line feed shows only where the other text is different in that.
std::vector<std::string> lines_of(const std::string& text, bool say_unended) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  out = split(text, '\n');
  if (text.ends_with('\n')) {
    out.pop_back();
  } else if (say_unended) {
    out.back() += " (no line feed)";
  }
  return out;
}

/// For each line whether it is near enough to a change to be shown.
std::vector<bool> near_changes(const std::vector<DiffLine>& lines) {
  std::vector<bool> out(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].kind == DiffLine::Kind::same) continue;
    const std::size_t end = std::min(lines.size(), i + context + 1);
    for (std::size_t k = i - std::min(i, context); k < end; ++k) out[k] = true;
  }
  return out;
}

std::string painted(const DiffLine& line, bool full, Style style) {
  switch (line.kind) {
    case DiffLine::Kind::added:
      return style(Colour::green, "+ " + printable(line.text, full));
    case DiffLine::Kind::removed:
      return style(Colour::red, "- " + printable(line.text, full));
    case DiffLine::Kind::same:
      break;
  }
  return "  " + printable(line.text, full);
}

}  // namespace

std::string shortened(const std::string& text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t cut = longest;
  while (cut > 0 && is_continuation(text[cut])) --cut;
  return text.substr(0, cut) + "…";
}

std::string value_text(const Json& value, std::size_t longest) { return shortened(dump(value), longest); }

std::string value_change(const Json& before, const Json& after, std::size_t longest) {
  constexpr std::size_t lead = 20;
  std::string left = dump(before);
  std::string right = dump(after);
  const auto differs = std::ranges::mismatch(left, right).in1;
  auto same = static_cast<std::size_t>(differs - left.begin());
  if (same > 2 * lead && std::max(left.size(), right.size()) > longest) {
    same -= lead;
    while (is_continuation(left[same])) --same;
    left = "…" + left.substr(same);
    right = "…" + right.substr(same);
  }
  return shortened(left, longest) + " → " + shortened(right, longest);
}

std::optional<ValueLines> value_lines(const std::optional<Json>& before, const std::optional<Json>& after, bool full,
                                      Style style) {
  const std::optional<Texts> texts = texts_of(before, after);
  if (!texts) return std::nullopt;
  const bool ends_differ =
      !texts->before.empty() && !texts->after.empty() && texts->before.ends_with('\n') != texts->after.ends_with('\n');
  const std::vector<DiffLine> lines =
      line_diff(lines_of(texts->before, ends_differ), lines_of(texts->after, ends_differ));
  const std::vector<bool> shown = near_changes(lines);
  ValueLines out;
  const auto removed = std::ranges::count(lines, DiffLine::Kind::removed, &DiffLine::kind);
  const auto added = std::ranges::count(lines, DiffLine::Kind::added, &DiffLine::kind);
  out.summary = fmt::format("-{} +{} lines", removed, added);
  for (std::size_t i = 0; i < lines.size();) {
    if (!full && out.lines.size() >= most_lines) {
      out.lines.push_back(
          style(Colour::dim,
                fmt::format("… {}, with --full", counted(static_cast<long long>(lines.size() - i), "more line"))));
      break;
    }
    std::size_t next = i;
    while (next < lines.size() && !shown[next]) ++next;
    if (next > i + 1) {
      out.lines.push_back(style(Colour::dim, fmt::format("… {} lines", next - i)));
      i = next;
    } else {
      out.lines.push_back(painted(lines[i++], full, style));
    }
  }
  return out;
}

}  // namespace cloudflow
