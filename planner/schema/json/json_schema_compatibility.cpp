// Whether every document of a writer's JSON Schema is one of the reader's.
#include "planner/schema/json/json_schema_compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "planner/schema/json/json_formula.h"
#include "planner/schema/json/json_formula_reader.h"
#include "planner/schema/json/json_resources.h"
#include "planner/schema/json/json_schema.h"
#include "planner/schema/json/json_witness.h"
#include "planner/schema/json_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Reasons = std::vector<Incompatibility>;
using Node = JsonSchemaNode;

constexpr int max_depth = 300;
constexpr std::size_t max_pairs = 200'000;
constexpr std::size_t max_steps = 2'000'000;
constexpr std::size_t max_matches = 10'000;
constexpr std::size_t max_reasons = 50;

std::string described(const Node& node) {
  switch (node.kind) {
    case JsonNodeKind::anything:
      return "anything";
    case JsonNodeKind::nothing:
      return "nothing";
    case JsonNodeKind::null:
      return "null";
    case JsonNodeKind::boolean:
      return "boolean";
    case JsonNodeKind::number:
      return node.integer ? "integer" : "number";
    case JsonNodeKind::string:
      return "string";
    case JsonNodeKind::array:
      return "array";
    case JsonNodeKind::object:
      return "object";
    case JsonNodeKind::enumeration:
      return "enum";
    case JsonNodeKind::negation:
      return "not";
    case JsonNodeKind::opaque:
      return node.values.size() == 1 ? "a reference to elsewhere" : "if";
    case JsonNodeKind::reference:
      return "a reference";
    case JsonNodeKind::combined:
      break;
  }
  return node.criterion == JsonCriterion::all_of   ? "allOf"
         : node.criterion == JsonCriterion::any_of ? "anyOf"
                                                   : "oneOf";
}

/// The most pairs of left and right that go together, each used once (Kuhn's algorithm).
class Matching {
 public:
  explicit Matching(std::vector<std::vector<bool>> fits)
      : fits_(std::move(fits)), partner_(fits_.empty() ? 0 : fits_[0].size(), none) {
    for (std::size_t left = 0; left < fits_.size(); ++left) {
      std::vector<bool> tried(partner_.size(), false);
      if (place(left, tried)) ++size_;
    }
  }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  bool place(std::size_t left, std::vector<bool>& tried) {
    for (std::size_t right = 0; right < partner_.size(); ++right) {
      if (!fits_[left][right] || tried[right]) continue;
      tried[right] = true;
      if (partner_[right] == none || place(partner_[right], tried)) {
        partner_[right] = left;
        return true;
      }
    }
    return false;
  }

  std::vector<std::vector<bool>> fits_;
  std::vector<std::size_t> partner_;
  std::size_t size_ = 0;
};

/// `w` is what is written, `r` what is read. Pairs are judged once; one in progress counts as compatible.
class Comparison {
 public:
  explicit Comparison(const JsonSchemaGraph& graph) : graph_(graph) {}

  const Reasons& compare(std::size_t w, std::size_t r) {
    if (++steps_ > max_steps) return too_complex_;
    const auto [place, fresh] = judged_.try_emplace({graph_.resolve(w), graph_.resolve(r)});
    Reasons& result = place->second;
    if (!fresh) return result;
    if (depth_ >= max_depth || judged_.size() > max_pairs) {
      result = too_complex_;
      return result;
    }
    ++depth_;
    Reasons found;
    judge(w, r, found);
    --depth_;
    result = std::move(found);
    return result;
  }

 private:
  static void add(Reasons& to, std::string kind, std::string path, std::string message) {
    if (to.size() < max_reasons) to.push_back({std::move(kind), std::move(path), std::move(message)});
  }
  static void merge(Reasons& to, const std::string& prefix, const Reasons& from) {
    for (const Incompatibility& one : from) add(to, one.kind, prefix + one.path, one.message);
  }
  bool fits(std::size_t w, std::size_t r) { return compare(w, r).empty(); }

  /// A reference to elsewhere.
  static bool is_unknown(const Node& node) { return node.kind == JsonNodeKind::opaque && node.values.size() == 1; }

