// What a JSON Schema demands of a document, as a formula of a few kinds of conditions.
#include "planner/schema/json/json_formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace cloudflow {
namespace {

constexpr int max_depth = 200;
constexpr std::size_t max_rounds = 400;

std::string names_key(const NameSet& names) {
  if (names.single) return "=" + Json(names.name).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  for (const std::size_t language : names.inside) out += fmt::format("+{}", language);
  for (const std::size_t language : names.outside) out += fmt::format("-{}", language);
  return out + Json(names.except).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

JsonType json_type(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return JsonType::boolean;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return JsonType::number;
    case Json::value_t::string:
    case Json::value_t::binary:
      return JsonType::string;
    case Json::value_t::array:
      return JsonType::array;
    case Json::value_t::object:
      return JsonType::object;
    case Json::value_t::null:
    case Json::value_t::discarded:
      break;
  }
  return JsonType::null;
}

Json normal_json(const Json& value) {
  if (value.is_number_float()) {
    constexpr double exact = 9007199254740992.0;
    const double number = value.get<double>();
    if (std::floor(number) == number && std::abs(number) <= exact) return static_cast<std::int64_t>(number);
    return value;
  }
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, inner] : value.items()) {
    if (value.is_array()) {
      out.push_back(normal_json(inner));
    } else {
      out[key] = normal_json(inner);
    }
  }
  return out;
}

Formulas::Formulas() {
  add({.kind = FormulaKind::yes});
  add({.kind = FormulaKind::no});
}

std::string Formulas::key_of(const Formula& f) {
  std::string out = fmt::format("{}|{}|", static_cast<int>(f.kind), f.low);
  for (const std::size_t one : f.inner) out += fmt::format("{} ", one);
  switch (f.kind) {
    case FormulaKind::type:
      return out + fmt::format("{}", static_cast<int>(f.type));
    case FormulaKind::value:
      return out + dump(f.value);
    case FormulaKind::least:
    case FormulaKind::most:
    case FormulaKind::multiple: {
      // All digits of the number: neighbours beyond 2^53 are not the same.
      constexpr auto digits = std::numeric_limits<long double>::max_digits10;
      return out + fmt::format("{:.{}g} {}", f.number, digits, f.exclusive);
    }
    case FormulaKind::members:
      return out + names_key(f.names);
    case FormulaKind::opaque:
      return out + f.text;
    case FormulaKind::yes:
    case FormulaKind::no:
    case FormulaKind::all:
    case FormulaKind::any:
    case FormulaKind::negation:
    case FormulaKind::later:
    case FormulaKind::length:
    case FormulaKind::pattern:
    case FormulaKind::item:
    case FormulaKind::items:
    case FormulaKind::item_count:
    case FormulaKind::contains:
    case FormulaKind::unique:
    case FormulaKind::member_count:
      break;
  }
  return out;
}

std::size_t Formulas::add(Formula formula) {
  const auto [place, fresh] = numbers_.try_emplace(key_of(formula), all_.size());
  if (fresh) all_.push_back(std::move(formula));
  return place->second;
}

std::size_t Formulas::joined(FormulaKind kind, std::vector<std::size_t> inner) {
  const bool conjunction = kind == FormulaKind::all;
  const std::size_t neutral = conjunction ? yes : no;
  const std::size_t decided = conjunction ? no : yes;
  std::set<std::size_t> parts;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == decided) return decided;
    if (inner[i] == neutral) continue;
    if (at(inner[i]).kind == kind) {
      const std::vector<std::size_t> nested = at(inner[i]).inner;
      inner.insert(inner.end(), nested.begin(), nested.end());
    } else {
      parts.insert(inner[i]);
    }
  }
  for (const std::size_t part : parts) {
    if (at(part).kind == FormulaKind::negation && parts.contains(at(part).inner[0])) return decided;
  }
  if (parts.empty()) return neutral;
  if (parts.size() == 1) return *parts.begin();
  return add({.kind = kind, .inner = {parts.begin(), parts.end()}});
}

