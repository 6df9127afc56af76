// A document that one schema allows and another refuses, or the proof that there is none.
#include "planner/schema/json/json_witness.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "planner/schema/json/json_holds.h"
#include "planner/schema/json/json_witness_parts.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_steps = 400'000;
constexpr int max_depth = 400;
constexpr int max_quick_depth = 4;
constexpr int no_depth = std::numeric_limits<int>::max();

const std::string too_many = "schemas with too many combinations";

Literal inverse(Literal literal) { return literal ^ 1U; }

/// The type that a condition speaks of; it holds for all values of others. Nothing for what is no condition.
std::optional<JsonType> type_of(FormulaKind kind) {
  switch (kind) {
    case FormulaKind::least:
    case FormulaKind::most:
    case FormulaKind::multiple:
      return JsonType::number;
    case FormulaKind::length:
    case FormulaKind::pattern:
      return JsonType::string;
    case FormulaKind::item:
    case FormulaKind::items:
    case FormulaKind::item_count:
    case FormulaKind::contains:
    case FormulaKind::unique:
      return JsonType::array;
    case FormulaKind::members:
    case FormulaKind::member_count:
      return JsonType::object;
    case FormulaKind::yes:
    case FormulaKind::no:
    case FormulaKind::all:
    case FormulaKind::any:
    case FormulaKind::negation:
    case FormulaKind::later:
    case FormulaKind::type:
    case FormulaKind::value:
    case FormulaKind::opaque:
      break;
  }
  return std::nullopt;
}

/// Alternatives of which one has to hold; all of them together are `whole`.
struct Choice {
  Literal whole = 0;
  std::vector<Literal> alternatives{};
};

/// What has been decided about a value of one type.
struct Branch {
  std::set<Literal> have{};
  std::vector<Literal> pending{};
  Goal conditions{};  ///< what is left to the parts
  std::vector<Choice> choices{};
  std::set<std::size_t> opaque{};
};

/// Looks for a value by choosing alternatives one by one (an analytic tableau). Goals are solved once. A goal that
/// comes up again inside itself counts as impossible there: the smallest value that fulfils it has no such part. What
/// was found impossible under that assumption is forgotten when the goal turns out to be possible.
class WitnessSearch {
 public:
  explicit WitnessSearch(Formulas& formulas) : f_(formulas) {}

  Witness solve(Goal goal) {
    std::ranges::sort(goal);
    goal.erase(std::ranges::unique(goal).begin(), goal.end());
    const auto [place, fresh] = known_.try_emplace(std::move(goal));
    Entry& entry = place->second;
    if (!fresh) {
      if (entry.rests_on != no_depth) rests_on_ = std::min(rests_on_, entry.rests_on);
      return entry.witness;
    }
    if (depth_ >= max_depth || steps_ > max_steps) {
      entry.witness = doubtful_witness(too_many);
      return entry.witness;
    }
    const int depth = depth_++;
    entry.rests_on = depth;
    const std::size_t mark = trail_.size();
    const int outer = std::exchange(rests_on_, no_depth);
    Witness witness = computed(place->first);
    const int mine = std::exchange(rests_on_, outer);
    --depth_;
    entry.rests_on = no_depth;
    if (witness.answer != WitnessAnswer::none) {
      for (std::size_t i = mark; i < trail_.size(); ++i) known_.erase(trail_[i]);
      trail_.resize(mark);
    } else if (mine >= depth) {
      for (std::size_t i = mark; i < trail_.size(); ++i) known_.at(trail_[i]).rests_on = no_depth;
      trail_.resize(mark);
    } else {
      entry.rests_on = mine;
      trail_.push_back(place->first);
      rests_on_ = std::min(rests_on_, mine);
    }
    entry.witness = witness;
    return witness;
  }

 private:
  struct Entry {
    Witness witness{};
    int rests_on = no_depth;  ///< the open goal that was assumed to be impossible; while it is open, itself
  };

  Witness computed(const Goal& goal) {
    Witness best;
    for (const JsonType type : all_json_types) {
      Branch branch{.pending = goal};
      Witness witness = with_type(std::move(branch), type);
      if (witness.answer == WitnessAnswer::found) return witness;
      if (witness.answer == WitnessAnswer::doubtful) best = std::move(witness);
    }
    return best;
  }

