// A JSON Schema of any draft since 4, as formulas.
#include "planner/schema/json/json_formula_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_cases = 64;
constexpr int max_case_depth = 40;

/// Which properties and items a schema has looked at, for `unevaluated…`.
struct Evaluated {
  bool all_names = false;
  std::set<std::string> names{};
  std::set<std::size_t> languages{};
  bool all_items = false;
  std::size_t prefix = 0;
  std::set<std::size_t> matched{};  ///< formulas of `contains`
  auto operator<=>(const Evaluated&) const = default;

  void add(const Evaluated& other) {
    all_names = all_names || other.all_names;
    names.insert(other.names.begin(), other.names.end());
    languages.insert(other.languages.begin(), other.languages.end());
    all_items = all_items || other.all_items;
    prefix = std::max(prefix, other.prefix);
    matched.insert(other.matched.begin(), other.matched.end());
  }
};

/// Ways in which a document can fulfil a schema: what has then been looked at, and the condition for it.
using Cases = std::map<Evaluated, std::size_t>;

/// Which schema each dynamic anchor leads to, seen from where one came; "" is of $recursiveAnchor.
using Scope = std::map<std::string, const Json*>;

struct Context {
  std::size_t scope = 0;
  std::size_t resource = 0;
  bool fills = false;  ///< missing properties get their defaults
};

NamedLanguage understood(const std::string& pattern) {
  return {fmt::format("pattern {}", quote(pattern)), language_of_pattern(pattern)};
}

class FormulaReader {
 public:
  FormulaReader(Formulas& formulas, const JsonResources& resources, JsonSide side)
      : f_(formulas), resources_(resources), side_(side) {}

  std::size_t read() {
    const Json& root = *resources_.at(0).root;
    const Context start{.scope = entered(scope_number({}), 0), .resource = 0, .fills = side_ == JsonSide::reader};
    std::size_t out = schema(root, start);
    if (resources_.at(0).draft == JsonDraft::unknown) {
      const std::string name = string_at(root, {"$schema"});
      out = f_.all({out, unknown("$schema " + name, fmt::format("$schema {} is not a known draft", quote(name)), root,
                                 "$schema")});
    }
    while (!open_.empty()) {
      const auto [target, context, definition] = open_.front();
      open_.pop_front();
      f_.define(definition, defined(*target, context));
    }
    for (const auto& [language, formula] : named_by_formula_) f_.understand(language, f_.texts(formula));
    return out;
  }

 private:
  using Key = std::tuple<const Json*, std::size_t, bool>;

  // Drafts

  int rank(const Json& schema) const {
    switch (resources_.resource_of(schema).draft) {
      case JsonDraft::draft_4:
        return 4;
      case JsonDraft::draft_6:
        return 6;
      case JsonDraft::draft_7:
        return 7;
      case JsonDraft::draft_2019_09:
        return 8;
      case JsonDraft::draft_2020_12:
        return 9;
      case JsonDraft::none:
      case JsonDraft::unknown:
        break;
    }
    return 0;
  }
  /// Whether the drafts from `low` to `high` are meant; a text that names none may be any.
  bool is(const Json& schema, int low, int high = 9) const {
    const int mine = rank(schema);
    return mine == 0 || (mine >= low && mine <= high);
  }

  std::size_t unknown(const std::string& key, std::string what, const Json& schema, std::string_view keyword) {
    return f_.opaque(key, {std::move(what), fmt::format("{} {}/{}", side_ == JsonSide::reader ? "reader" : "writer",
                                                        resources_.path_of(schema), keyword)});
  }

  // References

  std::size_t scope_number(Scope scope) {
    const auto [place, fresh] = scope_numbers_.try_emplace(std::move(scope), scopes_.size());
    if (fresh) scopes_.push_back(place->first);
    return place->second;
  }

  /// The scope after a resource was entered: the outermost one keeps its anchors.
  std::size_t entered(std::size_t scope, std::size_t resource) {
    Scope out = scopes_[scope];
    const JsonResource& in = resources_.at(resource);
    for (const std::string& anchor : in.dynamic_anchors) out.try_emplace(anchor, in.anchors.at(anchor));
    if (in.recursive_anchor) out.try_emplace("", in.root);
    return scope_number(std::move(out));
  }

