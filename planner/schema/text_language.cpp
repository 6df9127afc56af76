// The texts that a pattern of JSON Schema matches, as an automaton that can be combined and asked for examples.
#include "planner/schema/text_language.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "planner/config/utf8.h"

namespace cloudflow {
namespace {

using Point = std::uint32_t;
using Ranges = std::vector<std::pair<Point, Point>>;  ///< first and last, both inside

constexpr Point last_point = 0x10FFFF;
constexpr Point first_surrogate = 0xD800;
constexpr Point last_surrogate = 0xDFFF;
constexpr std::size_t max_pattern_states = 4'000;
constexpr std::size_t max_states = 6'000;
constexpr std::size_t max_repeat = 1'000;
constexpr std::size_t max_search = 400'000;

Ranges inverse(Ranges ranges) {
  std::ranges::sort(ranges);
  Ranges out;
  Point from = 0;
  for (const auto& [first, last] : ranges) {
    if (first > from) out.emplace_back(from, first - 1);
    from = std::max(from, last + 1);
  }
  if (from <= last_point) out.emplace_back(from, last_point);
  return out;
}

/// A nondeterministic automaton under construction.
struct Graph {
  enum class Edge : std::uint8_t { free, at_start, at_end, reads };
  struct Arrow {
    Edge edge = Edge::free;
    std::size_t to = 0;
    Ranges ranges{};
  };
  std::vector<std::vector<Arrow>> states{};

  std::size_t add() {
    states.emplace_back();
    return states.size() - 1;
  }
  void free(std::size_t from, std::size_t to) { states[from].push_back({Edge::free, to, {}}); }
};

struct Piece {
  std::size_t in = 0;
  std::size_t out = 0;
};

/// Reads a pattern by recursive descent; after a failure the rest does not matter.
class PatternReader {
 public:
  PatternReader(Graph& graph, std::vector<Point> text) : graph_(graph), text_(std::move(text)) {}

  std::optional<Piece> read() {
    Piece all = alternatives(0);
    if (at_ < text_.size()) failed_ = true;
    if (failed_) return std::nullopt;
    return all;
  }

 private:
  static constexpr int max_depth = 100;

  bool more() const { return at_ < text_.size() && !failed_; }
  bool take(char c) {
    if (!more() || text_[at_] != static_cast<Point>(c)) return false;
    ++at_;
    return true;
  }
  Point next() {
    if (at_ >= text_.size()) {
      failed_ = true;
      return 0;
    }
    return text_[at_++];
  }

  Piece empty() {
    const std::size_t state = graph_.add();
    return {state, state};
  }

  Piece one(Ranges ranges) {
    const Piece piece{graph_.add(), graph_.add()};
    graph_.states[piece.in].push_back({Graph::Edge::reads, piece.out, std::move(ranges)});
    return piece;
  }

  Piece assertion(Graph::Edge edge) {
    const Piece piece{graph_.add(), graph_.add()};
    graph_.states[piece.in].push_back({edge, piece.out, {}});
    return piece;
  }

  Piece alternatives(int depth) {
    if (depth > max_depth) failed_ = true;
    const Piece all{graph_.add(), graph_.add()};
    do {
      const Piece branch = sequence(depth);
      graph_.free(all.in, branch.in);
      graph_.free(branch.out, all.out);
    } while (take('|'));
    return all;
  }

  Piece sequence(int depth) {
    Piece all = empty();
    while (more() && text_[at_] != '|' && text_[at_] != ')') {
      const std::size_t start = at_;
      Piece piece = atom(depth);
      piece = repeated(piece, start, depth);
      graph_.free(all.out, piece.in);
      all.out = piece.out;
      if (graph_.states.size() > max_pattern_states) failed_ = true;
    }
    return all;
  }