std::size_t Formulas::all(std::vector<std::size_t> inner) { return joined(FormulaKind::all, std::move(inner)); }

std::size_t Formulas::any(std::vector<std::size_t> inner) { return joined(FormulaKind::any, std::move(inner)); }

std::size_t Formulas::negation(std::size_t inner) {
  if (inner == yes) return no;
  if (inner == no) return yes;
  if (at(inner).kind == FormulaKind::negation) return at(inner).inner[0];
  return add({.kind = FormulaKind::negation, .inner = {inner}});
}

std::size_t Formulas::is_type(JsonType type) { return add({.kind = FormulaKind::type, .type = type}); }

std::size_t Formulas::equals(const Json& value) {
  if (!value.is_structured()) return add({.kind = FormulaKind::value, .value = normal_json(value)});
  std::vector<std::size_t> parts{is_type(json_type(value))};
  const FormulaKind count = value.is_array() ? FormulaKind::item_count : FormulaKind::member_count;
  parts.push_back(counted(count, value.size()));
  parts.push_back(negation(counted(count, value.size() + 1)));
  std::size_t index = 0;
  for (const auto& [key, inner] : value.items()) {
    if (value.is_array()) {
      parts.push_back(item(index++, equals(inner)));
    } else {
      parts.push_back(has(key));
      parts.push_back(members({.single = true, .name = key}, equals(inner)));
    }
  }
  return all(std::move(parts));
}

std::size_t Formulas::has(const std::string& name) { return negation(members({.single = true, .name = name}, no)); }

std::size_t Formulas::item(std::size_t index, std::size_t inner) {
  if (inner == yes) return yes;
  return add({.kind = FormulaKind::item, .inner = {inner}, .low = index});
}

std::size_t Formulas::items(std::size_t from, std::size_t inner) {
  if (inner == yes) return yes;
  return add({.kind = FormulaKind::items, .inner = {inner}, .low = from});
}

std::size_t Formulas::contains(std::size_t least, std::size_t inner) {
  if (least == 0) return yes;
  const std::size_t other = negation(is_type(JsonType::array));
  if (inner == yes) return any({other, counted(FormulaKind::item_count, least)});
  if (least == 1) return any({other, negation(items(0, negation(inner)))});
  return add({.kind = FormulaKind::contains, .inner = {inner}, .low = least});
}

std::size_t Formulas::members(NameSet names, std::size_t inner) {
  if (inner == yes) return yes;
  return add({.kind = FormulaKind::members, .inner = {inner}, .names = std::move(names)});
}

std::size_t Formulas::counted(FormulaKind kind, std::size_t low) {
  return low == 0 ? yes : add({.kind = kind, .low = low});
}

std::size_t Formulas::later(std::size_t definition) { return add({.kind = FormulaKind::later, .low = definition}); }

std::size_t Formulas::opaque(const std::string& key, NotCompared part) {
  const std::size_t number = add({.kind = FormulaKind::opaque, .text = key});
  places_[number].push_back(std::move(part));
  return number;
}

std::size_t Formulas::define() {
  definitions_.push_back(yes);
  return definitions_.size() - 1;
}

std::optional<std::size_t> Formulas::language(const std::string& key) const {
  const auto known = language_numbers_.find(key);
  return known == language_numbers_.end() ? std::nullopt : std::optional(known->second);
}

std::size_t Formulas::name_language(const std::string& key, NamedLanguage made) {
  const auto [place, fresh] = language_numbers_.try_emplace(key, languages_.size());
  if (fresh) languages_.push_back(std::move(made));
  return place->second;
}

std::optional<TextLanguage> Formulas::texts(std::size_t formula) const { return texts(formula, 0); }

