// Objects that fulfil conditions.
#include <algorithm>
#include <limits>
#include <map>

#include "planner/schema/json/json_holds.h"
#include "planner/schema/json/json_witness_parts.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_languages = 8;
constexpr std::size_t max_names = 400;
constexpr int max_attempts = 3'000;
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// A condition on the values of the properties with some names.
struct Members {
  const NameSet* names = nullptr;
  Literal literal = 0;
};

/// Names that no condition tells apart.
struct Cell {
  std::vector<std::string> names{};  ///< as many as can be needed
  bool named = false;                ///< one name that conditions speak of
  Goal value{};                      ///< what holds for the value of every property here
  std::vector<bool> in{};            ///< which of `some` speak of it
};

/// A property that the object gets.
struct Member {
  std::size_t cell = 0;
  Goal value{};
};

class ObjectSearch {
 public:
  ObjectSearch(const Formulas& formulas, const Goal& conditions, const Solve& solve) : f_(formulas), solve_(solve) {
    for (const Literal one : conditions) {
      const Formula& f = f_.at(formula_of(one));
      const bool negated = is_negated(one);
      if (f.kind == FormulaKind::members) {
        (negated ? some_ : all_).push_back({&f.names, literal_of(f.inner[0], negated)});
      } else if (negated) {
        high_ = std::min(high_, f.low - 1);
      } else {
        low_ = std::max(low_, f.low);
      }
    }
  }

  Witness run() {
    if (low_ > high_) return {};
    if (low_ > max_names) return doubtful_witness("objects of more than 400 properties");
    if (!make_cells()) return doubtful_witness(cause_);
    for (const bool doubts : {false, true}) {
      doubts_ = doubts;
      members_.clear();
      attempts_ = 0;
      place(0);
      if (best_.answer != WitnessAnswer::none) break;
      if (attempts_ > max_attempts) return doubtful_witness("conditions on properties with too many combinations");
    }
    if (best_.answer != WitnessAnswer::none && !cause_.empty()) {
      best_.answer = WitnessAnswer::doubtful;
      best_.causes.insert(cause_);
    }
    return std::move(best_);
  }

 private:
  bool usable(const Witness& one) const {
    return one.answer == WitnessAnswer::found || (doubts_ && one.answer == WitnessAnswer::doubtful);
  }
  bool done() const { return best_.answer != WitnessAnswer::none || attempts_ > max_attempts; }

  // Cells

  bool make_cells() {
    std::set<std::string> named;
    std::set<std::size_t> languages;
    for (const auto* list : {&all_, &some_}) {
      for (const Members& one : *list) {
        if (one.names->single) named.insert(one.names->name);
        named.insert(one.names->except.begin(), one.names->except.end());
        languages.insert(one.names->inside.begin(), one.names->inside.end());
        languages.insert(one.names->outside.begin(), one.names->outside.end());
      }
    }
    for (const std::size_t language : languages) {
      // Without it names are in or out of it as one likes, which is more than there is.
      if (!f_.language_at(language).automaton) cause_ = f_.language_at(language).what;
    }
    for (const std::string& name : named) {
      std::vector<std::size_t> open;
      for (const std::size_t language : languages) {
        if (!f_.language_at(language).automaton) open.push_back(language);
      }
      if (open.size() > 3) return false;
      for (std::size_t mask = 0; mask < (std::size_t{1} << open.size()); ++mask) {
        std::set<std::size_t> in;
        for (const std::size_t language : languages) {
          if (f_.language_at(language).automaton && f_.language_at(language).automaton->contains(name))
            in.insert(language);
        }
        for (std::size_t i = 0; i < open.size(); ++i) {
          if (((mask >> i) & 1U) != 0) in.insert(open[i]);
        }
        add_cell({name}, true, in);
      }
    }
    if (languages.size() > max_languages) {
      cause_ = "more than 8 patterns for names of properties";
      return false;
    }
    return make_unnamed(named, {languages.begin(), languages.end()});
  }

  /// Cells of the names that no condition names, by the languages that they are in.
  bool make_unnamed(const std::set<std::string>& named, const std::vector<std::size_t>& languages) {
    const std::size_t wanted = named.size() + some_.size() + low_ + 2;
    for (std::size_t mask = 0; mask < (std::size_t{1} << languages.size()); ++mask) {
      std::vector<LanguagePart> parts;
      std::set<std::size_t> in;
      for (std::size_t i = 0; i < languages.size(); ++i) {
        const bool inside = ((mask >> i) & 1U) != 0;
        const auto& automaton = f_.language_at(languages[i]).automaton;
        if (inside) in.insert(languages[i]);
        if (automaton) parts.push_back({&*automaton, inside});
      }
      const auto language = intersection(parts);
      const auto texts = language ? texts_of(*language, 0, std::nullopt, wanted) : std::nullopt;
      if (!texts) {
        cause_ = "patterns of names that are too large together";
        return false;
      }
      std::vector<std::string> names;
      for (const std::string& text : texts->found) {
        if (!named.contains(text)) names.push_back(text);
      }
      // An empty name is allowed, but does not look like an example.
      if (names.size() > 1 && names[0].empty() && !texts->complete) names.erase(names.begin());
      if (!names.empty()) add_cell(std::move(names), false, in);
    }
    return true;
  }