  /// What follows an atom that was read from `start`: ?, *, +, {m,n}, each also lazy.
  Piece repeated(Piece piece, std::size_t start, int depth) {
    if (!more()) return piece;
    std::size_t low = 1;
    std::optional<std::size_t> high = 1;
    if (take('?')) {
      low = 0;
    } else if (take('*')) {
      low = 0;
      high = std::nullopt;
    } else if (take('+')) {
      high = std::nullopt;
    } else if (text_[at_] == '{') {
      if (!counts(low, high)) return piece;
    } else {
      return piece;
    }
    take('?');
    const std::size_t end = at_;
    const auto again = [&] {  // the atom once more, as new states
      at_ = start;
      const Piece copy = atom(depth);
      at_ = end;
      return copy;
    };
    Piece all = empty();
    const auto append = [&](Piece more_of_it) {
      graph_.free(all.out, more_of_it.in);
      all.out = more_of_it.out;
    };
    if (low > max_repeat || high.value_or(0) > max_repeat) failed_ = true;
    for (std::size_t i = 0; i < low && !failed_; ++i) {
      append(again());
      if (graph_.states.size() > max_pattern_states) failed_ = true;
    }
    if (!high) {
      const Piece loop = again();
      const Piece around{graph_.add(), graph_.add()};
      graph_.free(around.in, loop.in);
      graph_.free(around.in, around.out);
      graph_.free(loop.out, around.in);
      append(around);
    } else {
      const std::size_t out = graph_.add();
      for (std::size_t i = low; i < *high && !failed_; ++i) {
        graph_.free(all.out, out);
        append(again());
        if (graph_.states.size() > max_pattern_states) failed_ = true;
      }
      graph_.free(all.out, out);
      all.out = out;
    }
    return all;
  }