  Context inside(const Json& schema, Context context) {
    const std::size_t resource = resources_.index_of(schema);
    if (resource != context.resource) context = {entered(context.scope, resource), resource, context.fills};
    return context;
  }

  struct Reference {
    const Json* target = nullptr;
    Context context{};
    std::size_t missing = Formulas::yes;  ///< without target: what stands for it
  };

  /// The schemas that $ref, $dynamicRef and $recursiveRef lead to.
  std::vector<Reference> references(const Json& schema, const Context& context) {
    std::vector<Reference> out;
    for (const char* key : {"$ref", "$dynamicRef", "$recursiveRef"}) {
      const Json* value = find(schema, {key});
      if (value == nullptr || !value->is_string()) continue;
      const std::string_view name = key;
      if (name == "$dynamicRef" && !is(schema, 9)) continue;
      if (name == "$recursiveRef" && !is(schema, 8, 8)) continue;
      out.push_back(reference(schema, value->get<std::string>(), name, context));
    }
    return out;
  }

  Reference reference(const Json& schema, const std::string& to, std::string_view key, const Context& context) {
    JsonTarget target = resources_.resolve(schema, to);
    if (target.found != JsonTarget::Found::here) {
      return {.missing = unknown(fmt::format("$ref {}#{}", target.uri, target.fragment),
                                 fmt::format("{} {} leads to no schema that is known", key, quote(to)), schema, key)};
    }
    const JsonResource& resource = resources_.resource_of(*target.schema);
    const Scope& scope = scopes_[context.scope];
    if (key == "$dynamicRef" && resource.dynamic_anchors.contains(target.fragment)) {
      if (const auto outer = scope.find(target.fragment); outer != scope.end()) target.schema = outer->second;
    }
    if (key == "$recursiveRef" && resource.recursive_anchor && resource.root == target.schema) {
      if (const auto outer = scope.find(""); outer != scope.end()) target.schema = outer->second;
    }
    return {.target = target.schema, .context = inside(*target.schema, context)};
  }

  std::size_t referred(const Reference& to) {
    if (to.target == nullptr) return to.missing;
    const Key key{to.target, to.context.scope, to.context.fills};
    const auto [place, fresh] = definitions_.try_emplace(key, 0);
    if (fresh) {
      place->second = f_.define();
      open_.push_back({to.target, to.context, place->second});
    }
    return f_.later(place->second);
  }

  // Schemas

  std::size_t schema(const Json& json, Context context) {
    if (json.is_boolean()) return json.get<bool>() ? Formulas::yes : Formulas::no;
    if (!json.is_object()) return Formulas::yes;
    context = inside(json, context);
    // Its cases look into what it refers to, and may come back here: it is a definition of its own.
    return has_unevaluated(json) ? referred({.target = &json, .context = context}) : body(json, context);
  }

  bool has_unevaluated(const Json& json) const {
    return json.is_object() && is(json, 8) &&
           (json.contains("unevaluatedProperties") || json.contains("unevaluatedItems"));
  }

  /// A schema that a definition stands for.
  std::size_t defined(const Json& json, const Context& context) {
    if (!has_unevaluated(json)) return schema(json, context);
    if (const auto all = cases(json, context, 0)) return of_cases(*all);
    return unknown("unevaluated " + dump(json), "unevaluatedProperties or unevaluatedItems with too many cases", json,
                   "unevaluatedProperties");
  }

  std::size_t body(const Json& json, const Context& context) {
    std::vector<std::size_t> parts;
    for (const Reference& to : references(json, context)) parts.push_back(referred(to));
    if (hides(json)) return f_.all(std::move(parts));
    assertions(json, context, parts);
    for (const char* key : {"allOf", "anyOf", "oneOf"}) {
      if (const Json* list = find(json, {key}); list != nullptr && list->is_array())
        parts.push_back(combination(key, branches(*list, key, context)));
    }
    if (const Json* condition = conditional(json)) {
      const Context plain = without_filling(context);
      const std::size_t test = schema(*condition, plain);
      parts.push_back(f_.any({f_.negation(test), at_key(json, "then", context)}));
      parts.push_back(f_.any({test, at_key(json, "else", context)}));
    }
    for (const auto& [name, inner] : dependent_schemas(json))
      parts.push_back(f_.any({without(name), schema(*inner, context)}));
    return f_.all(std::move(parts));
  }

