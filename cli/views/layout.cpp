// Lines laid out for a terminal of some width.
#include "cli/views/layout.h"

#include <algorithm>
#include <vector>

#include "cli/terminal_code.h"
#include "cli/views/columns.h"
#include "cli/views/table.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// What is never broken: a word, a quoted value, an arrow with what it leads to.
struct Atom {
  std::size_t gap = 0;  ///< blanks in front of it
  std::string text{};
};

using Column = std::vector<Atom>;

/// The end of the colour that begins at `at`; `at` itself where none begins.
std::size_t after_colour(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] == '\x1b') {
    const std::size_t end = text.find('m', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return at;
}

/// The end of the quoted value that begins at `at`, behind its closing quote; `at` where it is not closed.
std::size_t after_quoted(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return at;
}

bool may_open(char before) { return before == ' ' || before == '(' || before == '[' || before == '=' || before == ':'; }

/// The end of the word at `at`; quoted values in it belong to it with their blanks, unless no line could hold them.
std::size_t end_of_word(std::string_view text, std::size_t at, std::size_t room) {
  char before = ' ';
  std::size_t i = at;
  while (i < text.size() && text[i] != ' ') {
    if (const std::size_t end = after_colour(text, i); end != i) {
      i = end;
      continue;
    }
    if (text[i] == '"' && may_open(before)) {
      const std::size_t end = after_quoted(text, i);
      if (end != i && text_width(text.substr(at, end - at)) <= room) i = end - 1;
    }
    before = text[i++];
  }
  return i;
}

/// The line behind its indentation, in columns that are two or more blanks apart.
std::vector<Column> columns_of(std::string_view line, std::size_t room) {
  std::vector<Column> out;
  std::size_t at = 0;
  std::size_t gap = 0;
  while (at < line.size()) {
    if (line[at] == ' ') {
      ++gap;
      ++at;
      continue;
    }
    const std::size_t end = end_of_word(line, at, room);
    Atom atom{.gap = gap, .text = std::string(line.substr(at, end - at))};
    if (out.empty() || gap >= 2) out.emplace_back();
    Column& column = out.back();
    // An arrow stays with what it leads to.
    if (gap == 1 && !column.empty() && column.back().text == "→" && text_width(atom.text) + 2 <= room) {
      column.back().text += " " + atom.text;
    } else {
      column.push_back(std::move(atom));
    }
    at = end;
    gap = 0;
  }
  return out;
}

std::size_t width_of(const Column& column) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < column.size(); ++i) out += (i > 0 ? column[i].gap : 0) + text_width(column[i].text);
  return out;
}

/// One line on its way to several.
class Lines {
 public:
  Lines(std::size_t width, std::size_t indent, std::size_t hang, TooWide too_wide)
      : width_(width), hang_(hang), too_wide_(too_wide), out_(indent, ' '), used_(indent) {}

  void add(const Column& column) {
    // A column that a line can hold is not broken.
    const bool fits_here = used_ + gap_of(column.front()) + width_of(column) <= width_;
    if (!fits_here && !fresh_ && hang_ + width_of(column) <= width_) start_line(hang_);
    for (const Atom& atom : column) add_atom(atom);
  }

  std::string take() && { return std::move(out_); }

 private:
  std::size_t gap_of(const Atom& atom) const { return fresh_ ? 0 : atom.gap; }

  void add_atom(const Atom& atom) {
    std::string text = atom.text;
    std::size_t columns = text_width(text);
    if (used_ + gap_of(atom) + columns > width_) {
      if (too_wide_ == TooWide::shorten && hang_ + columns > width_) {
        text = without_middle(text, width_ - hang_);
        columns = text_width(text);
      }
      // What is too wide to be indented begins further left.
      const std::size_t indent = columns < width_ ? std::min(hang_, width_ - columns) : 0;
      if (!fresh_ || used_ > indent) start_line(indent);
    }
    const std::size_t gap = gap_of(atom);
    out_.append(gap, ' ');
    out_ += text;
    used_ += gap + columns;
    fresh_ = false;
  }

  void start_line(std::size_t indent) {
    if (fresh_) {
      while (out_.ends_with(' ')) out_.pop_back();
    } else {
      out_ += '\n';
    }
    out_.append(indent, ' ');
    used_ = indent;
    fresh_ = true;
  }

  std::size_t width_;
  std::size_t hang_;
  TooWide too_wide_;
  std::string out_;
  std::size_t used_;
  bool fresh_ = true;  ///< nothing but the indentation stands in the line
};

/// Where the last column begins, when it leaves room enough; otherwise npos.
std::size_t last_column(const std::vector<Column>& columns, std::size_t indent, std::size_t width) {
  std::size_t at = indent;
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) at += width_of(columns[i]) + columns[i + 1].front().gap;
  return at + 20 <= width ? at : std::string::npos;
}

std::string laid_out_line(std::string_view line, std::size_t width, TooWide too_wide, bool below) {
  if (text_width(line) <= width) return std::string(line);
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  std::size_t hang = std::min(indent + 4, width / 2);
  const std::vector<Column> columns = columns_of(line.substr(indent), width - hang);
  if (below) {
    const std::size_t last = last_column(columns, indent, width);
    hang = last == std::string::npos ? hang : last;
  }
  Lines lines(width, std::min(indent, width / 2), hang, too_wide);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!below || i + 1 < columns.size()) {
      lines.add(columns[i]);
    } else {
      for (const Atom& atom : columns[i]) lines.add(Column{atom});
    }
  }
  return std::move(lines).take();
}

std::string every_line(std::string_view text, int width, TooWide too_wide, bool below) {
  constexpr int narrowest = 20;
  if (width <= 0) return std::string(text);
  std::string out;
  const std::vector<std::string> lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += '\n';
    out += laid_out_line(lines[i], static_cast<std::size_t>(std::max(width, narrowest)), too_wide, below);
  }
  return out;
}

}  // namespace

std::string laid_out(std::string_view text, int width, TooWide too_wide) {
  return every_line(text, width, too_wide, false);
}

std::string laid_out_below(std::string_view text, int width) { return every_line(text, width, TooWide::keep, true); }

std::string without_middle(std::string_view text, std::size_t columns) {
  if (text_width(text) <= columns) return std::string(text);
  const std::string shown = for_terminal(text);  // what is cut has to be as wide as what is printed
  std::string plain;
  for (std::size_t i = 0; i < shown.size();) {
    if (const std::size_t end = after_colour(shown, i); end != i) {
      i = end;
    } else {
      plain += shown[i++];
    }
  }
  const std::size_t kept = columns > 0 ? columns - 1 : 0;
  const std::size_t all = text_width(plain);
  const std::size_t front = kept - kept / 2;
  const std::size_t begin_of_back = byte_of_column(plain, static_cast<int>(all - kept / 2) + 1);
  return plain.substr(0, byte_of_column(plain, static_cast<int>(front) + 1)) + "…" + plain.substr(begin_of_back);
}

}  // namespace cloudflow
