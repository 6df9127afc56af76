// Numbers and texts that fulfil conditions.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "planner/schema/json/json_holds.h"
#include "planner/schema/json/json_witness_parts.h"

namespace cloudflow {
namespace {

bool fulfils(const Formulas& formulas, const Goal& conditions, const Json& value) {
  return std::ranges::all_of(conditions,
                             [&](Literal one) { return holds(formulas, formula_of(one), value) == !is_negated(one); });
}

/// The value that the conditions name, when they name one.
const Json* named_value(const Formulas& formulas, const Goal& conditions) {
  for (const Literal one : conditions) {
    if (!is_negated(one) && formulas.at(formula_of(one)).kind == FormulaKind::value)
      return &formulas.at(formula_of(one)).value;
  }
  return nullptr;
}

struct Range {
  long double low = -std::numeric_limits<long double>::infinity();
  long double high = std::numeric_limits<long double>::infinity();
  bool open_low = false;
  bool open_high = false;

  void at_least(long double value, bool open) {
    if (value > low || (value == low && open)) {
      low = value;
      open_low = open;
    }
  }
  void at_most(long double value, bool open) {
    if (value < high || (value == high && open)) {
      high = value;
      open_high = open;
    }
  }
  bool contains(long double value) const {
    return (open_low ? value > low : value >= low) && (open_high ? value < high : value <= high);
  }
};

struct NumberConditions {
  Range range{};
  std::vector<long double> multiples{};
  std::vector<long double> not_multiples{};
  std::size_t excluded = 0;
};

NumberConditions read_number(const Formulas& formulas, const Goal& conditions) {
  NumberConditions out;
  for (const Literal one : conditions) {
    const Formula& f = formulas.at(formula_of(one));
    const bool negated = is_negated(one);
    if (f.kind == FormulaKind::multiple) {
      (negated ? out.not_multiples : out.multiples).push_back(f.number);
    } else if (f.kind == FormulaKind::value) {
      ++out.excluded;
    } else if ((f.kind == FormulaKind::least) != negated) {
      out.range.at_least(f.number, f.exclusive != negated);
    } else {
      out.range.at_most(f.number, f.exclusive != negated);
    }
  }
  return out;
}

constexpr long double max_whole = 1e15L;

/// The power of ten that makes all of them whole; 0 when none does.
long double common_scale(const std::vector<long double>& left, const std::vector<long double>& right) {
  for (long double scale = 1; scale <= 1e9L; scale *= 10) {
    const auto whole = [&](long double value) {
      const long double scaled = value * scale;
      return std::abs(scaled) < max_whole && std::round(scaled) >= 1 &&
             std::abs(scaled - std::round(scaled)) < 1e-6L * 1e-3L * std::max(1.0L, scaled);
    };
    if (std::ranges::all_of(left, whole) && std::ranges::all_of(right, whole)) return scale;
  }
  return 0;
}

Json json_number(long double value) {
  constexpr long double end = 9223372036854775808.0L;
  if (std::round(value) == value && value >= -end && value < end) return static_cast<std::int64_t>(value);
  return normal_json(static_cast<double>(value));
}

/// Numbers `k * step / scale`.
Witness on_lattice(const Formulas& formulas, const Goal& conditions, const NumberConditions& number) {
  const long double scale = common_scale(number.multiples, number.not_multiples);
  const auto doubt = [] { return doubtful_witness("multipleOf with numbers that are too large or too fine"); };
  if (scale == 0) return doubt();
  const auto whole = [&](long double value) { return static_cast<std::int64_t>(std::round(value * scale)); };
  const auto lcm = [](std::int64_t a, std::int64_t b) {
    const std::int64_t share = a / std::gcd(a, b);
    return static_cast<long double>(share) * static_cast<long double>(b) > max_whole ? 0 : share * b;
  };
  std::int64_t step = 1;
  for (const long double one : number.multiples) {
    step = lcm(step, whole(one));
    if (step == 0) return doubt();
  }
  std::int64_t period = 1;  // of the multiples that are not wanted, counted in steps
  for (const long double one : number.not_multiples) {
    if (step % whole(one) == 0) return {};
    const std::int64_t both = lcm(step, whole(one));
    period = both == 0 ? 0 : lcm(period, both / step);
    if (period == 0) return doubt();
  }
  const long double unit = static_cast<long double>(step) / scale;
  // One more on each side, for what rounding does to decimals; `fulfils` has the last word.
  const long double first = std::ceil(number.range.low / unit) - 1;
  const long double last = std::floor(number.range.high / unit) + 1;
  const auto at = [&](long double k) { return static_cast<long double>(step) * k / scale; };
  // In every period that lies within the range there is a number unless it is excluded by name.
  constexpr std::size_t most = 50'000;
  const auto enough = static_cast<std::size_t>(period) * (number.excluded + 1) + 4;
  const long double start = std::clamp(0.0L, std::min(first, last), std::max(first, last));
  bool all = true;
  for (const long double direction : {1.0L, -1.0L}) {
    long double k = start;
    std::size_t tried = 0;
    for (; k >= first && k <= last && tried < std::min(enough, most); k += direction, ++tried) {
      const Json value = json_number(at(k));
      if (fulfils(formulas, conditions, value)) return found_witness(value);
    }
    if (tried == most) all = false;
    if (std::abs(k) > 1.8e19L) all = false;  // beyond this k + 1 may be k
  }
  return all ? Witness{} : doubt();
}

Witness in_range(const Formulas& formulas, const Goal& conditions, const Range& range) {
  if (range.low > range.high || (range.low == range.high && !range.contains(range.low))) return {};
  constexpr int parts = 64;
  std::vector<long double> tries;
  const long double from =
      std::isinf(range.low) ? (std::isinf(range.high) ? 0 : std::floor(range.high) - parts) : range.low;
  const long double to = std::isinf(range.high) ? from + parts : range.high;
  for (int i = 0; i <= parts; ++i) tries.push_back(std::ceil(from) + static_cast<long double>(i));
  for (int i = 0; i <= parts; ++i) tries.push_back(from + (to - from) * static_cast<long double>(i) / parts);
  for (int i = 0; i <= parts; ++i)
    tries.push_back(from + (to - from) * (static_cast<long double>(i) + 0.4375L) / parts);
  if (range.contains(0)) tries.insert(tries.begin(), 0);
  for (const long double value : tries) {
    const Json json = json_number(value);
    if (range.contains(number_of(json)) && fulfils(formulas, conditions, json)) return found_witness(json);
  }
  // A single number was tried itself.
  if (range.low == range.high) return {};
  return doubtful_witness("a range of numbers that is too narrow to search");
}

}  // namespace

Witness number_witness(const Formulas& formulas, const Goal& conditions) {
  if (const Json* value = named_value(formulas, conditions))
    return fulfils(formulas, conditions, *value) ? found_witness(*value) : Witness{};
  const NumberConditions number = read_number(formulas, conditions);
  if (number.range.low > number.range.high) return {};
  return number.multiples.empty() ? in_range(formulas, conditions, number.range)
                                  : on_lattice(formulas, conditions, number);
}

Witness text_witness(const Formulas& formulas, const Goal& conditions) {
  if (const Json* value = named_value(formulas, conditions))
    return fulfils(formulas, conditions, *value) ? found_witness(*value) : Witness{};
  std::size_t low = 0;
  std::optional<std::size_t> high;
  std::vector<LanguagePart> parts;
  std::set<std::string> excluded;
  std::string patterns = "texts of these lengths";
  for (const Literal one : conditions) {
    const Formula& f = formulas.at(formula_of(one));
    if (f.kind == FormulaKind::length && !is_negated(one)) low = std::max(low, f.low);
    if (f.kind == FormulaKind::length && is_negated(one)) high = std::min(high.value_or(f.low - 1), f.low - 1);
    if (f.kind == FormulaKind::value) excluded.insert(f.value.get<std::string>());
    if (f.kind == FormulaKind::pattern) {
      parts.push_back({&*formulas.language_at(f.low).automaton, !is_negated(one)});
      patterns = formulas.language_at(f.low).what + ", which is too large";
    }
  }
  if (high && *high < low) return {};
  const auto language = intersection(parts);
  const auto texts = language ? texts_of(*language, low, high, excluded.size() + 1) : std::nullopt;
  if (!texts) return doubtful_witness(patterns);
  for (const std::string& text : texts->found) {
    if (!excluded.contains(text)) return found_witness(text);
  }
  return {};
}

}  // namespace cloudflow