  Witness with_type(Branch branch, JsonType type) {
    if (++steps_ > max_steps) return doubtful_witness(too_many);
    if (!settle(branch, type)) return {};
    if (branch.choices.size() > 1 && prune(branch, type) && !settle(branch, type)) return {};
    if (branch.choices.empty()) return decided(branch, type);
    const auto least =
        std::ranges::min_element(branch.choices, {}, [](const Choice& one) { return one.alternatives.size(); });
    const std::vector<Literal> alternatives = std::move(least->alternatives);
    branch.choices.erase(least);
    Witness best;
    for (const Literal one : alternatives) {
      Branch next = branch;
      next.pending.push_back(one);
      Witness witness = with_type(std::move(next), type);
      if (witness.answer == WitnessAnswer::found) return witness;
      if (witness.answer == WitnessAnswer::doubtful) best = std::move(witness);
    }
    return best;
  }

  /// Draws all conclusions that need no choice; false when they contradict each other.
  bool settle(Branch& branch, JsonType type) {
    for (;;) {
      while (!branch.pending.empty()) {
        const Literal literal = branch.pending.back();
        branch.pending.pop_back();
        if (!take(branch, literal, type)) return false;
      }
      bool moved = false;
      for (std::size_t i = 0; i < branch.choices.size();) {
        Choice& choice = branch.choices[i];
        bool fulfilled = false;
        std::erase_if(choice.alternatives, [&](Literal one) {
          fulfilled = fulfilled || branch.have.contains(one) || quick(one, type, 0) == true;
          return branch.have.contains(inverse(one)) || quick(one, type, 0) == false;
        });
        if (!fulfilled && choice.alternatives.empty()) return false;
        if (fulfilled || choice.alternatives.size() == 1) {
          if (!fulfilled) branch.pending.push_back(choice.alternatives[0]);
          branch.choices.erase(branch.choices.begin() + static_cast<std::ptrdiff_t>(i));
          moved = true;
        } else {
          ++i;
        }
      }
      if (!moved) return true;
    }
  }

  /// What follows from the type alone.
  std::optional<bool> quick(Literal literal, JsonType type, int depth) const {
    const Formula& f = f_.at(formula_of(literal));
    const auto answer = [&]() -> std::optional<bool> {
      if (const auto spoken_of = type_of(f.kind)) return *spoken_of == type ? std::nullopt : std::optional(true);
      switch (f.kind) {
        case FormulaKind::yes:
          return true;
        case FormulaKind::no:
          return false;
        case FormulaKind::type:
          return f.type == type;
        case FormulaKind::value:
          return json_type(f.value) == type ? std::nullopt : std::optional(false);
        case FormulaKind::negation:
          return quick(literal_of(f.inner[0], true), type, depth);
        case FormulaKind::all:
        case FormulaKind::any: {
          if (depth >= max_quick_depth) return std::nullopt;
          const bool all = f.kind == FormulaKind::all;
          std::optional<bool> out = all;
          for (const std::size_t one : f.inner) {
            const std::optional<bool> part = quick(literal_of(one), type, depth + 1);
            if (part == !all) return part;
            if (!part) out = std::nullopt;
          }
          return out;
        }
        case FormulaKind::later:
        case FormulaKind::least:
        case FormulaKind::most:
        case FormulaKind::multiple:
        case FormulaKind::length:
        case FormulaKind::pattern:
        case FormulaKind::item:
        case FormulaKind::items:
        case FormulaKind::item_count:
        case FormulaKind::contains:
        case FormulaKind::unique:
        case FormulaKind::members:
        case FormulaKind::member_count:
        case FormulaKind::opaque:
          break;
      }
      return std::nullopt;
    }();
    return answer ? std::optional(*answer != is_negated(literal)) : std::nullopt;
  }

