// A pattern's text as a tree.
#include "planner/pattern/pattern_parser.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudflow {
namespace {

using Part = PatternPart;

constexpr int deepest_group = 200;

class Parser {
 public:
  explicit Parser(std::vector<char32_t> text) : text_(std::move(text)) {}

  Result<Part> parse() {
    CF_TRY(Part whole, choice(0));
    if (at_ < text_.size()) return invalid("an unmatched \")\"");
    return whole;
  }

 private:
  static std::unexpected<Error> invalid(std::string_view what) {
    return failure(ErrorKind::invalid_input, std::string(what));
  }
  static std::unexpected<Error> unsupported(std::string_view what) {
    return failure(ErrorKind::unsupported, std::string(what));
  }
  bool more() const { return at_ < text_.size(); }
  bool sees(char32_t c, std::size_t ahead = 0) const { return at_ + ahead < text_.size() && text_[at_ + ahead] == c; }
  bool take(char32_t c) {
    if (!sees(c)) return false;
    ++at_;
    return true;
  }

  Result<Part> choice(int depth) {
    if (depth > deepest_group) return invalid("groups nested too deep");
    const bool folded = ignore_case_;
    Part out{.kind = Part::Kind::choice};
    do {
      CF_TRY(Part option, sequence(depth));
      out.parts.push_back(std::move(option));
    } while (take(U'|'));
    ignore_case_ = folded;
    return out;
  }

  Result<Part> sequence(int depth) {
    Part out{.kind = Part::Kind::sequence};
    while (more() && !sees(U'|') && !sees(U')')) {
      CF_TRY(Part part, atom(depth));
      if (quoted_ && !part.parts.empty()) {
        // What follows \E repeats the last character only.
        CF_TRY(part.parts.back(), repeated(std::move(part.parts.back())));
      } else {
        CF_TRY(part, repeated(std::move(part)));
      }
      out.parts.push_back(std::move(part));
    }
    return out;
  }

  Result<Part> repeated(Part part) {
    int least = 0;
    int most = -1;
    if (take(U'?')) {
      most = 1;
    } else if (take(U'+')) {
      least = 1;
    } else if (sees(U'{')) {
      CF_CHECK(counts(least, most));
    } else if (!take(U'*')) {
      return part;
    }
    if (take(U'+')) return unsupported("a possessive quantifier");
    take(U'?');
    Part outer{.kind = Part::Kind::repeat, .least = least, .most = most};
    outer.parts.push_back(std::move(part));
    return outer;
  }

  Result<int> number() {
    int value = 0;
    bool some = false;
    while (more() && text_[at_] >= U'0' && text_[at_] <= U'9') {
      value = value * 10 + static_cast<int>(text_[at_++] - U'0');
      some = true;
      if (value > 10000) return invalid("a repetition above 10000");
    }
    if (!some) return invalid("\"{\" without a number");
    return value;
  }

  Result<void> counts(int& least, int& most) {
    ++at_;
    CF_TRY(least, number());
    most = least;
    if (take(U',')) {
      most = -1;
      if (!sees(U'}')) {
        CF_TRY(most, number());
      }
    }
    if (!take(U'}')) return invalid("\"{\" without \"}\"");
    if (most >= 0 && most < least) return invalid("a repetition whose end is before its start");
    return {};
  }

  Result<Part> group(int depth) {
    if (!take(U'?')) return closed(depth);
    if (take(U':')) return closed(depth);
    if (take(U'P')) return invalid("a group that Java does not know");
    if (sees(U'=') || sees(U'!') || (sees(U'<') && (sees(U'=', 1) || sees(U'!', 1)))) return unsupported("look-around");
    if (sees(U'>')) return unsupported("an atomic group");
    if (take(U'<')) {
      bool named = false;
      while (more() && !sees(U'>')) {
        const char32_t c = text_[at_++];
        const bool letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
        if (!letter && !(named && c >= U'0' && c <= U'9')) return invalid("a wrong group name");
        named = true;
      }
      if (!named || !take(U'>')) return invalid("a wrong group name");
      return closed(depth);
    }
    return flags(depth);
  }