  /// "{2}", "{2,}", "{2,5}"; anything else is a mistake in patterns with Unicode, so it is not judged.
  bool counts(std::size_t& low, std::optional<std::size_t>& high) {
    ++at_;
    const auto number = [&]() -> std::optional<std::size_t> {
      std::size_t value = 0;
      const std::size_t start = at_;
      while (more() && text_[at_] >= '0' && text_[at_] <= '9')
        value = std::min<std::size_t>(value * 10 + (text_[at_++] - '0'), 100'000);
      if (at_ == start) return std::nullopt;
      return value;
    };
    const auto first = number();
    if (!first) {
      failed_ = true;
      return false;
    }
    low = *first;
    high = low;
    if (take(',')) high = number();
    if (!take('}') || (high && *high < low)) failed_ = true;
    return !failed_;
  }

  Piece atom(int depth) {
    const Point c = next();
    switch (c) {
      case '^':
        return assertion(Graph::Edge::at_start);
      case '$':
        return assertion(Graph::Edge::at_end);
      case '.':
        return one(inverse({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}));
      case '(':
        return group(depth);
      case '[':
        return one(character_class());
      case '\\':
        return one(escaped(false));
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        failed_ = true;
        return empty();
      default:
        return one({{c, c}});
    }
  }

  Piece group(int depth) {
    if (take('?')) {
      if (take('<')) {
        if (more() && (text_[at_] == '=' || text_[at_] == '!')) failed_ = true;
        while (more() && text_[at_] != '>') ++at_;
        if (!take('>')) failed_ = true;
      } else if (!take(':')) {
        failed_ = true;
      }
    }
    const Piece inner = alternatives(depth + 1);
    if (!take(')')) failed_ = true;
    return inner;
  }

  Ranges character_class() {
    const bool inverted = take('^');
    Ranges out;
    while (more() && text_[at_] != ']') {
      const Ranges first = class_atom();
      const bool range = at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']';
      if (!range) {
        out.insert(out.end(), first.begin(), first.end());
        continue;
      }
      ++at_;
      const Ranges last = class_atom();
      const bool plain = first.size() == 1 && last.size() == 1 && first[0].first == first[0].second &&
                         last[0].first == last[0].second && first[0].first <= last[0].first;
      if (!plain) {
        failed_ = true;
        return {};
      }
      out.emplace_back(first[0].first, last[0].first);
    }
    if (!take(']')) failed_ = true;
    return inverted ? inverse(std::move(out)) : out;
  }

  Ranges class_atom() {
    const Point c = next();
    if (c == '\\') return escaped(true);
    return {{c, c}};
  }

  Ranges escaped(bool in_class) {
    static const Ranges digits{{'0', '9'}};
    static const Ranges word{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    static const Ranges blank{{'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
                              {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
    const Point c = next();
    const auto point = [](Point p) { return Ranges{{p, p}}; };
    switch (c) {
      case 'd':
        return digits;
      case 'D':
        return inverse(digits);
      case 'w':
        return word;
      case 'W':
        return inverse(word);
      case 's':
        return blank;
      case 'S':
        return inverse(blank);
      case 't':
        return point('\t');
      case 'n':
        return point('\n');
      case 'r':
        return point('\r');
      case 'f':
        return point('\f');
      case 'v':
        return point('\v');
      case 'b':
        if (in_class) return point('\b');
        break;
      case 'x':
        return point(hex(2));
      case 'u':
        return point(unicode());
      default: {
        const bool name = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c > 0x7F;
        if (!name) return point(c);
      }
    }
    failed_ = true;
    return {};
  }

  Point hex(int digits) {
    Point value = 0;
    for (int i = 0; i < digits; ++i) {
      const Point c = next();
      constexpr std::string_view known = "0123456789abcdef";
      const std::size_t digit =
          c < 0x80 ? known.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c)) : std::string_view::npos;
      if (digit == std::string_view::npos) failed_ = true;
      value = value * 16 + static_cast<Point>(digit & 0xFU);
    }
    return value;
  }

  Point unicode() {
    Point value = 0;
    if (take('{')) {
      std::size_t end = at_;
      while (end < text_.size() && text_[end] != '}') ++end;
      if (end == at_ || end - at_ > 6) failed_ = true;
      if (!failed_) value = hex(static_cast<int>(end - at_));
      if (!take('}')) failed_ = true;
    } else {
      value = hex(4);
    }
    if (value > last_point || (value >= first_surrogate && value <= last_surrogate)) failed_ = true;
    return value;
  }

  Graph& graph_;
  std::vector<Point> text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

using States = std::vector<std::size_t>;

/// What can be reached without reading.
States closure(const Graph& graph, States states, bool at_start, bool at_end) {
  std::vector<bool> seen(graph.states.size());
  for (const std::size_t state : states) seen[state] = true;
  for (std::size_t i = 0; i < states.size(); ++i) {
    for (const Graph::Arrow& arrow : graph.states[states[i]]) {
      const bool open = arrow.edge == Graph::Edge::free || (arrow.edge == Graph::Edge::at_start && at_start) ||
                        (arrow.edge == Graph::Edge::at_end && at_end);
      if (!open || seen[arrow.to]) continue;
      seen[arrow.to] = true;
      states.push_back(arrow.to);
    }
  }
  std::ranges::sort(states);
  return states;
}

std::vector<Point> boundaries(const Graph& graph) {
  std::set<Point> out{0};
  for (const auto& arrows : graph.states) {
    for (const Graph::Arrow& arrow : arrows) {
      for (const auto& [first, last] : arrow.ranges) {
        out.insert(first);
        if (last < last_point) out.insert(last + 1);
      }
    }
  }
  return {out.begin(), out.end()};
}

bool inside(const Ranges& ranges, Point point) {
  return std::ranges::any_of(ranges, [&](const auto& range) { return range.first <= point && point <= range.second; });
}

/// The subset construction. Only the first state stands at the start of the text.
std::optional<TextLanguage> determined(const Graph& graph, std::size_t first, std::size_t last) {
  TextLanguage out;
  out.starts = boundaries(graph);
  out.next.clear();
  out.accepts.clear();
  std::map<std::pair<States, bool>, std::uint32_t> numbers;
  std::deque<std::pair<States, bool>> open;
  const auto number = [&](States states, bool start) {
    const auto [place, fresh] =
        numbers.try_emplace({std::move(states), start}, static_cast<std::uint32_t>(numbers.size()));
    if (fresh) {
      open.push_back(place->first);
      out.accepts.push_back(std::ranges::binary_search(closure(graph, place->first.first, start, true), last));
      out.next.emplace_back();
    }
    return place->second;
  };
  number(closure(graph, {first}, true, false), true);
  while (!open.empty()) {
    const auto [states, start] = std::move(open.front());
    open.pop_front();
    const std::uint32_t from = numbers.at({states, start});
    for (const Point symbol : out.starts) {
      States to;
      for (const std::size_t state : states) {
        for (const Graph::Arrow& arrow : graph.states[state]) {
          if (arrow.edge == Graph::Edge::reads && inside(arrow.ranges, symbol)) to.push_back(arrow.to);
        }
      }
      std::ranges::sort(to);
      to.erase(std::ranges::unique(to).begin(), to.end());
      // Two steps: the call may move `next`.
      const std::uint32_t target = number(closure(graph, std::move(to), false, false), false);
      out.next[from].push_back(target);
      if (numbers.size() > max_states) return std::nullopt;
    }
  }
  return out;
}

std::size_t class_of(const TextLanguage& language, Point point) {
  return static_cast<std::size_t>(std::ranges::upper_bound(language.starts, point) - language.starts.begin()) - 1;
}

/// Up to `wanted` code points of a class, letters and digits before others; `plain`: none but those of ASCII that show.
std::vector<Point> points_of(const TextLanguage& language, std::size_t number, std::size_t wanted, bool plain) {
  const Point first = language.starts[number];
  const Point last = number + 1 < language.starts.size() ? language.starts[number + 1] - 1 : last_point;
  static constexpr std::array<std::pair<Point, Point>, 6> order{
      {{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {' ', '~'}, {0xA1, last_point}, {0, 0xA0}}};
  std::vector<Point> out;
  constexpr std::size_t plain_ranges = 4;
  for (const auto& [from, to] : std::span(order).first(plain ? plain_ranges : order.size())) {
    for (Point p = std::max(first, from); p <= std::min(last, to) && out.size() < wanted; ++p) {
      if (p >= first_surrogate && p <= last_surrogate) {
        p = last_surrogate;
      } else if (std::ranges::find(out, p) == out.end()) {
        out.push_back(p);
      }
    }
  }
  return out;
}

/// Enumerates texts of one length after the other.
class TextSearch {
 public:
  TextSearch(const TextLanguage& language, std::size_t wanted, bool plain) : language_(language), wanted_(wanted) {
    for (std::size_t i = 0; i < language.starts.size(); ++i) points_.push_back(points_of(language, i, wanted, plain));
    ends_.push_back(language.accepts);
  }

  /// Whether there is a text of this length; false, too, when the search has become too long.
  bool any(std::size_t length) {
    while (ends_.size() <= length && !exhausted_) {
      const std::vector<bool>& before = ends_.back();
      std::vector<bool> now(before.size());
      for (std::size_t state = 0; state < now.size(); ++state) {
        for (std::size_t c = 0; c < points_.size() && !now[state]; ++c)
          now[state] = !points_[c].empty() && before[language_.next[state][c]];
      }
      spent_ += now.size() * points_.size() / 8 + 1;
      exhausted_ = spent_ > max_search;
      ends_.push_back(std::move(now));
    }
    return !exhausted_ && ends_[length][0];
  }

  void collect(std::size_t length, std::vector<std::string>& into) {
    std::string text;
    if (any(length)) extend(0, length, text, into);
  }

  bool exhausted() const { return exhausted_; }

 private:
  void extend(std::uint32_t state, std::size_t rest, std::string& text, std::vector<std::string>& into) {
    if (into.size() >= wanted_) return;
    if (rest == 0) {
      into.push_back(text);
      return;
    }
    for (std::size_t c = 0; c < points_.size(); ++c) {
      const std::uint32_t to = language_.next[state][c];
      if (!ends_[rest - 1][to]) continue;
      for (const Point point : points_[c]) {
        const std::size_t size = text.size();
        append_utf8(text, point);
        extend(to, rest - 1, text, into);
        text.resize(size);
        if (into.size() >= wanted_) return;
      }
    }
  }

  const TextLanguage& language_;
  std::size_t wanted_;
  std::vector<std::vector<Point>> points_{};
  std::vector<std::vector<bool>> ends_{};  ///< steps, state → whether a text ends there
  std::size_t spent_ = 0;
  bool exhausted_ = false;
};

}  // namespace

std::vector<std::uint32_t> code_points(std::string_view text) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80          ? 1
                             : (lead >> 5U) == 6  ? 2
                             : (lead >> 4U) == 14 ? 3
                             : (lead >> 3U) == 30 ? 4
                                                  : 1;
    Point point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (std::size_t k = 1; k < size && i + k < text.size(); ++k)
      point = (point << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    out.push_back(std::min(point, last_point));
    i += size;
  }
  return out;
}

bool TextLanguage::contains(std::string_view text) const {
  std::uint32_t state = 0;
  for (const Point point : code_points(text)) state = next[state][class_of(*this, point)];
  return accepts[state];
}

std::optional<TextLanguage> language_of_pattern(std::string_view pattern) {
  Graph graph;
  const auto piece = PatternReader(graph, code_points(pattern)).read();
  if (!piece) return std::nullopt;
  // A match may stand anywhere in the text.
  const Ranges all{{0, last_point}};
  const std::size_t first = graph.add();
  const std::size_t last = graph.add();
  graph.states[first].push_back({Graph::Edge::reads, first, all});
  graph.free(first, piece->in);
  graph.free(piece->out, last);
  graph.states[last].push_back({Graph::Edge::reads, last, all});
  return determined(graph, first, last);
}

TextLanguage language_of_texts(std::span<const std::string> texts) {
  TextLanguage out;
  std::set<Point> starts{0};
  for (const std::string& text : texts) {
    for (const Point point : code_points(text)) {
      starts.insert(point);
      if (point < last_point) starts.insert(point + 1);
    }
  }
  out.starts.assign(starts.begin(), starts.end());
  const std::vector<std::uint32_t> nowhere(out.starts.size(), 1);
  out.next = {nowhere, nowhere};
  out.accepts = {false, false};
  for (const std::string& text : texts) {
    std::uint32_t state = 0;
    for (const Point point : code_points(text)) {
      const std::size_t number = class_of(out, point);
      if (out.next[state][number] == 1) {
        out.next[state][number] = static_cast<std::uint32_t>(out.next.size());
        out.next.push_back(nowhere);
        out.accepts.push_back(false);
      }
      state = out.next[state][number];
    }
    out.accepts[state] = true;
  }
  return out;
}

std::optional<TextLanguage> language_of_length(std::size_t low, std::optional<std::size_t> high) {
  const std::size_t last = high ? *high + 1 : low;
  if (low > max_states || last > max_states) return std::nullopt;
  TextLanguage out;
  out.next.clear();
  out.accepts.clear();
  for (std::size_t i = 0; i <= last; ++i) {
    out.next.push_back({static_cast<std::uint32_t>(std::min(i + 1, last))});
    out.accepts.push_back(i >= low && (!high || i <= *high));
  }
  return out;
}

std::optional<TextLanguage> intersection(std::span<const LanguagePart> parts) {
  if (parts.empty()) return TextLanguage{};
  if (parts.size() == 1 && parts[0].inside) return *parts[0].language;
  std::set<Point> starts;
  for (const LanguagePart& part : parts) starts.insert(part.language->starts.begin(), part.language->starts.end());
  TextLanguage out;
  out.starts.assign(starts.begin(), starts.end());
  out.next.clear();
  out.accepts.clear();
  using Places = std::vector<std::uint32_t>;
  std::map<Places, std::uint32_t> numbers;
  std::deque<Places> open;
  const auto number = [&](Places places) {
    const auto [place, fresh] = numbers.try_emplace(std::move(places), static_cast<std::uint32_t>(numbers.size()));
    if (fresh) {
      bool accepted = true;
      for (std::size_t i = 0; i < parts.size(); ++i)
        accepted = accepted && parts[i].language->accepts[place->first[i]] == parts[i].inside;
      out.accepts.push_back(accepted);
      out.next.emplace_back();
      open.push_back(place->first);
    }
    return place->second;
  };
  number(Places(parts.size(), 0));
  while (!open.empty()) {
    const Places places = std::move(open.front());
    open.pop_front();
    const std::uint32_t from = numbers.at(places);
    for (const Point symbol : out.starts) {
      Places to(parts.size());
      for (std::size_t i = 0; i < parts.size(); ++i)
        to[i] = parts[i].language->next[places[i]][class_of(*parts[i].language, symbol)];
      const std::uint32_t target = number(std::move(to));
      out.next[from].push_back(target);
      if (numbers.size() > max_states) return std::nullopt;
    }
  }
  return out;
}

namespace {

std::optional<Texts> searched(const TextLanguage& language, std::size_t low, std::optional<std::size_t> high,
                              std::size_t wanted, bool plain) {
  // A text that is longer than `low` by the number of states runs in a circle, so shorter and longer ones exist.
  const std::size_t states = language.next.size();
  TextSearch search(language, wanted, plain);
  Texts out;
  bool endless = false;
  std::size_t length = low;
  for (; (!high || length <= *high) && out.found.size() < wanted; ++length) {
    const bool more = search.any(length);
    if (search.exhausted()) return std::nullopt;
    endless = endless || (more && length >= low + states);
    if (length >= low + 2 * states && !endless) break;
    if (more) search.collect(length, out.found);
  }
  out.complete = out.found.size() < wanted;
  return out;
}

}  // namespace

std::optional<Texts> texts_of(const TextLanguage& language, std::size_t low, std::optional<std::size_t> high,
                              std::size_t wanted) {
  // Validators differ in what they do with line feeds and the like, so examples come without where they can.
  auto plain = searched(language, low, high, wanted, true);
  if (plain && !plain->complete) return plain;
  return searched(language, low, high, wanted, false);
}

}  // namespace cloudflow