  /// Up to draft 7 a reference hides what stands beside it.
  bool hides(const Json& json) const { return json.contains("$ref") && rank(json) != 0 && rank(json) <= 7; }

  static Context without_filling(Context context) {
    context.fills = false;
    return context;
  }

  std::size_t at_key(const Json& json, const char* key, const Context& context) {
    const Json* inner = find(json, {key});
    return inner == nullptr ? Formulas::yes : schema(*inner, context);
  }

  const Json* conditional(const Json& json) const { return is(json, 7) ? find(json, {"if"}) : nullptr; }

  std::vector<std::size_t> branches(const Json& list, std::string_view key, const Context& context) {
    const Context inner = key == "oneOf" ? without_filling(context) : context;
    std::vector<std::size_t> out;
    for (const Json& one : list) out.push_back(schema(one, inner));
    return out;
  }

  std::size_t combination(std::string_view key, const std::vector<std::size_t>& inner) {
    if (key == "allOf") return f_.all(inner);
    std::vector<std::size_t> parts{f_.any(inner)};
    for (std::size_t i = 0; key == "oneOf" && i < inner.size(); ++i) {
      for (std::size_t k = i + 1; k < inner.size(); ++k) parts.push_back(f_.negation(f_.all({inner[i], inner[k]})));
    }
    return f_.all(std::move(parts));
  }

  std::vector<std::pair<std::string, const Json*>> dependent_schemas(const Json& json) const {
    std::vector<std::pair<std::string, const Json*>> out;
    for (const char* key : {"dependentSchemas", "dependencies"}) {
      const Json* all = find(json, {key});
      const bool old = std::string_view(key) == "dependencies";
      if (all == nullptr || !all->is_object() || !(old ? is(json, 4, 7) : is(json, 8))) continue;
      for (const auto& [name, inner] : all->items()) {
        if (!inner.is_array()) out.emplace_back(name, &inner);
      }
    }
    return out;
  }

  std::size_t other(JsonType type) { return f_.negation(f_.is_type(type)); }
  std::size_t without(const std::string& name) { return f_.any({other(JsonType::object), f_.negation(f_.has(name))}); }

  // Keywords that look at the document itself

  void assertions(const Json& json, const Context& context, std::vector<std::size_t>& parts) {
    types(json, parts);
    if (const Json* one = find(json, {"const"}); one != nullptr && is(json, 6)) parts.push_back(f_.equals(*one));
    if (const Json* list = find(json, {"enum"}); list != nullptr && list->is_array()) {
      std::vector<std::size_t> values;
      for (const Json& value : *list) values.push_back(f_.equals(value));
      parts.push_back(f_.any(std::move(values)));
    }
    if (const Json* inner = find(json, {"not"})) parts.push_back(f_.negation(schema(*inner, without_filling(context))));
    numbers(json, parts);
    texts(json, parts);
    lists(json, context, parts);
    objects(json, context, parts);
  }

  void types(const Json& json, std::vector<std::size_t>& parts) {
    const Json* type = find(json, {"type"});
    if (type == nullptr) return;
    std::vector<std::size_t> any;
    for (const Json& one : type->is_array() ? *type : Json::array({*type})) {
      static const std::map<std::string, JsonType> known{{"null", JsonType::null},     {"boolean", JsonType::boolean},
                                                         {"number", JsonType::number}, {"integer", JsonType::number},
                                                         {"string", JsonType::string}, {"array", JsonType::array},
                                                         {"object", JsonType::object}};
      const std::string name = one.is_string() ? one.get<std::string>() : "";
      const auto found = known.find(name);
      if (found == known.end()) continue;
      const std::size_t is_it = f_.is_type(found->second);
      any.push_back(name == "integer" ? f_.all({is_it, f_.add({.kind = FormulaKind::multiple, .number = 1})}) : is_it);
    }
    parts.push_back(f_.any(std::move(any)));
  }