  void judge(std::size_t w_index, std::size_t r_index, Reasons& out) {
    const Node& w = graph_.at(w_index);
    const Node& r = graph_.at(r_index);
    if (r.kind == JsonNodeKind::anything || w.kind == JsonNodeKind::nothing) return;
    if (is_unknown(w) || is_unknown(r)) return;  // nothing can be said of it
    const bool w_combined = w.kind == JsonNodeKind::combined;
    const bool r_combined = r.kind == JsonNodeKind::combined;
    if (w_combined && r_combined) return combined(w, r, out);
    if (r_combined) return into_combined(w_index, r, out);
    if (w_combined) return out_of_combined(w, r_index, out);
    if (w.kind != r.kind)
      return add(out, "TYPE_CHANGED", "", fmt::format("reader has {}, writer has {}", described(r), described(w)));
    same_kind(w, r, out);
  }

  void same_kind(const Node& w, const Node& r, Reasons& out) {
    switch (r.kind) {
      case JsonNodeKind::number:
        return number(w, r, out);
      case JsonNodeKind::string:
        return string(w, r, out);
      case JsonNodeKind::array:
        return array(w, r, out);
      case JsonNodeKind::object:
        return object(w, r, out);
      case JsonNodeKind::enumeration:
        return enumeration(w, r, out);
      case JsonNodeKind::negation:
        // What the reader refuses must have been refused by the writer.
        if (!fits(r.inner[0], w.inner[0]))
          add(out, "NOT_TYPE_EXTENDED", "/not", "the reader refuses more than the writer does");
        return;
      case JsonNodeKind::opaque:
        if (w.values != r.values)
          add(out, "TYPE_CHANGED", "", fmt::format("{} differs between reader and writer", described(r)));
        return;
      case JsonNodeKind::anything:
      case JsonNodeKind::nothing:
      case JsonNodeKind::null:
      case JsonNodeKind::boolean:
      case JsonNodeKind::combined:
      case JsonNodeKind::reference:
        return;
    }
  }

  static std::string shown(double value) { return fmt::format("{}", value); }

  /// `low` and `high` are the keywords, `what` the start of the kind ("MIN_LENGTH").
  static void bounds(const Node& w, const Node& r, std::string_view low, std::string_view high,
                     std::string_view kind_low, std::string_view kind_high, Reasons& out) {
    if (r.low) {
      const bool kept = w.low && (w.low->value > r.low->value ||
                                  (w.low->value == r.low->value && (w.low->exclusive || !r.low->exclusive)));
      if (!kept) limit(kind_low, low, w.low, *r.low, "INCREASED", out);
    }
    if (r.high) {
      const bool kept = w.high && (w.high->value < r.high->value ||
                                   (w.high->value == r.high->value && (w.high->exclusive || !r.high->exclusive)));
      if (!kept) limit(kind_high, high, w.high, *r.high, "DECREASED", out);
    }
  }

  static void limit(std::string_view kind, std::string_view key, const std::optional<JsonBound>& w, const JsonBound& r,
                    std::string_view change, Reasons& out) {
    const std::string theirs = w ? shown(w->value) : "none";
    add(out, fmt::format("{}_{}", kind, w ? change : "ADDED"), fmt::format("/{}", key),
        fmt::format("reader has {} {}, writer has {}", key, shown(r.value), theirs));
  }

  static void number(const Node& w, const Node& r, Reasons& out) {
    if (r.integer && !w.integer) add(out, "TYPE_NARROWED", "/type", "reader has integer, writer has number");
    bounds(w, r, "minimum", "maximum", "MINIMUM", "MAXIMUM", out);
    if (!r.multiple_of) return;
    if (!w.multiple_of) {
      // Every integer is a multiple of 1.
      if (!(w.integer && *r.multiple_of == 1.0))
        add(out, "MULTIPLE_OF_ADDED", "/multipleOf",
            fmt::format("reader has multipleOf {}, writer has none", shown(*r.multiple_of)));
      return;
    }
    const double times = *w.multiple_of / *r.multiple_of;
    if (std::abs(times - std::round(times)) > 1e-9) {
      add(out, "MULTIPLE_OF_CHANGED", "/multipleOf",
          fmt::format("reader has multipleOf {}, writer has {}", shown(*r.multiple_of), shown(*w.multiple_of)));
    }
  }

