// Random JSON Schemas of every draft, small changes to them, and documents for them.
#include "tests/planner/schema/json/random_json_schema.h"

#include <algorithm>
#include <functional>

#include "planner/schema/json/json_resources.h"

namespace cloudflow::testing {
namespace {

const std::vector<std::string> names{"a", "b", "c", "ab", "xa", "x"};
const std::vector<std::string> patterns{"^a",  "b$",      "^x",       "a$",      "^[a-c]+$",
                                        "x|b", "^(ab)*$", "^.{1,2}$", "^[^x]*$", "(?=a)"};
const std::vector<std::string> texts{"", "a", "b", "ab", "xa", "aa", "ba", "abc", "x", "2020-01-01", "long text"};
const std::vector<std::string> types{"null", "boolean", "integer", "number", "string", "array", "object"};
const std::vector<Json> numbers{-1, 0, 1, 2, 3, 4, 6, 0.5, 1.5, 2.5, -2.5, 10, 100};

std::string uri_of(int draft) {
  switch (draft) {
    case 4:
      return "http://json-schema.org/draft-04/schema#";
    case 6:
      return "http://json-schema.org/draft-06/schema#";
    case 7:
      return "http://json-schema.org/draft-07/schema#";
    case 8:
      return "https://json-schema.org/draft/2019-09/schema";
    default:
      return "https://json-schema.org/draft/2020-12/schema";
  }
}

/// All schemas in one, itself first.
std::vector<Json*> all_schemas(Json& schema) {
  std::vector<Json*> out{&schema};
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const auto& [path, inner] : json_subschemas(*out[i])) out.push_back(const_cast<Json*>(inner));
  }
  return out;
}

}  // namespace

Json RandomJsonSchema::reference() { return targets_.empty() ? Json("#") : Json(one_of(targets_)); }

void RandomJsonSchema::number(Json& schema) {
  const Json& value = one_of(numbers);
  switch (below(5)) {
    case 0:
      schema["minimum"] = value;
      break;
    case 1:
      schema["maximum"] = value;
      break;
    case 2:
      schema["multipleOf"] = one_of(std::vector<Json>{1, 2, 3, 0.5, 4, 1.5});
      break;
    default: {
      const bool low = chance(50);
      if (draft_ == 4) {
        schema[low ? "minimum" : "maximum"] = value;
        schema[low ? "exclusiveMinimum" : "exclusiveMaximum"] = chance(80);
      } else {
        schema[low ? "exclusiveMinimum" : "exclusiveMaximum"] = value;
      }
    }
  }
}

void RandomJsonSchema::text(Json& schema) {
  switch (below(4)) {
    case 0:
      schema["minLength"] = below(4);
      break;
    case 1:
      schema["maxLength"] = below(4);
      break;
    default:
      if (chance(6)) {
        schema["format"] = "date";
      } else {
        schema["pattern"] = one_of(patterns);
      }
  }
}

void RandomJsonSchema::list(Json& schema, int depth) {
  const bool outer = std::exchange(guarded_, true);
  const int newest = draft_ >= 8 ? 9 : 6;
  switch (below(newest)) {
    case 0:
      schema["minItems"] = below(4);
      break;
    case 1:
      schema["maxItems"] = below(4);
      break;
    case 2:
      schema["uniqueItems"] = chance(80);
      break;
    case 3: {
      Json prefix = Json::array();
      for (int i = below(2); i >= 0; --i) prefix.push_back(this->schema(depth - 1));
      schema.erase("items");
      schema[draft_ == 9 ? "prefixItems" : "items"] = std::move(prefix);
      if (chance(50))
        schema[draft_ == 9 ? "items" : "additionalItems"] = chance(30) ? Json(false) : this->schema(depth - 1);
      break;
    }
    case 4:
      schema["items"] = this->schema(depth - 1);
      break;
    case 6:
    case 7:
      schema["contains"] = this->schema(depth - 1);
      schema[chance(50) ? "minContains" : "maxContains"] = below(3);
      break;
    case 8:
      schema["unevaluatedItems"] = chance(50) ? Json(false) : this->schema(depth - 1);
      break;
    default:
      if (draft_ > 4) schema["contains"] = this->schema(depth - 1);
  }
  guarded_ = outer;
}