  Result<Part> flags(int depth) {
    const bool before = ignore_case_;
    bool on = true;
    while (more() && !sees(U')') && !sees(U':')) {
      const char32_t c = text_[at_++];
      if (c == U'-') {
        on = false;
      } else if (c == U'i') {
        ignore_case_ = on;
      } else if (c == U's') {
        dot_all_ = on;
      } else if (c != U'u') {
        return c == U'm' || c == U'x' || c == U'd' || c == U'U' ? unsupported("a flag") : invalid("an unknown flag");
      }
    }
    if (take(U')')) return Part{};
    if (!take(U':')) return invalid("an unmatched \"(\"");
    Result<Part> inner = closed(depth);
    ignore_case_ = before;
    return inner;
  }

  Result<Part> closed(int depth) {
    CF_TRY(Part inner, choice(depth + 1));
    if (!take(U')')) return invalid("an unmatched \"(\"");
    return inner;
  }

  Part one_of(CharacterClass set) const {
    if (ignore_case_) set.fold_case();
    return Part{.kind = Part::Kind::one_of, .set = std::move(set)};
  }

  Result<Part> atom(int depth) {
    quoted_ = false;
    const char32_t c = text_[at_++];
    switch (c) {
      case U'(':
        return group(depth);
      case U'[': {
        CF_TRY(CharacterClass set, bracketed(text_, at_, 0));
        return one_of(std::move(set));
      }
      case U'.': {
        CharacterClass set;
        if (!dot_all_) {
          for (const char32_t end : {U'\n', U'\r', U'\u0085', U'\u2028', U'\u2029'}) set.add(end, end);
        }
        set.negate();
        return one_of(std::move(set));
      }
      case U'^':
        return Part{.kind = Part::Kind::assertion, .assertion = PatternAssertion::at_start};
      case U'$':
        return Part{.kind = Part::Kind::assertion, .assertion = PatternAssertion::at_end};
      case U'*':
      case U'+':
      case U'?':
        return invalid(fmt::format("\"{}\" without something to repeat", static_cast<char>(c)));
      case U'{':
        return invalid("\"{\" without something to repeat");
      case U'\\':
        return escape();
      default: {
        CharacterClass set;
        set.add(c, c);
        return one_of(std::move(set));
      }
    }
  }

  Result<Part> escape() {
    if (!more()) return invalid("a \"\\\" at the end");
    const char32_t c = text_[at_];
    const auto assertion = [&](PatternAssertion kind) {
      ++at_;
      return Part{.kind = Part::Kind::assertion, .assertion = kind};
    };
    if (c == U'A') return assertion(PatternAssertion::at_start);
    if (c == U'z' || c == U'Z') return assertion(PatternAssertion::at_end);
    if (c == U'b') return assertion(PatternAssertion::word_edge);
    if (c == U'B') return assertion(PatternAssertion::no_word_edge);
    if (c >= U'1' && c <= U'9') return unsupported("a reference back");
    if (c == U'k' || c == U'G' || c == U'R' || c == U'X') return unsupported("an escape");
    if (c == U'Q') {
      ++at_;
      return quoted();
    }
    CF_TRY(CharacterClass set, escaped(text_, at_));
    return one_of(std::move(set));
  }

  Part quoted() {
    quoted_ = true;
    Part out{.kind = Part::Kind::sequence};
    while (more() && !(sees(U'\\') && sees(U'E', 1))) {
      CharacterClass set;
      set.add(text_[at_], text_[at_]);
      ++at_;
      out.parts.push_back(one_of(std::move(set)));
    }
    at_ = std::min(at_ + 2, text_.size());
    return out;
  }

  std::vector<char32_t> text_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  bool dot_all_ = false;
  bool quoted_ = false;  ///< the last atom was \Q…\E
};

}  // namespace

Result<PatternPart> parse_pattern(std::string_view text) { return Parser(characters(text)).parse(); }

}  // namespace cloudflow