  static std::optional<long double> number_at(const Json& json, const char* key) {
    const Json* value = find(json, {key});
    if (value == nullptr || !value->is_number()) return std::nullopt;
    if (value->is_number_unsigned()) return static_cast<long double>(value->get<std::uint64_t>());
    if (value->is_number_integer()) return static_cast<long double>(value->get<std::int64_t>());
    return static_cast<long double>(value->get<double>());
  }

  static std::optional<std::size_t> count_at(const Json& json, const char* key) {
    constexpr long double most = 1e9L;
    const auto number = number_at(json, key);
    if (!number) return std::nullopt;
    return static_cast<std::size_t>(std::clamp(*number, 0.0L, most));
  }

  void numbers(const Json& json, std::vector<std::size_t>& parts) {
    bound(json, "minimum", "exclusiveMinimum", FormulaKind::least, parts);
    bound(json, "maximum", "exclusiveMaximum", FormulaKind::most, parts);
    if (const auto number = number_at(json, "multipleOf"))
      parts.push_back(f_.add({.kind = FormulaKind::multiple, .number = *number}));
  }

  void bound(const Json& json, const char* key, const char* exclusive, FormulaKind kind,
             std::vector<std::size_t>& parts) {
    if (const auto number = number_at(json, key)) {
      const bool strict = is(json, 4, 4) && bool_at(json, {exclusive});
      parts.push_back(f_.add({.kind = kind, .number = *number, .exclusive = strict}));
    }
    if (const auto number = number_at(json, exclusive); number && is(json, 6))
      parts.push_back(f_.add({.kind = kind, .number = *number, .exclusive = true}));
  }

  void at_most(const Json& json, const char* key, FormulaKind kind, JsonType type, std::vector<std::size_t>& parts) {
    if (const auto count = count_at(json, key))
      parts.push_back(f_.any({other(type), f_.negation(f_.counted(kind, *count + 1))}));
  }

  void texts(const Json& json, std::vector<std::size_t>& parts) {
    if (const auto low = count_at(json, "minLength")) parts.push_back(f_.counted(FormulaKind::length, *low));
    at_most(json, "maxLength", FormulaKind::length, JsonType::string, parts);
    if (const Json* pattern = find(json, {"pattern"}); pattern != nullptr && pattern->is_string()) {
      const auto text = pattern->get<std::string>();
      const std::size_t language = language_of(text);
      parts.push_back(f_.language_at(language).automaton
                          ? f_.add({.kind = FormulaKind::pattern, .low = language})
                          : only_texts(unknown("pattern " + text, f_.language_at(language).what, json, "pattern")));
    }
    for (const char* key : {"format", "contentEncoding", "contentMediaType"}) {
      const bool content = std::string_view(key) != "format";
      const std::string value = string_at(json, {key});
      if (value.empty() || (content && rank(json) != 7)) continue;
      parts.push_back(
          only_texts(unknown(fmt::format("{} {}", key, value),
                             fmt::format("{} {}, which validators may check or not", key, quote(value)), json, key)));
    }
  }

  std::size_t only_texts(std::size_t formula) { return f_.any({other(JsonType::string), formula}); }

  std::size_t language_of(const std::string& pattern) {
    const std::string key = "pattern " + pattern;
    const auto known = f_.language(key);
    return known ? *known : f_.name_language(key, understood(pattern));
  }

  void lists(const Json& json, const Context& context, std::vector<std::size_t>& parts) {
    if (const auto low = count_at(json, "minItems")) parts.push_back(f_.counted(FormulaKind::item_count, *low));
    at_most(json, "maxItems", FormulaKind::item_count, JsonType::array, parts);
    if (bool_at(json, {"uniqueItems"})) parts.push_back(f_.add({.kind = FormulaKind::unique}));
    const Json* tuple = tuple_of(json);
    for (std::size_t i = 0; tuple != nullptr && i < tuple->size(); ++i)
      parts.push_back(f_.item(i, schema((*tuple)[i], context)));
    if (const Json* rest = rest_of(json))
      parts.push_back(f_.items(tuple == nullptr ? 0 : tuple->size(), schema(*rest, context)));
    if (const Json* inner = find(json, {"contains"}); inner != nullptr && is(json, 6)) {
      const std::size_t wanted = schema(*inner, without_filling(context));
      const bool counted = is(json, 8);
      parts.push_back(f_.contains((counted ? count_at(json, "minContains") : std::nullopt).value_or(1), wanted));
      if (const auto high = count_at(json, "maxContains"); high && counted)
        parts.push_back(f_.any({other(JsonType::array), f_.negation(f_.contains(*high + 1, wanted))}));
    }
  }