void RandomJsonSchema::object(Json& schema, int depth) {
  const bool outer = std::exchange(guarded_, true);
  switch (below(draft_ >= 8 ? 11 : 9)) {
    case 0:
    case 1:
      schema["properties"][one_of(names)] = this->schema(depth - 1);
      schema["properties"][one_of(names)] = this->schema(depth - 1);
      break;
    case 2:
      schema["required"] = Json::array({one_of(names)});
      break;
    case 3:
      // In 2019-09 jsonschema 4.26 takes the keywords of a schema here for names of properties that were evaluated.
      schema["additionalProperties"] = chance(50) ? Json(false) : draft_ == 8 ? Json(true) : this->schema(depth - 1);
      break;
    case 4:
      schema["patternProperties"][one_of(patterns)] = this->schema(depth - 1);
      break;
    case 5:
      schema["minProperties"] = below(3);
      break;
    case 6:
      schema["maxProperties"] = below(4);
      break;
    case 7:
      if (draft_ > 4) schema["propertyNames"] = this->schema(0);
      break;
    case 8: {
      const bool list = chance(50);
      Json wanted = list ? Json::array({one_of(names)}) : this->schema(depth - 1);
      const char* key = draft_ < 8 ? "dependencies" : list ? "dependentRequired" : "dependentSchemas";
      guarded_ = outer;
      if (!list) wanted = this->schema(0);
      schema[key][one_of(names)] = std::move(wanted);
      break;
    }
    default:
      schema["unevaluatedProperties"] = chance(60) ? Json(false) : this->schema(depth - 1);
  }
  guarded_ = outer;
}

void RandomJsonSchema::combination(Json& schema, int depth) {
  static const std::vector<std::string> keys{"allOf", "anyOf", "oneOf"};
  switch (below(draft_ >= 7 ? 6 : 5)) {
    case 4:
      schema["not"] = this->schema(depth - 1);
      break;
    case 5:
      schema["if"] = this->schema(depth - 1);
      if (chance(80)) schema["then"] = this->schema(depth - 1);
      if (chance(60)) schema["else"] = this->schema(depth - 1);
      break;
    default: {
      Json branches = Json::array();
      for (int i = below(3); i >= 0; --i) branches.push_back(this->schema(depth - 1));
      schema[one_of(keys)] = std::move(branches);
    }
  }
}

void RandomJsonSchema::keyword(Json& schema, const std::string& type, int depth) {
  if (type == "number" || type == "integer") return number(schema);
  if (type == "string") return text(schema);
  if (type == "array" && depth > 0) return list(schema, depth);
  if (type == "object" && depth > 0) return object(schema, depth);
}

Json RandomJsonSchema::schema(int depth) {
  if (draft_ > 4 && chance(4)) return chance(60);
  if (guarded_ && !targets_.empty() && chance(12)) {
    const Json to = reference();
    if (draft_ == 9 && to == "#node") return {{"$dynamicRef", "#node"}};
    if (draft_ == 8 && to == "#" && chance(60)) return {{"$recursiveRef", "#"}};
    return {{"$ref", to}};
  }
  Json out = Json::object();
  if (chance(12)) {
    Json values = Json::array();
    for (int i = below(4); i >= 0; --i) {
      const Json value = chance(85) ? scalar() : anything(1);
      if (std::ranges::find(values, value) == values.end()) values.push_back(value);
    }
    if (draft_ > 4 && values.size() == 1) {
      out["const"] = values[0];
    } else {
      out["enum"] = std::move(values);
    }
    if (chance(50)) return out;
  }
  const std::string type =
      depth > 0 && chance(50) ? one_of(std::vector<std::string>{"array", "object"}) : one_of(types);
  if (chance(65)) {
    const std::string second = one_of(types);
    out["type"] = chance(85) || second == type ? Json(type) : Json::array({type, second});
  }
  for (int i = below(3) + (type == "object" ? 1 : 0); i > 0; --i) keyword(out, type, depth);
  if (depth > 0 && chance(22)) combination(out, depth);
  return out;
}