  static void string(const Node& w, const Node& r, Reasons& out) {
    bounds(w, r, "minLength", "maxLength", "MIN_LENGTH", "MAX_LENGTH", out);
    if (!r.pattern || r.pattern == w.pattern) return;
    add(out, w.pattern ? "PATTERN_CHANGED" : "PATTERN_ADDED", "/pattern",
        fmt::format("reader has pattern {}, writer has {}", quote(*r.pattern), w.pattern ? quote(*w.pattern) : "none"));
  }

  static void enumeration(const Node& w, const Node& r, Reasons& out) {
    const std::set<Json> known(r.values.begin(), r.values.end());
    for (const Json& value : w.values) {
      if (known.contains(value)) continue;
      add(out, "ENUM_ARRAY_NARROWED", "/enum", fmt::format("the reader lacks {}", dump(value).substr(0, 80)));
    }
  }

  /// A place that one side leaves open.
  void into_rest(std::optional<std::size_t> w, std::optional<std::size_t> r, const std::string& path,
                 std::string_view kind, Reasons& out) {
    if (!r || graph_.at(*r).kind == JsonNodeKind::anything) return;
    if (w) return merge(out, path, compare(*w, *r));
    add(out, std::string(kind), path, fmt::format("reader has {}, writer has anything", described(graph_.at(*r))));
  }

  void array(const Node& w, const Node& r, Reasons& out) {
    bounds(w, r, "minItems", "maxItems", "MIN_ITEMS", "MAX_ITEMS", out);
    if (r.unique && !w.unique)
      add(out, "UNIQUE_ITEMS_ADDED", "/uniqueItems", "the reader wants unique items, the writer does not");
    for (std::size_t i = 0; i < std::max(w.prefix.size(), r.prefix.size()); ++i) {
      const auto theirs = i < w.prefix.size() ? std::optional(w.prefix[i]) : w.rest;
      const auto mine = i < r.prefix.size() ? std::optional(r.prefix[i]) : r.rest;
      into_rest(theirs, mine, fmt::format("/items/{}", i),
                i < w.prefix.size() ? "ITEM_REMOVED" : "ITEM_ADDED_TO_OPEN_CONTENT_MODEL", out);
    }
    into_rest(w.rest, r.rest, "/items", "ADDITIONAL_ITEMS_NARROWED", out);
    contains(w, r, out);
  }

  void contains(const Node& w, const Node& r, Reasons& out) {
    if (!r.contains) return;
    if (!w.contains) return add(out, "CONTAINS_ADDED", "/contains", "reader has contains, writer has none");
    merge(out, "/contains", compare(*w.contains, *r.contains));
    if (r.min_contains.value_or(1) > w.min_contains.value_or(1))
      add(out, "MIN_CONTAINS_INCREASED", "/minContains",
          fmt::format("reader has minContains {}, writer has {}", shown(r.min_contains.value_or(1)),
                      shown(w.min_contains.value_or(1))));
    if (r.max_contains && (!w.max_contains || *w.max_contains > *r.max_contains)) {
      add(out, w.max_contains ? "MAX_CONTAINS_DECREASED" : "MAX_CONTAINS_ADDED", "/maxContains",
          fmt::format("reader has maxContains {}, writer has {}", shown(*r.max_contains),
                      w.max_contains ? shown(*w.max_contains) : "none"));
    }
  }

  enum class Content { open, closed, partly };

  Content content(const Node& node) const {
    const JsonNodeKind rest = node.rest ? graph_.at(*node.rest).kind : JsonNodeKind::anything;
    if (rest == JsonNodeKind::anything && node.patterns.empty()) return Content::open;
    if (rest == JsonNodeKind::nothing && node.patterns.empty()) return Content::closed;
    return Content::partly;
  }

  /// What an object says about a property that it does not name: by pattern, else by the rest. Nothing means anything.
  std::optional<std::size_t> unnamed(const Node& node, const std::string& name) {
    for (const auto& [pattern, schema] : node.patterns) {
      if (matches(pattern, name)) return schema;
    }
    return node.rest;
  }

  /// The polynomial matcher: no pattern of a user can make it run for ever.
  bool matches(const std::string& pattern, const std::string& name) {
    if (++matches_ > max_matches || pattern.size() > 500 || name.size() > 500) return false;
    try {
      return std::regex_search(name, std::regex(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial));
    } catch (const std::regex_error&) {
      return false;
    }
  }

