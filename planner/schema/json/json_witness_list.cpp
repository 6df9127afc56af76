// Lists that fulfil conditions.
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "planner/schema/json/json_witness_parts.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_length = 300;
constexpr int max_attempts = 5'000;
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// A condition on a number of items from `from` on.
struct Some {
  Literal literal = 0;
  std::size_t from = 0;
  std::size_t count = 1;
};

struct ListConditions {
  std::vector<std::pair<std::size_t, Literal>> items{};      ///< for the item with this number, where there is one
  std::vector<std::pair<std::size_t, Literal>> all_items{};  ///< for all from this number on
  std::vector<Some> some{};                                  ///< that many fulfil it, or more
  std::vector<Some> at_most{};
  std::size_t low = 0;
  std::size_t high = no_limit;
  bool unique = false;
  bool repeated = false;
  std::size_t distinct = 0;  ///< from this number on all items are alike to the conditions
};

ListConditions read_list(const Formulas& formulas, const Goal& conditions) {
  ListConditions out;
  for (const Literal one : conditions) {
    const Formula& f = formulas.at(formula_of(one));
    const bool negated = is_negated(one);
    const Literal inner = f.inner.empty() ? 0 : literal_of(f.inner[0], negated);
    switch (f.kind) {
      case FormulaKind::item:
        out.items.emplace_back(f.low, inner);
        out.distinct = std::max(out.distinct, f.low + 1);
        if (negated) out.low = std::max(out.low, f.low + 1);
        break;
      case FormulaKind::items:
        out.distinct = std::max(out.distinct, f.low);
        if (negated) {
          out.some.push_back({inner, f.low, 1});
        } else {
          out.all_items.emplace_back(f.low, inner);
        }
        break;
      case FormulaKind::item_count:
        if (negated) {
          out.high = std::min(out.high, f.low - 1);
        } else {
          out.low = std::max(out.low, f.low);
        }
        break;
      case FormulaKind::contains:
        if (negated) {
          out.at_most.push_back({literal_of(f.inner[0]), 0, f.low - 1});
        } else {
          out.some.push_back({inner, 0, f.low});
        }
        break;
      case FormulaKind::unique:
        (negated ? out.repeated : out.unique) = true;
        break;
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
      case FormulaKind::members:
      case FormulaKind::member_count:
      case FormulaKind::opaque:
        break;
    }
  }
  return out;
}

/// Searches lists of one length.
class ListSearch {
 public:
  ListSearch(Formulas& formulas, const ListConditions& conditions, const Solve& solve, bool doubts)
      : f_(formulas), c_(conditions), solve_(solve), doubts_(doubts) {}

  /// Whether longer lists can be worth a look after this one.
  bool attempt(std::size_t length) {
    items_.assign(length, {});
    for (const auto& [index, literal] : c_.items) {
      if (index < length) items_[index].push_back(literal);
    }
    for (const auto& [from, literal] : c_.all_items) {
      for (std::size_t i = from; i < length; ++i) items_[i].push_back(literal);
    }
    for (const Goal& goal : items_) {
      if (!possible(goal)) return false;
    }
    copies_.clear();
    for (const Some& some : c_.some) {
      for (std::size_t i = 0; i < some.count; ++i) copies_.push_back({some.literal, some.from, i});
    }
    place(0, no_limit);
    return true;
  }

  const Witness& best() const { return best_; }
  bool exhausted() const { return attempts_ > max_attempts; }

 private:
  bool usable(const Witness& one) const {
    return one.answer == WitnessAnswer::found || (doubts_ && one.answer == WitnessAnswer::doubtful);
  }
  bool possible(const Goal& goal) { return usable(solve_(goal)); }
  bool done() { return best_.answer != WitnessAnswer::none || exhausted(); }

  /// Finds an item for each condition that some items must fulfil; those of one group at rising places.
  void place(std::size_t number, std::size_t last) {
    if (done()) return;
    if (number == copies_.size()) return repeat();
    const Some& some = copies_[number];  // here `count` is the number within its group
    const std::size_t from = some.count > 0 && last != no_limit ? std::max(some.from, last + 1) : some.from;
    for (std::size_t i = from; i < items_.size() && !done(); ++i) {
      // Behind the distinct ones two items with equal conditions are alike.
      if (i > std::max(c_.distinct, from) && i > 0 && items_[i] == items_[i - 1]) continue;
      items_[i].push_back(some.literal);
      ++attempts_;
      if (possible(items_[i])) place(number + 1, i);
      items_[i].pop_back();
    }
  }