Json RandomJsonSchema::root() {
  guarded_ = false;
  targets_.clear();
  Json definitions = Json::object();
  const char* key = draft_ >= 8 ? "$defs" : "definitions";
  if (chance(35)) {
    targets_ = {"#"};
    // Definitions refer to others from inside properties and items only.
    for (const char* name : {"d", "e"}) targets_.push_back(std::string("#/") + key + "/" + name);
    if (draft_ >= 8 && chance(50)) targets_.emplace_back("#named");
    if (draft_ == 9 && chance(50)) targets_.emplace_back("#node");
    if (draft_ >= 6 && chance(30)) targets_.emplace_back("inner.json");
    for (const char* name : {"d", "e"}) {
      definitions[name] = schema(2);
      if (!definitions[name].is_object()) definitions[name] = Json::object({{"type", "string"}});
    }
    const auto used = [&](const char* target) { return std::ranges::find(targets_, target) != targets_.end(); };
    if (used("#named")) definitions["e"]["$anchor"] = "named";
    if (used("inner.json")) {
      Json inner = Json::object({{"$id", "inner.json"},
                                 {"type", "object"},
                                 {"properties", {{"a", {{"$ref", "#/" + std::string(key) + "/n"}}}}}});
      inner[key]["n"] = {{"type", one_of(types)}};
      if (used("#node")) {
        inner[key]["n"] = {{"$dynamicRef", "#node"}};
        inner[key]["m"] = {{"$dynamicAnchor", "node"}, {"type", one_of(types)}};
      }
      definitions["inner"] = std::move(inner);
    }
    if (used("#node")) definitions["node"] = {{"$dynamicAnchor", "node"}, {"type", one_of(types)}};
  }
  Json out = chance(60) ? Json::object({{"type", "object"}}) : schema(3);
  if (!out.is_object()) out = Json::object();
  if (string_at(out, {"type"}) == "object") {
    for (int i = 2 + below(3); i > 0; --i) object(out, 3);
    if (chance(25)) combination(out, 2);
  }
  if (!definitions.empty()) {
    out[key] = std::move(definitions);
    if (draft_ >= 6) out["$id"] = "http://schemas.example/root.json";
    if (draft_ == 8 && chance(40)) out["$recursiveAnchor"] = true;
  }
  out["$schema"] = uri_of(draft_);
  return out;
}

void RandomJsonSchema::change(Json& schema) {
  std::vector<Json*> all = all_schemas(schema);
  std::erase_if(all, [](const Json* one) { return !one->is_object(); });
  Json& at = *one_of(all);
  const bool is_root = &at == &schema;
  guarded_ = false;  // a reference put just anywhere could close a circle
  std::vector<std::string> keys;
  for (const auto& [key, value] : at.items()) {
    if (!key.starts_with('$') && key != "definitions" && key != "id") keys.push_back(key);
  }
  switch (below(7)) {
    case 0:
      if (!keys.empty()) at.erase(one_of(keys));
      return;
    case 1:
    case 2: {
      const std::string type = string_at(at, {"type"}, one_of(types));
      return keyword(at, type, 2);
    }
    case 3: {
      for (const std::string& key : keys) {
        if (at[key].is_number_integer() && at[key].get<int>() > 1) at[key] = at[key].get<int>() + (chance(50) ? 1 : -1);
        if (key == "enum" && at[key].size() > 1 && chance(50)) at[key].erase(at[key].size() - 1);
        if (key == "required") at[key] = Json::array({one_of(names)});
        if (key == "pattern") at[key] = one_of(patterns);
      }
      return;
    }
    case 4:
      if (is_root || at.contains("$id") || at.contains("$anchor") || at.contains("$dynamicAnchor"))
        return combination(at, 1);
      at = Json::object(
          {{one_of(std::vector<std::string>{"allOf", "anyOf", "oneOf"}), Json::array({at, this->schema(1)})}});
      return;
    case 5: {
      const Json* type = find(at, {"type"});
      if (type != nullptr && *type == "integer") {
        at["type"] = "number";
      } else if (type != nullptr && type->is_string() && chance(50)) {
        const std::string other = one_of(types);
        if (*type != other) at["type"] = Json::array({*type, other});
      }
      return;
    }
    default:
      return combination(at, 1);
  }
}

std::pair<Json, Json> RandomJsonSchema::pair() {
  draft_ = one_of(std::vector<int>{4, 6, 7, 7, 8, 9, 9});
  Json left = root();
  Json right = left;
  if (chance(20)) {
    right = root();
  } else {
    for (int i = below(2); i >= 0; --i) change(right);
  }
  if (chance(50)) std::swap(left, right);
  return {std::move(left), std::move(right)};
}

// Documents

