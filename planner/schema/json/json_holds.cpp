// Whether a document fulfils a formula.
#include "planner/schema/json/json_holds.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace cloudflow {
namespace {

using Answer = std::optional<bool>;

constexpr int max_depth = 1'000;
constexpr std::size_t max_steps = 2'000'000;

class Evaluation {
 public:
  explicit Evaluation(const Formulas& formulas) : f_(formulas) {}

  Answer judge(std::size_t formula, const Json& value) {
    if (depth_ > max_depth || ++steps_ > max_steps) return std::nullopt;
    ++depth_;
    const Answer out = judge(f_.at(formula), value);
    --depth_;
    return out;
  }

 private:
  Answer judge(const Formula& f, const Json& value) {
    switch (f.kind) {
      case FormulaKind::yes:
        return true;
      case FormulaKind::no:
        return false;
      case FormulaKind::all:
      case FormulaKind::any:
        return joined(f, value);
      case FormulaKind::negation:
        return inverted(judge(f.inner[0], value));
      case FormulaKind::later:
        return judge(f_.definition(f.low), value);
      case FormulaKind::type:
        return json_type(value) == f.type;
      case FormulaKind::value:
        return value == f.value;
      case FormulaKind::opaque:
        return std::nullopt;
      case FormulaKind::least:
      case FormulaKind::most:
      case FormulaKind::multiple:
        return !value.is_number() || number(f, number_of(value));
      case FormulaKind::length:
        return !value.is_string() || code_points(value.get_ref<const std::string&>()).size() >= f.low;
      case FormulaKind::pattern:
        return !value.is_string() || f_.language_at(f.low).automaton->contains(value.get_ref<const std::string&>());
      case FormulaKind::member_count:
        return !value.is_object() || value.size() >= f.low;
      case FormulaKind::members:
        return value.is_object() ? members(f, value) : true;
      case FormulaKind::item:
      case FormulaKind::items:
      case FormulaKind::item_count:
      case FormulaKind::contains:
      case FormulaKind::unique:
        break;
    }
    return value.is_array() ? list(f, value) : true;
  }

  static Answer inverted(Answer answer) { return answer ? Answer(!*answer) : answer; }

  Answer joined(const Formula& f, const Json& value) {
    const bool all = f.kind == FormulaKind::all;
    Answer out = all;
    for (const std::size_t one : f.inner) {
      const Answer answer = judge(one, value);
      if (answer == !all) return answer;
      if (!answer) out = std::nullopt;
    }
    return out;
  }

  static bool number(const Formula& f, long double value) {
    if (f.kind == FormulaKind::multiple) return is_multiple(value, f.number);
    if (value == f.number) return !f.exclusive;
    return (value > f.number) == (f.kind == FormulaKind::least);
  }

  Answer list(const Formula& f, const Json& value) {
    switch (f.kind) {
      case FormulaKind::item_count:
        return value.size() >= f.low;
      case FormulaKind::item:
        return f.low >= value.size() ? true : judge(f.inner[0], value[f.low]);
      case FormulaKind::items: {
        Answer out = true;
        for (std::size_t i = f.low; i < value.size(); ++i) {
          const Answer answer = judge(f.inner[0], value[i]);
          if (answer == false) return answer;
          if (!answer) out = std::nullopt;
        }
        return out;
      }
      case FormulaKind::contains: {
        std::size_t fits = 0;
        std::size_t unsure = 0;
        for (const Json& one : value) {
          const Answer answer = judge(f.inner[0], one);
          fits += answer == true ? 1 : 0;
          unsure += answer ? 0 : 1;
        }
        if (fits >= f.low) return true;
        return fits + unsure >= f.low ? std::nullopt : Answer(false);
      }
      case FormulaKind::yes:
      case FormulaKind::no:
      case FormulaKind::all:
      case FormulaKind::any:
      case FormulaKind::negation:
      case FormulaKind::later:
      case FormulaKind::type:
      case FormulaKind::value:
      case FormulaKind::least:
      case FormulaKind::most:
      case FormulaKind::multiple:
      case FormulaKind::length:
      case FormulaKind::pattern:
      case FormulaKind::unique:
      case FormulaKind::members:
      case FormulaKind::member_count:
      case FormulaKind::opaque:
        break;
    }
    return std::set<Json>(value.begin(), value.end()).size() == value.size();
  }

  Answer members(const Formula& f, const Json& value) {
    Answer out = true;
    for (const auto& [name, inner] : value.items()) {
      const Answer named = holds(f_, f.names, name);
      if (named == false) continue;
      const Answer answer = judge(f.inner[0], inner);
      if (answer == true) continue;
      if (named && answer) return false;
      out = std::nullopt;
    }
    return out;
  }

  const Formulas& f_;
  int depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

long double number_of(const Json& value) {
  if (value.is_number_unsigned()) return static_cast<long double>(value.get<std::uint64_t>());
  if (value.is_number_integer()) return static_cast<long double>(value.get<std::int64_t>());
  return static_cast<long double>(value.get<double>());
}

bool is_multiple(long double value, long double of) {
  if (of == 0) return value == 0;
  const long double times = value / of;
  return std::abs(times - std::round(times)) <= 1e-9L * std::max(1.0L, std::abs(times) * 1e-6L);
}

std::optional<bool> holds(const Formulas& formulas, const NameSet& names, const std::string& name) {
  if (names.single) return names.name == name;
  if (names.except.contains(name)) return false;
  std::optional<bool> out = true;
  const auto judge = [&](std::size_t language, bool wanted) {
    const auto& automaton = formulas.language_at(language).automaton;
    if (!automaton) {
      out = out == false ? out : std::nullopt;
    } else if (automaton->contains(name) != wanted) {
      out = false;
    }
  };
  for (const std::size_t language : names.inside) judge(language, true);
  for (const std::size_t language : names.outside) judge(language, false);
  return out;
}

std::optional<bool> holds(const Formulas& formulas, std::size_t formula, const Json& document) {
  return Evaluation(formulas).judge(formula, document);
}

}  // namespace cloudflow