  void object(const Node& w, const Node& r, Reasons& out) {
    bounds(w, r, "minProperties", "maxProperties", "MIN_PROPERTIES", "MAX_PROPERTIES", out);
    for (const auto& [name, theirs] : w.properties) {
      const auto mine = r.properties.find(name);
      if (mine == r.properties.end()) {
        removed(r, name, theirs, out);
      } else {
        merge(out, property_path(name), compare(theirs, mine->second));
      }
    }
    for (const auto& [name, mine] : r.properties) {
      if (!w.properties.contains(name)) added(w, r, name, mine, out);
    }
    required(w, r, out);
    patterns(w, r, out);
    into_rest(w.rest, r.rest, "/additionalProperties", "ADDITIONAL_PROPERTIES_NARROWED", out);
    into_rest(w.names, r.names, "/propertyNames", "PROPERTY_NAMES_ADDED", out);
    dependencies(w, r, out);
  }

  static std::string property_path(const std::string& name) { return "/properties/" + pointer_step(name); }

  void removed(const Node& r, const std::string& name, std::size_t theirs, Reasons& out) {
    const auto mine = unnamed(r, name);
    if (!mine || fits(theirs, *mine)) return;
    const bool closed = content(r) == Content::closed;
    add(out,
        closed ? "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"
               : "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
        property_path(name),
        fmt::format("property {} is written, the reader {}", quote(name),
                    closed ? "allows no other properties" : "allows only others"));
  }

  void added(const Node& w, const Node& r, const std::string& name, std::size_t mine, Reasons& out) {
    if (r.required.contains(name) && !graph_.nodes[mine].has_default && !w.required.contains(name))
      return;  // required() says it
    if (graph_.at(mine).kind == JsonNodeKind::anything) return;
    const Content model = content(w);
    if (model == Content::closed) return;
    const auto theirs = unnamed(w, name);
    if (model == Content::open || !theirs) {
      add(out, "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", property_path(name),
          fmt::format("the writer may put anything into property {}, the reader wants {}", quote(name),
                      described(graph_.at(mine))));
    } else if (!fits(*theirs, mine)) {
      add(out, "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", property_path(name),
          fmt::format("the writer may put other things into property {} than the reader takes", quote(name)));
    }
  }

  void required(const Node& w, const Node& r, Reasons& out) {
    for (const std::string& name : r.required) {
      if (w.required.contains(name)) continue;
      const auto mine = r.properties.find(name);
      if (mine != r.properties.end() && graph_.nodes[mine->second].has_default) continue;
      const bool known = w.properties.contains(name);
      add(out, known ? "REQUIRED_ATTRIBUTE_ADDED" : "REQUIRED_PROPERTY_ADDED",
          known ? "/required" : property_path(name),
          fmt::format("the reader requires property {}, which is not always written and has no default", quote(name)));
    }
  }

  void patterns(const Node& w, const Node& r, Reasons& out) {
    for (const auto& [pattern, mine] : r.patterns) {
      const std::string path = "/patternProperties/" + pointer_step(pattern);
      const auto theirs = w.patterns.find(pattern);
      if (theirs != w.patterns.end()) {
        merge(out, path, compare(theirs->second, mine));
      } else {
        into_rest(w.rest, mine, path, "PATTERN_PROPERTY_ADDED", out);
      }
    }
    for (const auto& [pattern, theirs] : w.patterns) {
      if (r.patterns.contains(pattern) || !r.rest || fits(theirs, *r.rest)) continue;
      add(out, "PATTERN_PROPERTY_REMOVED", "/patternProperties/" + pointer_step(pattern),
          fmt::format("properties like {} are written, the reader does not allow them", quote(pattern)));
    }
  }

  void dependencies(const Node& w, const Node& r, Reasons& out) {
    for (const auto& [name, mine] : r.needs) {
      const auto theirs = w.needs.find(name);
      const std::string path = "/dependentRequired/" + pointer_step(name);
      if (theirs == w.needs.end()) {
        add(out, "DEPENDENCY_ARRAY_ADDED", path,
            fmt::format("the reader wants more properties where {} is, the writer does not", quote(name)));
      } else if (!std::includes(theirs->second.begin(), theirs->second.end(), mine.begin(), mine.end())) {
        add(out, "DEPENDENCY_ARRAY_EXTENDED", path,
            fmt::format("the reader wants more properties where {} is than the writer", quote(name)));
      }
    }
    for (const auto& [name, mine] : r.implies) {
      const auto theirs = w.implies.find(name);
      const std::string path = "/dependentSchemas/" + pointer_step(name);
      if (theirs != w.implies.end()) {
        merge(out, path, compare(theirs->second, mine));
      } else {
        add(out, "DEPENDENCY_SCHEMA_ADDED", path,
            fmt::format("the reader checks more where {} is, the writer does not", quote(name)));
      }
    }
  }