Json RandomJsonSchema::scalar() {
  switch (below(7)) {
    case 0:
      return nullptr;
    case 1:
      return chance(50);
    case 2:
    case 3:
      return one_of(numbers);
    default:
      return one_of(texts);
  }
}

Json RandomJsonSchema::anything(int depth) {
  if (depth <= 0 || chance(60)) return scalar();
  Json out = chance(40) ? Json::array() : Json::object();
  for (int i = below(4); i > 0; --i) {
    if (out.is_array()) {
      out.push_back(anything(depth - 1));
    } else {
      out[one_of(names)] = anything(depth - 1);
    }
  }
  return out;
}

/// A schema with the keywords of some of its branches, and of what it refers to.
Json RandomJsonSchema::flat(const Json& root, const Json& schema, int depth) {
  if (!schema.is_object() || depth > 6) return Json::object();
  Json out = schema;
  std::vector<Json> parts;
  for (const char* key : {"$ref", "$dynamicRef", "$recursiveRef"}) {
    const std::string to = string_at(schema, {key});
    if (to.empty()) continue;
    const JsonResources resources(root);
    const JsonTarget target = resources.resolve(root, to);
    if (target.schema != nullptr) parts.push_back(flat(root, *target.schema, depth + 1));
  }
  for (const char* key : {"allOf", "anyOf", "oneOf"}) {
    const Json* list = find(schema, {key});
    if (list == nullptr || list->empty()) continue;
    const std::size_t chosen = static_cast<std::size_t>(below(static_cast<int>(list->size())));
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i == chosen || std::string_view(key) == "allOf" || chance(20))
        parts.push_back(flat(root, (*list)[i], depth + 1));
    }
  }
  for (const char* key : {"if", "then", "else"}) {
    if (schema.contains(key) && chance(50)) parts.push_back(flat(root, schema[key], depth + 1));
  }
  for (const char* key : {"dependentSchemas", "dependencies"}) {
    const Json* all = find(schema, {key});
    if (all == nullptr) continue;
    for (const auto& [name, inner] : all->items()) {
      if (inner.is_object() && chance(50)) parts.push_back(flat(root, inner, depth + 1));
    }
  }
  for (const Json& part : parts) {
    for (const auto& [key, value] : part.items()) {
      if (value.is_object() && out.contains(key) && out[key].is_object()) {
        for (const auto& [name, inner] : value.items()) out[key][name] = inner;
      } else if (key == "required" && out.contains(key) && value.is_array()) {
        for (const Json& name : value) out[key].push_back(name);
      } else if (!out.contains(key) || chance(50)) {
        out[key] = value;
      }
    }
  }
  return out;
}

Json RandomJsonSchema::made(const Json& root, const Json& schema, int depth) {
  if (depth <= 0 || !schema.is_object() || chance(4)) return anything(2);
  const Json all = flat(root, schema, 0);
  if (chance(85)) {
    if (const Json* one = find(all, {"const"})) return *one;
    if (const Json* list = find(all, {"enum"}); list != nullptr && !list->empty())
      return (*list)[static_cast<std::size_t>(below(static_cast<int>(list->size())))];
  }
  std::string type = string_at(all, {"type"});
  if (const Json* list = find(all, {"type"}); list != nullptr && list->is_array() && !list->empty())
    type = (*list)[static_cast<std::size_t>(below(static_cast<int>(list->size())))].get<std::string>();
  if (type.empty()) {
    std::vector<std::string> likely{one_of(types)};
    for (const char* key : {"properties", "required", "patternProperties", "minProperties"}) {
      if (all.contains(key)) likely.emplace_back("object");
    }
    for (const char* key : {"items", "prefixItems", "contains", "minItems"}) {
      if (all.contains(key)) likely.emplace_back("array");
    }
    if (all.contains("pattern")) likely.emplace_back("string");
    if (all.contains("minimum")) likely.emplace_back("number");
    type = one_of(likely);
  }
  if (type == "null") return nullptr;
  if (type == "boolean") return chance(50);
  if (type == "integer" || type == "number") return number_for(all);
  if (type == "string") return text_for(all);
  return type == "array" ? made_list(root, all, depth) : made_object(root, all, depth);
}

Json RandomJsonSchema::number_for(const Json& schema) {
  for (const char* key : {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}) {
    const Json* bound = find(schema, {key});
    if (bound == nullptr || !bound->is_number() || !chance(40)) continue;
    const double near = bound->get<double>() + one_of(std::vector<double>{0, 1, -1, 0.5, -0.5});
    return near == static_cast<int>(near) ? Json(static_cast<int>(near)) : Json(near);
  }
  return one_of(numbers);
}