  /// The schemas of the first items: "prefixItems", up to 2019-09 a list under "items".
  const Json* tuple_of(const Json& json) const {
    const Json* items = find(json, {"items"});
    if (items != nullptr && items->is_array() && is(json, 4, 8)) return items;
    const Json* prefix = find(json, {"prefixItems"});
    return prefix != nullptr && prefix->is_array() && is(json, 9) ? prefix : nullptr;
  }

  /// The schema of the items after those.
  const Json* rest_of(const Json& json) const {
    const Json* items = find(json, {"items"});
    if (items != nullptr && items->is_array()) return is(json, 4, 8) ? find(json, {"additionalItems"}) : nullptr;
    return items;
  }

  void objects(const Json& json, const Context& context, std::vector<std::size_t>& parts) {
    if (const auto low = count_at(json, "minProperties")) parts.push_back(f_.counted(FormulaKind::member_count, *low));
    at_most(json, "maxProperties", FormulaKind::member_count, JsonType::object, parts);
    NameSet others;
    const Json* properties = find(json, {"properties"});
    if (properties != nullptr && properties->is_object()) {
      for (const auto& [name, inner] : properties->items()) {
        parts.push_back(f_.members({.single = true, .name = name}, schema(inner, context)));
        others.except.insert(name);
      }
    }
    if (const Json* patterns = find(json, {"patternProperties"}); patterns != nullptr && patterns->is_object()) {
      for (const auto& [pattern, inner] : patterns->items()) {
        const std::size_t language = language_of(pattern);
        parts.push_back(f_.members({.inside = {language}}, schema(inner, context)));
        others.outside.insert(language);
      }
    }
    if (const Json* rest = find(json, {"additionalProperties"}))
      parts.push_back(f_.members(others, schema(*rest, context)));
    if (const Json* names = find(json, {"propertyNames"}); names != nullptr && is(json, 6))
      parts.push_back(f_.members({.outside = {language_of_names(schema(*names, context), json)}}, Formulas::no));
    required(json, properties, context, parts);
    dependencies(json, parts);
  }

  /// The texts that fulfil a formula. It may refer to what is not read yet, so the language is made in the end.
  std::size_t language_of_names(std::size_t formula, const Json& json) {
    const std::string key = fmt::format("names {}", formula);
    if (const auto known = f_.language(key)) return *known;
    const std::size_t language = f_.name_language(key, {"propertyNames at " + resources_.path_of(json), std::nullopt});
    named_by_formula_.emplace(language, formula);
    return language;
  }

  void required(const Json& json, const Json* properties, const Context& context, std::vector<std::size_t>& parts) {
    const Json* names = find(json, {"required"});
    if (names == nullptr || !names->is_array()) return;
    for (const Json& name : *names) {
      if (!name.is_string()) continue;
      const auto text = name.get<std::string>();
      const Json* mine = properties == nullptr ? nullptr : find(*properties, {text});
      if (context.fills && mine != nullptr && mine->is_object() && mine->contains("default")) continue;
      parts.push_back(f_.any({other(JsonType::object), f_.has(text)}));
    }
  }

  void dependencies(const Json& json, std::vector<std::size_t>& parts) {
    for (const char* key : {"dependentRequired", "dependencies"}) {
      const Json* all = find(json, {key});
      if (all == nullptr || !all->is_object()) continue;
      const bool old = std::string_view(key) == "dependencies";
      if (old && rank(json) > 7) {
        parts.push_back(
            unknown("dependencies " + dump(*all), "dependencies, which this draft no longer has", json, key));
      } else if (old || is(json, 8)) {
        for (const auto& [name, list] : all->items()) depends(name, list, parts);
      }
    }
  }

