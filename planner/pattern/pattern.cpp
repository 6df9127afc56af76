// Regular expressions of config parameters, matched by a set of states instead of by backtracking.
#include "planner/pattern/pattern.h"

#include <vector>

#include "planner/pattern/pattern_parser.h"

namespace cloudflow {

struct Step {
  enum class Kind { one_of, split, assertion, done };
  Kind kind = Kind::done;
  CharacterClass set{};
  PatternAssertion assertion = PatternAssertion::at_start;
  int next = 0;
  int other = 0;
};

struct Pattern::Program {
  std::vector<Step> steps{};
  int start = 0;
};

namespace {

constexpr std::size_t most_steps = 20000;  // {1000}{1000} would otherwise fill the memory

/// Puts the steps of a part before step `next`; returns the first, or -1 when there would be too many.
int emit(const PatternPart& part, int next, std::vector<Step>& steps) {
  const auto add = [&](Step step) {
    if (steps.size() >= most_steps) return -1;
    steps.push_back(std::move(step));
    return static_cast<int>(steps.size()) - 1;
  };
  if (next < 0) return -1;
  switch (part.kind) {
    case PatternPart::Kind::empty:
      return next;
    case PatternPart::Kind::one_of:
      return add({.kind = Step::Kind::one_of, .set = part.set, .next = next});
    case PatternPart::Kind::assertion:
      return add({.kind = Step::Kind::assertion, .assertion = part.assertion, .next = next});
    case PatternPart::Kind::sequence:
      for (std::size_t i = part.parts.size(); i-- > 0;) next = emit(part.parts[i], next, steps);
      return next;
    case PatternPart::Kind::choice: {
      int first = emit(part.parts.back(), next, steps);
      for (std::size_t i = part.parts.size() - 1; i-- > 0 && first >= 0;) {
        const int option = emit(part.parts[i], next, steps);
        if (option < 0) return -1;
        first = add({.kind = Step::Kind::split, .next = option, .other = first});
      }
      return first;
    }
    case PatternPart::Kind::repeat: {
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
      if (step.kind == Step::Kind::split || (step.kind == Step::Kind::assertion && holds(step.assertion, at)))
        todo_.push_back(step.next);
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
  bool holds(PatternAssertion assertion, std::size_t at) const {
    const bool left = at > 0 && is_word(text_[at - 1]);
    const bool right = at < text_.size() && is_word(text_[at]);
    switch (assertion) {
      case PatternAssertion::at_start:
        return at == 0;
      case PatternAssertion::at_end:
        return at == text_.size();
      case PatternAssertion::word_edge:
        return left != right;
      case PatternAssertion::no_word_edge:
        return left == right;
    }
    return false;
  }

  const std::vector<Step>& steps_;
  const std::vector<char32_t>& text_;
  std::vector<std::size_t> seen_;
  std::vector<int> todo_{};
  std::vector<std::size_t> waiting_{};
};

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
  CF_TRY(const PatternPart whole, parse_pattern(text));
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