Json RandomJsonSchema::text_for(const Json& schema) {
  std::string out = one_of(texts);
  const auto least = static_cast<std::size_t>(int_at(schema, {"minLength"}));
  if (const Json* most = find(schema, {"maxLength"}); most != nullptr && chance(80))
    out = out.substr(0, static_cast<std::size_t>(most->get<int>()));
  while (out.size() < least && chance(95)) out += chance(50) ? 'a' : 'b';
  return out;
}

Json RandomJsonSchema::made_list(const Json& root, const Json& schema, int depth) {
  Json out = Json::array();
  const Json* items = find(schema, {"items"});
  const Json* prefix = items != nullptr && items->is_array() ? items : find(schema, {"prefixItems"});
  const Json* rest = items != nullptr && items->is_array() ? find(schema, {"additionalItems"}) : items;
  const auto least = static_cast<int>(int_at(schema, {"minItems"}));
  const int count = std::max(least, below(4));
  const Json free = Json::object();
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const Json* mine = prefix != nullptr && index < prefix->size() ? &(*prefix)[index] : rest;
    const Json* wanted = find(schema, {"contains"});
    if (wanted != nullptr && chance(50)) mine = wanted;
    out.push_back(mine != nullptr && mine->is_object() ? made(root, *mine, depth - 1) : anything(1));
  }
  return out;
}

Json RandomJsonSchema::made_object(const Json& root, const Json& schema, int depth) {
  Json out = Json::object();
  std::vector<std::string> wanted;
  if (const Json* required = find(schema, {"required"}); required != nullptr && required->is_array()) {
    for (const Json& name : *required) wanted.push_back(name.get<std::string>());
  }
  const Json* properties = find(schema, {"properties"});
  if (properties != nullptr) {
    for (const auto& [name, inner] : properties->items()) {
      if (chance(60)) wanted.push_back(name);
    }
  }
  for (int i = chance(50) ? 0 : below(3); i > 0; --i) wanted.push_back(one_of(names));
  const auto least = static_cast<std::size_t>(int_at(schema, {"minProperties"}));
  for (std::size_t i = 0; wanted.size() < least && i < names.size(); ++i) wanted.push_back(names[i]);
  const Json* rest = find(schema, {"additionalProperties"});
  const Json* by_pattern = find(schema, {"patternProperties"});
  for (const std::string& name : wanted) {
    const Json* mine = properties == nullptr ? nullptr : find(*properties, {name});
    if (mine == nullptr && by_pattern != nullptr && !by_pattern->empty() && chance(50)) mine = &by_pattern->front();
    if (mine == nullptr) mine = rest;
    out[name] = mine != nullptr && mine->is_object() ? made(root, *mine, depth - 1) : anything(1);
  }
  return out;
}

void RandomJsonSchema::disturb(Json& document) {
  std::vector<Json*> all{&document};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i]->is_structured()) continue;
    for (Json& inner : *all[i]) all.push_back(&inner);
  }
  Json& at = *one_of(all);
  switch (below(4)) {
    case 0:
      if (at.is_object() && !at.empty()) {
        at.erase(at.begin());
        return;
      }
      if (at.is_array() && !at.empty()) {
        at.erase(at.size() - 1);
        return;
      }
      break;
    case 1:
      if (at.is_object()) at[one_of(names)] = anything(1);
      if (at.is_array()) at.push_back(at.empty() || chance(50) ? anything(1) : Json(at.front()));
      if (at.is_structured()) return;
      break;
    default:
      break;
  }
  if (at.is_number() && chance(50)) {
    const double moved = at.get<double>() + one_of(std::vector<double>{1, -1, 0.5});
    at = moved == static_cast<int>(moved) ? Json(static_cast<int>(moved)) : Json(moved);
  } else {
    at = anything(1);
  }
}

std::vector<Json> RandomJsonSchema::documents(const Json& schema, int count) {
  std::vector<Json> out;
  for (int i = 0; i < count; ++i) {
    out.push_back(i % 10 == 9 ? anything(3) : made(schema, schema, 5));
    if (i % 2 == 1) disturb(out.back());
  }
  return out;
}

}  // namespace cloudflow::testing