  void depends(const std::string& name, const Json& list, std::vector<std::size_t>& parts) {
    if (!list.is_array()) return;
    std::vector<std::size_t> wanted;
    for (const Json& one : list) {
      if (one.is_string()) wanted.push_back(f_.has(one.get<std::string>()));
    }
    parts.push_back(f_.any({without(name), f_.all(std::move(wanted))}));
  }

  // What unevaluatedProperties and unevaluatedItems are left with depends on which branches were fulfilled

  std::size_t of_cases(const Cases& cases) {
    std::vector<std::size_t> any;
    for (const auto& [evaluated, formula] : cases) any.push_back(formula);
    return f_.any(std::move(any));
  }

  void put(Cases& into, const Evaluated& evaluated, std::size_t formula) {
    if (formula == Formulas::no) return;
    const auto [place, fresh] = into.try_emplace(evaluated, formula);
    if (!fresh) place->second = f_.any({place->second, formula});
  }

  Cases both(const Cases& left, const Cases& right) {
    Cases out;
    for (const auto& [a, x] : left) {
      for (const auto& [b, y] : right) {
        Evaluated sum = a;
        sum.add(b);
        put(out, sum, f_.all({x, y}));
      }
    }
    return out;
  }

  using MaybeCases = std::optional<Cases>;

  MaybeCases cases(const Json& json, Context context, int depth) {
    if (!json.is_object()) return Cases{{Evaluated{}, schema(json, context)}};
    if (depth > max_case_depth) return std::nullopt;
    context = inside(json, context);
    Cases out{{Evaluated{}, Formulas::yes}};
    const auto with = [&](const MaybeCases& more) {
      if (more) out = both(out, *more);
      return more.has_value() && out.size() <= max_cases;
    };
    for (const Reference& to : references(json, context)) {
      if (!with(to.target == nullptr ? Cases{{Evaluated{}, to.missing}} : cases(*to.target, to.context, depth + 1)))
        return std::nullopt;
    }
    if (hides(json)) return out;
    std::vector<std::size_t> own;
    assertions(json, context, own);
    out = both(out, {{looked_at(json, context), f_.all(std::move(own))}});
    for (const char* key : {"allOf", "anyOf", "oneOf"}) {
      const Json* list = find(json, {key});
      if (list != nullptr && list->is_array() && !with(combined(*list, key, context, depth))) return std::nullopt;
    }
    if (const Json* condition = conditional(json)) {
      if (!with(chosen(json, *condition, context, depth))) return std::nullopt;
    }
    for (const auto& [name, inner] : dependent_schemas(json)) {
      MaybeCases here = cases(*inner, context, depth + 1);
      if (!here) return std::nullopt;
      here = both(*here, {{Evaluated{}, f_.all({f_.is_type(JsonType::object), f_.has(name)})}});
      put(*here, {}, without(name));
      if (!with(here)) return std::nullopt;
    }
    return rest(json, context, std::move(out));
  }

  /// What the keywords of a schema look at, branches left out.
  Evaluated looked_at(const Json& json, const Context& context) {
    Evaluated out;
    if (const Json* properties = find(json, {"properties"}); properties != nullptr && properties->is_object()) {
      for (const auto& [name, inner] : properties->items()) out.names.insert(name);
    }
    if (const Json* patterns = find(json, {"patternProperties"}); patterns != nullptr && patterns->is_object()) {
      for (const auto& [pattern, inner] : patterns->items()) out.languages.insert(language_of(pattern));
    }
    out.all_names = json.contains("additionalProperties");
    if (const Json* tuple = tuple_of(json)) out.prefix = tuple->size();
    out.all_items = rest_of(json) != nullptr;
    if (const Json* inner = find(json, {"contains"}); inner != nullptr && is(json, 8))
      out.matched.insert(schema(*inner, without_filling(context)));
    return out;
  }