  void repeat() {
    if (!c_.repeated) return limit(0, 0, 0);
    for (std::size_t i = 0; i < items_.size() && !done(); ++i) {
      for (std::size_t k = i + 1; k < items_.size() && !done(); ++k) {
        Goal both = items_[i];
        both.insert(both.end(), items_[k].begin(), items_[k].end());
        ++attempts_;
        if (!possible(both)) continue;
        equal_ = {i, k};
        const Goal first = std::exchange(items_[i], both);
        const Goal second = std::exchange(items_[k], both);
        limit(0, 0, 0);
        items_[i] = first;
        items_[k] = second;
      }
    }
    equal_.reset();
  }

  /// Lets no more items fulfil a condition than may: every other item must not.
  void limit(std::size_t number, std::size_t index, std::size_t used) {
    if (done()) return;
    if (number == c_.at_most.size()) return finish();
    if (index == items_.size()) return limit(number + 1, 0, 0);
    const Some& most = c_.at_most[number];
    ++attempts_;
    items_[index].push_back(most.literal ^ 1U);
    if (possible(items_[index])) limit(number, index + 1, used);
    items_[index].pop_back();
    if (used < most.count) limit(number, index + 1, used + 1);
  }

  void finish() {
    Witness whole = found_witness(Json::array());
    std::vector<Witness> values;
    for (const Goal& goal : items_) {
      values.push_back(solve_(goal));
      if (!usable(values.back())) return;
    }
    if (equal_) {
      // Both were given all conditions of both, those of `limit` one by one.
      Goal both = items_[equal_->first];
      both.insert(both.end(), items_[equal_->second].begin(), items_[equal_->second].end());
      const Witness one = solve_(both);
      if (!usable(one)) return;
      values[equal_->first] = one;
      values[equal_->second] = one;
    }
    if (c_.unique && !make_distinct(values)) return;
    for (Witness& value : values) {
      take_doubts(whole, value);
      whole.document.push_back(std::move(value.document));
    }
    best_ = std::move(whole);
  }

  /// Gives every item a value of its own.
  bool make_distinct(std::vector<Witness>& values) {
    std::set<Json> seen;
    bool distinct = true;
    for (const Witness& value : values) distinct = seen.insert(value.document).second && distinct;
    if (distinct) return true;
    // As many values for each item as there are items are always enough.
    std::vector<std::vector<Witness>> choices;
    for (const Goal& goal : items_) choices.push_back(several(goal, items_.size()));
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return choices[i].size(); });
    std::set<Json> used;
    return choose(choices, order, 0, used, values);
  }

  bool choose(const std::vector<std::vector<Witness>>& choices, const std::vector<std::size_t>& order,
              std::size_t number, std::set<Json>& used, std::vector<Witness>& values) {
    if (number == order.size()) return true;
    if (++attempts_ > max_attempts) return false;
    for (const Witness& one : choices[order[number]]) {
      if (!used.insert(one.document).second) continue;
      values[order[number]] = one;
      if (choose(choices, order, number + 1, used, values)) return true;
      used.erase(one.document);
    }
    return false;
  }

  std::vector<Witness> several(Goal goal, std::size_t wanted) {
    std::vector<Witness> out;
    while (out.size() < wanted) {
      Witness one = solve_(goal);
      if (!usable(one)) break;
      goal.push_back(literal_of(f_.equals(one.document), true));
      out.push_back(std::move(one));
    }
    return out;
  }

  Formulas& f_;
  const ListConditions& c_;
  const Solve& solve_;
  bool doubts_;
  std::vector<Goal> items_{};
  std::vector<Some> copies_{};
  std::optional<std::pair<std::size_t, std::size_t>> equal_{};
  int attempts_ = 0;
  Witness best_{};
};

}  // namespace

Witness list_witness(Formulas& formulas, const Goal& conditions, const Solve& solve) {
  const ListConditions list = read_list(formulas, conditions);
  if (list.low > list.high || (list.unique && list.repeated)) return {};
  // What no condition speaks of can be left out, so longer lists are never needed.
  std::size_t spoken_of = list.distinct + (list.repeated ? 2 : 0);
  for (const Some& some : list.some) {
    if (some.count > max_length) return doubtful_witness("lists of more than 300 items");
    spoken_of += some.count;
  }
  const std::size_t longest = std::min(list.high, std::max(list.low, spoken_of));
  for (const bool doubts : {false, true}) {
    ListSearch search(formulas, list, solve, doubts);
    for (std::size_t length = list.low; length <= longest; ++length) {
      if (length > max_length) return doubtful_witness("lists of more than 300 items");
      if (!search.attempt(length) || search.best().answer != WitnessAnswer::none) break;
    }
    if (search.best().answer != WitnessAnswer::none) return search.best();
    if (search.exhausted()) return doubtful_witness("conditions on items with too many combinations");
  }
  return {};
}

}  // namespace cloudflow