  /// One of the reader's conditions on something plain.
  void condition(std::size_t w_index, const Node& r, std::size_t i, Reasons& out) {
    const Reasons& reasons = compare(w_index, r.inner[i]);
    const Node& mine = graph_.at(r.inner[i]);
    const bool extra = mine.kind == JsonNodeKind::enumeration || mine.kind == JsonNodeKind::negation ||
                       mine.kind == JsonNodeKind::opaque;
    if (reasons.empty() || r.written || !extra || mine.kind == graph_.at(w_index).kind) {
      merge(out, r.written ? fmt::format("/allOf/{}", i) : "", reasons);
    } else {
      add(out, "PRODUCT_TYPE_EXTENDED", "",
          fmt::format("the reader has a condition that the writer lacks: {}", described(mine)));
    }
  }

  void into_combined(std::size_t w_index, const Node& r, Reasons& out) {
    if (r.criterion == JsonCriterion::all_of) {
      for (std::size_t i = 0; i < r.inner.size(); ++i) condition(w_index, r, i, out);
      return;
    }
    for (const std::size_t branch : r.inner) {
      if (fits(w_index, branch)) return;
    }
    add(out, "TYPE_CHANGED", "",
        fmt::format("no branch of the reader's {} takes {}", described(r), described(graph_.at(w_index))));
  }

  void out_of_combined(const Node& w, std::size_t r_index, Reasons& out) {
    if (w.criterion != JsonCriterion::all_of) {
      for (const std::size_t branch : w.inner) merge(out, "", compare(branch, r_index));
      return;
    }
    for (const std::size_t branch : w.inner) {
      if (fits(branch, r_index)) return;
    }
    if (w.inner.size() == 1) return merge(out, "", compare(w.inner[0], r_index));
    for (const std::size_t branch : w.inner) {
      if (graph_.at(branch).kind == graph_.at(r_index).kind) return merge(out, "", compare(branch, r_index));
    }
    add(out, "TYPE_CHANGED", "", fmt::format("reader has {}, writer has allOf", described(graph_.at(r_index))));
  }

  void combined(const Node& w, const Node& r, Reasons& out) {
    const bool single = w.inner.size() == 1 && r.inner.size() == 1;
    const bool changed = w.criterion != r.criterion;
    if (changed && !single && r.criterion != JsonCriterion::any_of) {
      return add(out, "COMBINED_TYPE_CHANGED", "",
                 fmt::format("reader has {}, writer has {}", described(r), described(w)));
    }
    const bool all = r.criterion == JsonCriterion::all_of;
    if (!changed && all && r.inner.size() > w.inner.size()) {
      if (!r.written || !w.written) return facets(w, r, out);
      return add(out, "PRODUCT_TYPE_EXTENDED", "/allOf",
                 fmt::format("the reader has {} conditions, the writer {}", r.inner.size(), w.inner.size()));
    }
    if (!all && w.criterion != JsonCriterion::all_of && r.inner.size() < w.inner.size()) {
      return add(out, "SUM_TYPE_NARROWED", "",
                 fmt::format("the reader has {} alternatives, the writer {}", r.inner.size(), w.inner.size()));
    }
    const std::size_t wanted =
        w.criterion == JsonCriterion::all_of && !all ? 1 : std::min(w.inner.size(), r.inner.size());
    if (matched(w, r) >= wanted) return;
    explain(w, r, out);
  }

  std::size_t matched(const Node& w, const Node& r) {
    if (w.inner.size() * r.inner.size() > max_pairs) return 0;
    std::vector<std::vector<bool>> table(w.inner.size(), std::vector<bool>(r.inner.size()));
    for (std::size_t i = 0; i < w.inner.size(); ++i) {
      for (std::size_t j = 0; j < r.inner.size(); ++j) table[i][j] = fits(w.inner[i], r.inner[j]);
    }
    return Matching(std::move(table)).size();
  }