  MaybeCases combined(const Json& list, std::string_view key, const Context& context, int depth) {
    const Context inner = key == "oneOf" ? without_filling(context) : context;
    // By how many branches are fulfilled: none, one, and for anyOf any number.
    std::vector<Cases> by_count{{{Evaluated{}, Formulas::yes}}, {}};
    for (const Json& one : list) {
      const MaybeCases yes = cases(one, inner, depth + 1);
      if (!yes) return std::nullopt;
      const Cases no{{Evaluated{}, key == "allOf" ? Formulas::no : f_.negation(of_cases(*yes))}};
      std::vector<Cases> next(2);
      const auto move = [&](std::size_t from, std::size_t to, const Cases& by) {
        for (const auto& [evaluated, formula] : both(by_count[from], by)) put(next[to], evaluated, formula);
      };
      move(0, 0, no);
      move(0, 1, *yes);
      move(1, 1, no);
      if (key != "oneOf") move(1, 1, *yes);
      by_count = std::move(next);
      if (by_count[0].size() + by_count[1].size() > max_cases) return std::nullopt;
    }
    return by_count[1];
  }

  MaybeCases chosen(const Json& json, const Json& condition, const Context& context, int depth) {
    const MaybeCases test = cases(condition, without_filling(context), depth + 1);
    if (!test) return std::nullopt;
    const auto branch = [&](const char* key) {
      const Json* inner = find(json, {key});
      return inner == nullptr ? MaybeCases(Cases{{Evaluated{}, Formulas::yes}}) : cases(*inner, context, depth + 1);
    };
    const MaybeCases then = branch("then");
    const MaybeCases otherwise = branch("else");
    if (!then || !otherwise) return std::nullopt;
    Cases out = both(*test, *then);
    const Cases failed = both({{Evaluated{}, f_.negation(of_cases(*test))}}, *otherwise);
    for (const auto& [evaluated, formula] : failed) put(out, evaluated, formula);
    return out;
  }

  /// unevaluatedProperties and unevaluatedItems of this schema on what none of its parts has looked at.
  Cases rest(const Json& json, const Context& context, Cases cases) {
    if (!is(json, 8)) return cases;
    const Json* names = find(json, {"unevaluatedProperties"});
    const Json* items = find(json, {"unevaluatedItems"});
    if (names == nullptr && items == nullptr) return cases;
    Cases out;
    for (const auto& [evaluated, formula] : cases) {
      Evaluated after = evaluated;
      std::vector<std::size_t> parts{formula};
      if (names != nullptr && !evaluated.all_names) {
        parts.push_back(
            f_.members({.outside = evaluated.languages, .except = evaluated.names}, schema(*names, context)));
        after.all_names = true;
      }
      if (items != nullptr && !evaluated.all_items) {
        const std::size_t rest_of_items = schema(*items, context);
        std::vector<std::size_t> any{rest_of_items};
        any.insert(any.end(), evaluated.matched.begin(), evaluated.matched.end());
        parts.push_back(f_.items(evaluated.prefix, f_.any(std::move(any))));
        if (rank(json) == 8 && !evaluated.matched.empty()) {
          // 2020-12 says that what `contains` matches is evaluated; before, some validators did so and some did not.
          parts.push_back(
              f_.any({unknown("unevaluatedItems beside contains",
                              "unevaluatedItems beside contains, which validators of 2019-09 read in two ways", json,
                              "unevaluatedItems"),
                      f_.items(evaluated.prefix, rest_of_items)}));
        }
        after.all_items = true;
      }
      put(out, after, f_.all(std::move(parts)));
    }
    return out;
  }

  struct Open {
    const Json* target = nullptr;
    Context context{};
    std::size_t definition = 0;
  };

  Formulas& f_;
  const JsonResources& resources_;
  JsonSide side_;
  std::vector<Scope> scopes_{};
  std::map<Scope, std::size_t> scope_numbers_{};
  std::map<Key, std::size_t> definitions_{};
  std::deque<Open> open_{};
  std::map<std::size_t, std::size_t> named_by_formula_{};  ///< language → formula
};

}  // namespace

std::size_t read_json_formula(Formulas& formulas, const JsonResources& resources, JsonSide side) {
  return FormulaReader(formulas, resources, side).read();
}

}  // namespace cloudflow