  static bool speaks_of(const NameSet& set, const std::string& name, bool named, const std::set<std::size_t>& in) {
    if (set.single) return named && set.name == name;
    if (named && set.except.contains(name)) return false;
    return std::ranges::all_of(set.inside, [&](std::size_t one) { return in.contains(one); }) &&
           std::ranges::none_of(set.outside, [&](std::size_t one) { return in.contains(one); });
  }

  void add_cell(std::vector<std::string> names, bool named, const std::set<std::size_t>& in) {
    Cell cell{.names = std::move(names), .named = named};
    for (const Members& one : all_) {
      if (speaks_of(*one.names, cell.names[0], named, in)) cell.value.push_back(one.literal);
    }
    std::ranges::sort(cell.value);
    for (const Members& one : some_) cell.in.push_back(speaks_of(*one.names, cell.names[0], named, in));
    cells_.push_back(std::move(cell));
  }

  // Properties

  /// Finds a property for each condition that some property must fulfil: those for one name first.
  void place(std::size_t number) {
    if (done()) return;
    if (order_.empty()) {
      for (std::size_t i = 0; i < some_.size(); ++i) order_.push_back(i);
      std::ranges::stable_sort(order_, {}, [&](std::size_t i) { return some_[i].names->single ? 0 : 1; });
    }
    if (number == order_.size()) return fill();
    const std::size_t condition = order_[number];
    for (std::size_t c = 0; c < cells_.size() && !done(); ++c) {
      if (cells_[c].in[condition]) put(number, condition, c);
    }
  }

  void put(std::size_t number, std::size_t condition, std::size_t c) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < members_.size() && !done(); ++i) {
      if (!same_name(members_[i].cell, c)) continue;
      ++used;
      if (members_[i].cell != c) return;  // the name is there, in another reading of its pattern
      members_[i].value.push_back(some_[condition].literal);
      ++attempts_;
      if (usable(solve_(members_[i].value))) place(number + 1);
      members_[i].value.pop_back();
    }
    if (done() || used >= cells_[c].names.size() || members_.size() >= high_) return;
    Member member{c, cells_[c].value};
    member.value.push_back(some_[condition].literal);
    ++attempts_;
    if (!usable(solve_(member.value))) return;
    members_.push_back(std::move(member));
    place(number + 1);
    members_.pop_back();
  }

  bool same_name(std::size_t left, std::size_t right) const {
    if (left == right) return true;
    return cells_[left].named && cells_[right].named && cells_[left].names == cells_[right].names;
  }

  /// As many more properties as are wanted at least.
  void fill() {
    std::vector<Member> all = members_;
    for (std::size_t c = 0; c < cells_.size() && all.size() < low_; ++c) {
      std::size_t used = 0;
      for (const Member& one : all) used += same_name(one.cell, c) ? 1 : 0;
      if (used >= cells_[c].names.size() || !usable(solve_(cells_[c].value))) continue;
      for (; used < cells_[c].names.size() && all.size() < low_; ++used) all.push_back({c, cells_[c].value});
    }
    if (all.size() < low_) return;
    Witness whole = found_witness(Json::object());
    std::map<std::size_t, std::size_t> taken;
    for (const Member& one : all) {
      Witness value = solve_(one.value);
      if (!usable(value)) return;
      take_doubts(whole, value);
      whole.document[cells_[one.cell].names[taken[one.cell]++]] = std::move(value.document);
    }
    best_ = std::move(whole);
  }

  const Formulas& f_;
  const Solve& solve_;
  std::vector<Members> all_{};
  std::vector<Members> some_{};
  std::size_t low_ = 0;
  std::size_t high_ = no_limit;
  std::vector<Cell> cells_{};
  std::vector<std::size_t> order_{};
  std::vector<Member> members_{};
  std::string cause_{};
  bool doubts_ = false;
  int attempts_ = 0;
  Witness best_{};
};

}  // namespace

Witness object_witness(Formulas& formulas, const Goal& conditions, const Solve& solve) {
  return ObjectSearch(formulas, conditions, solve).run();
}

}  // namespace cloudflow
