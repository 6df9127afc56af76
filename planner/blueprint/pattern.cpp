// Regular expressions of config parameters, matched by a set of states instead of by backtracking.
#include "planner/blueprint/pattern.h"

#include <fmt/format.h>

#include <vector>

#include "planner/blueprint/pattern_class.h"
#include "sdk/base/text.h"

namespace cloudflow {

struct Step {
  enum class Kind { one_of, split, at_start, at_end, word_edge, no_word_edge, done };
  Kind kind = Kind::done;
  CharacterClass set{};
  int next = 0;
  int other = 0;
};

struct Pattern::Program {
  std::vector<Step> steps{};
  int start = 0;
};

namespace {

constexpr int deepest_group = 200;
constexpr std::size_t most_steps = 20000;  // {1000}{1000} would otherwise fill the memory

/// A tree first: repeated parts are compiled again and again from it.
struct Part {
  enum class Kind { empty, one_of, sequence, choice, repeat, assertion };
  Kind kind = Kind::empty;
  CharacterClass set{};
  Step::Kind assertion = Step::Kind::done;
  int least = 0;
  int most = -1;  ///< -1: no limit
  std::vector<Part> parts{};
};

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
        return Part{.kind = Part::Kind::assertion, .assertion = Step::Kind::at_start};
      case U'$':
        return Part{.kind = Part::Kind::assertion, .assertion = Step::Kind::at_end};
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
    const auto assertion = [&](Step::Kind kind) {
      ++at_;
      return Part{.kind = Part::Kind::assertion, .assertion = kind};
    };
    if (c == U'A') return assertion(Step::Kind::at_start);
    if (c == U'z' || c == U'Z') return assertion(Step::Kind::at_end);
    if (c == U'b') return assertion(Step::Kind::word_edge);
    if (c == U'B') return assertion(Step::Kind::no_word_edge);
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

/// Puts the steps of a part before step `next`; returns the first, or -1 when there would be too many.
int emit(const Part& part, int next, std::vector<Step>& steps) {
  const auto add = [&](Step step) {
    if (steps.size() >= most_steps) return -1;
    steps.push_back(std::move(step));
    return static_cast<int>(steps.size()) - 1;
  };
  if (next < 0) return -1;
  switch (part.kind) {
    case Part::Kind::empty:
      return next;
    case Part::Kind::one_of:
      return add({.kind = Step::Kind::one_of, .set = part.set, .next = next});
    case Part::Kind::assertion:
      return add({.kind = part.assertion, .next = next});
    case Part::Kind::sequence:
      for (std::size_t i = part.parts.size(); i-- > 0;) next = emit(part.parts[i], next, steps);
      return next;
    case Part::Kind::choice: {
      int first = emit(part.parts.back(), next, steps);
      for (std::size_t i = part.parts.size() - 1; i-- > 0 && first >= 0;) {
        const int option = emit(part.parts[i], next, steps);
        if (option < 0) return -1;
        first = add({.kind = Step::Kind::split, .next = option, .other = first});
      }
      return first;
    }
    case Part::Kind::repeat: {
      int first = next;
      if (part.most < 0) {
        const int loop = add({.kind = Step::Kind::split, .other = next});
        if (loop < 0) return -1;
        const int body = emit(part.parts.front(), loop, steps);
        if (body < 0) return -1;
        steps[static_cast<std::size_t>(loop)].next = body;
        first = loop;
      }
      for (int i = part.least; i < part.most && first >= 0; ++i) {
        const int body = emit(part.parts.front(), first, steps);
        if (body < 0) return -1;
        if (body == first) break;
        first = add({.kind = Step::Kind::split, .next = body, .other = next});
      }
      for (int i = 0; i < part.least && first >= 0; ++i) {
        const int body = emit(part.parts.front(), first, steps);
        if (body == first) break;  // nothing to repeat: ten thousand times nothing is nothing
        first = body;
      }
      return first;
    }
  }
  return -1;
}

bool is_word(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') || c == U'_';
}

/// The states that wait for a character, at one place of the text.
class Front {
 public:
  Front(const std::vector<Step>& steps, const std::vector<char32_t>& text)
      : steps_(steps), text_(text), seen_(steps.size(), ~std::size_t{0}) {}

  void enter(int start, std::size_t at) {
    todo_.push_back(start);
    while (!todo_.empty()) {
      const auto index = static_cast<std::size_t>(todo_.back());
      todo_.pop_back();
      if (seen_[index] == at) continue;
      seen_[index] = at;
      const Step& step = steps_[index];
      if (step.kind == Step::Kind::one_of || step.kind == Step::Kind::done) waiting_.push_back(index);
      if (step.kind == Step::Kind::split) todo_.push_back(step.other);
      if (step.kind == Step::Kind::split || holds(step.kind, at)) todo_.push_back(step.next);
    }
  }

  /// What follows when the text has one more character.
  void advance(std::size_t at) {
    std::vector<std::size_t> before;
    before.swap(waiting_);
    for (const std::size_t index : before) {
      if (steps_[index].kind == Step::Kind::one_of && steps_[index].set.has(text_[at]))
        enter(steps_[index].next, at + 1);
    }
  }

  bool accepts() const {
    for (const std::size_t index : waiting_) {
      if (steps_[index].kind == Step::Kind::done) return true;
    }
    return false;
  }

 private:
  bool holds(Step::Kind kind, std::size_t at) const {
    const bool left = at > 0 && is_word(text_[at - 1]);
    const bool right = at < text_.size() && is_word(text_[at]);
    if (kind == Step::Kind::at_start) return at == 0;
    if (kind == Step::Kind::at_end) return at == text_.size();
    if (kind == Step::Kind::word_edge) return left != right;
    return kind == Step::Kind::no_word_edge && left == right;
  }

  const std::vector<Step>& steps_;
  const std::vector<char32_t>& text_;
  std::vector<std::size_t> seen_;
  std::vector<int> todo_{};
  std::vector<std::size_t> waiting_{};
};

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
  CF_TRY(const Part whole, Parser(characters(text)).parse());
  auto program = std::make_shared<Program>();
  program->steps.push_back({.kind = Step::Kind::done});
  program->start = emit(whole, 0, program->steps);
  if (program->start < 0) return failure(ErrorKind::unsupported, "too many repetitions");
  return Pattern(std::move(program));
}

bool Pattern::matches(std::string_view text) const {
  const std::vector<char32_t> letters = characters(text);
  Front front(program_->steps, letters);
  front.enter(program_->start, 0);
  for (std::size_t at = 0; at < letters.size(); ++at) front.advance(at);
  return front.accepts();
}

}  // namespace cloudflow