std::optional<TextLanguage> Formulas::texts(std::size_t formula, int depth) const {
  if (depth > max_depth) return std::nullopt;
  const Formula& f = at(formula);
  const TextLanguage none{.accepts = {false}};
  switch (f.kind) {
    case FormulaKind::no:
      return none;
    case FormulaKind::all:
    case FormulaKind::any: {
      // Any of some is not: none of them.
      const bool all = f.kind == FormulaKind::all;
      std::vector<TextLanguage> inner;
      for (const std::size_t one : f.inner) {
        auto language = texts(one, depth + 1);
        if (!language) return std::nullopt;
        inner.push_back(std::move(*language));
      }
      std::vector<LanguagePart> parts;
      for (const TextLanguage& one : inner) parts.push_back({&one, all});
      auto out = intersection(parts);
      if (all || !out) return out;
      return intersection(std::vector<LanguagePart>{{&*out, false}});
    }
    case FormulaKind::negation: {
      const auto inner = texts(f.inner[0], depth + 1);
      if (!inner) return std::nullopt;
      return intersection(std::vector<LanguagePart>{{&*inner, false}});
    }
    case FormulaKind::later:
      return texts(definition(f.low), depth + 1);
    case FormulaKind::type:
      return f.type == JsonType::string ? TextLanguage{} : none;
    case FormulaKind::value:
      return f.value.is_string() ? language_of_texts(std::vector<std::string>{f.value.get<std::string>()}) : none;
    case FormulaKind::length:
      return language_of_length(f.low, std::nullopt);
    case FormulaKind::pattern:
      return languages_[f.low].automaton;
    case FormulaKind::opaque:
      return std::nullopt;
    case FormulaKind::yes:
    case FormulaKind::least:
    case FormulaKind::most:
    case FormulaKind::multiple:
    case FormulaKind::item:
    case FormulaKind::items:
    case FormulaKind::item_count:
    case FormulaKind::contains:
    case FormulaKind::unique:
    case FormulaKind::members:
    case FormulaKind::member_count:
      break;
  }
  return TextLanguage{};
}

std::size_t Formulas::copied(std::size_t formula, const std::vector<std::size_t>& classes,
                             std::map<std::size_t, std::size_t>& done) {
  if (const auto known = done.find(formula); known != done.end()) return known->second;
  const Formula f = at(formula);
  std::size_t out = formula;
  if (f.kind == FormulaKind::later) {
    out = later(classes[f.low]);
  } else if (!f.inner.empty()) {
    Formula copy = f;
    for (std::size_t& one : copy.inner) one = copied(one, classes, done);
    if (f.kind == FormulaKind::all || f.kind == FormulaKind::any) {
      out = joined(f.kind, std::move(copy.inner));
    } else if (f.kind == FormulaKind::negation) {
      out = negation(copy.inner[0]);
    } else {
      out = add(std::move(copy));
    }
  }
  done.emplace(formula, out);
  return out;
}

std::vector<std::size_t> Formulas::merge_equal_definitions(const std::vector<std::size_t>& roots) {
  // All start as one class; a class is split as long as its members differ in what they lead to.
  std::vector<std::size_t> classes(definitions_.size(), 0);
  std::size_t count = definitions_.empty() ? 0 : 1;
  for (std::size_t round = 0;; ++round) {
    if (round > max_rounds) return roots;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> first;
    std::vector<std::size_t> next(classes.size());
    std::map<std::size_t, std::size_t> done;
    for (std::size_t i = 0; i < classes.size(); ++i)
      next[i] = first.try_emplace({classes[i], copied(definitions_[i], classes, done)}, i).first->second;
    classes = std::move(next);
    if (first.size() == count) break;
    count = first.size();
  }
  std::map<std::size_t, std::size_t> done;
  std::vector<std::size_t> out;
  out.reserve(roots.size());
  for (const std::size_t root : roots) out.push_back(copied(root, classes, done));
  std::vector<std::size_t> merged;
  merged.reserve(definitions_.size());
  for (const std::size_t one : definitions_) merged.push_back(copied(one, classes, done));
  definitions_ = std::move(merged);
  // A reference to itself alone demands nothing.
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    std::set<std::size_t> seen;
    std::size_t at_end = i;
    while (at(definitions_[at_end]).kind == FormulaKind::later && seen.insert(at_end).second)
      at_end = at(definitions_[at_end]).low;
    if (seen.contains(at_end)) definitions_[i] = yes;
  }
  return out;
}

}  // namespace cloudflow