  bool take(Branch& branch, Literal literal, JsonType type) {
    if (branch.have.contains(inverse(literal))) return false;
    if (!branch.have.insert(literal).second) return true;
    const bool negated = is_negated(literal);
    const Formula& f = f_.at(formula_of(literal));
    if (const auto spoken_of = type_of(f.kind)) {
      if (*spoken_of != type) return !negated;
      branch.conditions.push_back(literal);
      return true;
    }
    switch (f.kind) {
      case FormulaKind::yes:
        return !negated;
      case FormulaKind::no:
        return negated;
      case FormulaKind::type:
        return (f.type == type) != negated;
      case FormulaKind::value:
        if (json_type(f.value) != type) return negated;
        branch.conditions.push_back(literal);
        return true;
      case FormulaKind::negation:
        branch.pending.push_back(literal_of(f.inner[0], !negated));
        return true;
      case FormulaKind::later:
        branch.pending.push_back(literal_of(f_.definition(f.low), negated));
        return true;
      case FormulaKind::opaque:
        branch.opaque.insert(formula_of(literal));
        return true;
      case FormulaKind::all:
      case FormulaKind::any:
      case FormulaKind::least:
      case FormulaKind::most:
      case FormulaKind::multiple:
      case FormulaKind::length:
      case FormulaKind::pattern:
      case FormulaKind::item:
      case FormulaKind::items:
      case FormulaKind::item_count:
      case FormulaKind::contains:
      case FormulaKind::unique:
      case FormulaKind::members:
      case FormulaKind::member_count:
        break;
    }
    std::vector<Literal> parts;
    for (const std::size_t one : f.inner) parts.push_back(literal_of(one, negated));
    if ((f.kind == FormulaKind::all) != negated) {
      branch.pending.insert(branch.pending.end(), parts.begin(), parts.end());
    } else {
      branch.choices.push_back({literal, std::move(parts)});
    }
    return true;
  }

  /// Leaves out alternatives that cannot be, and choices that follow anyway. True when something changed.
  bool prune(Branch& branch, JsonType type) {
    Goal context = branch.conditions;
    context.push_back(literal_of(f_.is_type(type)));
    const auto impossible = [&](Literal with) {
      Goal goal = context;
      goal.push_back(with);
      return solve(std::move(goal)).answer == WitnessAnswer::none;
    };
    bool changed = false;
    std::erase_if(branch.choices, [&](const Choice& choice) {
      const bool follows = impossible(inverse(choice.whole));
      changed = changed || follows;
      return follows;
    });
    if (branch.choices.size() < 2) return changed;
    for (Choice& choice : branch.choices) changed = std::erase_if(choice.alternatives, impossible) > 0 || changed;
    return changed;
  }

  Witness decided(const Branch& branch, JsonType type) {
    const Solve inner = [this](Goal goal) { return solve(std::move(goal)); };
    Witness out;
    switch (type) {
      case JsonType::null:
      case JsonType::boolean:
        out = simple(branch, type);
        break;
      case JsonType::number:
        out = number_witness(f_, branch.conditions);
        break;
      case JsonType::string:
        out = text_witness(f_, branch.conditions);
        break;
      case JsonType::array:
        out = list_witness(f_, branch.conditions, inner);
        break;
      case JsonType::object:
        out = object_witness(f_, branch.conditions, inner);
        break;
    }
    if (out.answer != WitnessAnswer::none && !branch.opaque.empty()) {
      out.answer = WitnessAnswer::doubtful;
      out.opaque.insert(branch.opaque.begin(), branch.opaque.end());
    }
    return out;
  }

  Witness simple(const Branch& branch, JsonType type) const {
    const std::vector<Json> values =
        type == JsonType::null ? std::vector<Json>{nullptr} : std::vector<Json>{false, true};
    for (const Json& value : values) {
      const bool fits = std::ranges::all_of(
          branch.conditions, [&](Literal one) { return holds(f_, formula_of(one), value) == !is_negated(one); });
      if (fits) return found_witness(value);
    }
    return {};
  }

  Formulas& f_;
  std::map<Goal, Entry> known_{};
  std::vector<Goal> trail_{};  ///< impossible as long as an open goal is
  int rests_on_ = no_depth;
  int depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

Witness find_json_witness(Formulas& formulas, std::size_t writer, std::size_t reader) {
  Witness out = WitnessSearch(formulas).solve({literal_of(writer), literal_of(reader, true)});
  if (out.answer == WitnessAnswer::found &&
      (holds(formulas, writer, out.document) != true || holds(formulas, reader, out.document) != false))
    return doubtful_witness("a document that could not be checked: " + dump(out.document));
  return out;
}

}  // namespace cloudflow