  /// Constraints of one schema each: the reader's must each follow from one of the writer's.
  void facets(const Node& w, const Node& r, Reasons& out) {
    for (const std::size_t mine : r.inner) {
      const auto implied = [&](std::size_t theirs) { return fits(theirs, mine); };
      if (std::any_of(w.inner.begin(), w.inner.end(), implied)) continue;
      const Reasons* best = nullptr;
      for (const std::size_t theirs : w.inner) {
        if (graph_.at(theirs).kind == graph_.at(mine).kind) best = &compare(theirs, mine);
      }
      if (best != nullptr) {
        merge(out, "", *best);
      } else {
        add(out, "PRODUCT_TYPE_EXTENDED", "",
            fmt::format("the reader has a condition that the writer lacks: {}", described(graph_.at(mine))));
      }
    }
  }

  /// For a reader: where two branches were clearly meant for each other, what is wrong with them.
  void explain(const Node& w, const Node& r, Reasons& out) {
    if (!w.written && !r.written && r.criterion == JsonCriterion::all_of) {
      facets(w, r, out);
      if (!out.empty()) return;
    }
    add(out, "COMBINED_TYPE_SUBSCHEMAS_CHANGED", r.written ? fmt::format("/{}", described(r)) : "",
        fmt::format("the branches of the reader's {} and of the writer's do not pair up", described(r)));
    for (std::size_t i = 0; i < r.inner.size() && i < w.inner.size() && w.inner.size() == r.inner.size(); ++i) {
      if (graph_.at(w.inner[i]).kind == graph_.at(r.inner[i]).kind)
        merge(out, r.written ? fmt::format("/{}/{}", described(r), i) : "", compare(w.inner[i], r.inner[i]));
    }
  }

  const JsonSchemaGraph& graph_;
  const Reasons too_complex_ = {{"TOO_COMPLEX", "", "the schemas have too many combinations to be compared"}};
  std::size_t steps_ = 0;
  std::size_t matches_ = 0;
  int depth_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, Reasons> judged_{};
};

/// What the answer hangs on, by name.
std::vector<NotCompared> doubts(const Formulas& formulas, const Witness& witness) {
  std::vector<NotCompared> out;
  const auto add = [&](const NotCompared& part) {
    if (std::ranges::find(out, part) == out.end()) out.push_back(part);
  };
  for (const std::size_t formula : witness.opaque) {
    for (const NotCompared& part : formulas.places(formula)) add(part);
  }
  for (const std::string& cause : witness.causes) add({cause, ""});
  return out;
}

/// An example in a message of one line.
std::string shown(const std::string& example) {
  constexpr std::size_t most = 100;
  return example.size() <= most ? example : example.substr(0, most) + "…";
}

}  // namespace

Compatibility compare_json_schemas(std::string_view reader, std::string_view writer) {
  JsonSchemaGraph graph;
  const auto invalid = [](std::string_view whose, const Error& error) {
    return Compatibility{.reasons = {{"invalid-schema", "", fmt::format("the {}'s schema: {}", whose, error.message)}}};
  };
  const auto r = add_json_schema(graph, reader);
  if (!r) return invalid("reader", r.error());
  const auto w = add_json_schema(graph, writer);
  if (!w) return invalid("writer", w.error());
  const auto r_text = read_schema_json(reader, "json schema", "");
  const auto w_text = read_schema_json(writer, "json schema", "");
  if (!r_text || !w_text) return invalid("reader", r_text ? w_text.error() : r_text.error());

  Formulas formulas;
  const std::size_t r_formula = read_json_formula(formulas, JsonResources(*r_text), JsonSide::reader);
  const std::size_t w_formula = read_json_formula(formulas, JsonResources(*w_text), JsonSide::writer);
  const std::vector<std::size_t> merged = formulas.merge_equal_definitions({w_formula, r_formula});
  const Witness witness = find_json_witness(formulas, merged[0], merged[1]);
  switch (witness.answer) {
    case WitnessAnswer::none:
      return {};
    case WitnessAnswer::doubtful:
      return {.not_compared = doubts(formulas, witness)};
    case WitnessAnswer::found:
      break;
  }
  Compatibility out{.reasons = Comparison(graph).compare(*w, *r), .example = dump(witness.document)};
  if (out.reasons.empty())
    out.reasons.push_back(
        {"DOCUMENT_REFUSED", "", fmt::format("the writer allows {}, the reader does not", shown(out.example))});
  return out;
}

}  // namespace cloudflow
