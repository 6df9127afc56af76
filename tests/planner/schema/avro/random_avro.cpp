// Random Avro schemas, and small changes of them.
#include "tests/planner/schema/avro/random_avro.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace cloudflow::testing {
namespace {

constexpr std::array<const char*, 8> primitives = {"null",  "boolean", "int",   "long",
                                                   "float", "double",  "bytes", "string"};

int below(std::mt19937& random, int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); }
bool chance(std::mt19937& random, int percent) { return below(random, 100) < percent; }

template <class List>
auto& one_of(List& list, std::mt19937& random) {
  return list[static_cast<std::size_t>(below(random, static_cast<int>(list.size())))];
}

std::string full_name(const Json& named) {
  return named.at("namespace").get<std::string>() + "." + named.at("name").get<std::string>();
}

bool is_named(const Json& type) { return type.is_object() && type.contains("name"); }

/// What a union tells its branches apart by.
std::string branch_name(const Json& type) {
  if (type.is_string()) return type.get<std::string>();
  return is_named(type) ? full_name(type) : type.at("type").get<std::string>();
}

class Maker {
 public:
  explicit Maker(std::mt19937& random) : random_(random) {}

  Json record(int depth) {
    Json out = named("record");
    const std::string name = full_name(out);
    Json fields = Json::array();
    const int count = 1 + below(random_, depth == 0 ? 4 : 3);
    for (int i = 0; i < count; ++i) {
      Json field{{"name", fmt::format("f{}", i)}, {"type", type(depth + 1)}};
      if (chance(random_, 12) && depth < 3) field["type"] = Json::array({"null", name});
      fields.push_back(std::move(field));
    }
    out["fields"] = std::move(fields);
    known_.push_back(name);
    return out;
  }

  Json type(int depth) {
    const int what = below(random_, depth > 3 ? 12 : 24);
    if (what < 11) return one_of(primitives, random_);
    if (what == 11) return known_.empty() ? Json("int") : Json(one_of(known_, random_));
    if (what < 14) return {{"type", "array"}, {"items", type(depth + 1)}};
    if (what < 16) return {{"type", "map"}, {"values", type(depth + 1)}};
    if (what < 20) return choice(depth);
    if (what < 21) return enumeration();
    if (what < 22) return fixed();
    return record(depth + 1);
  }

 private:
  Json named(const char* kind) {
    return {{"type", kind}, {"name", fmt::format("T{}", count_++)}, {"namespace", chance(random_, 70) ? "a" : "b"}};
  }

  Json enumeration() {
    Json out = named("enum");
    Json symbols = Json::array();
    const int count = 1 + below(random_, 3);
    for (int i = 0; i < count; ++i) symbols.push_back(fmt::format("S{}", i));
    out["symbols"] = std::move(symbols);
    if (chance(random_, 25)) out["default"] = "S0";
    known_.push_back(full_name(out));
    return out;
  }

  Json fixed() {
    Json out = named("fixed");
    out["size"] = 1 + below(random_, 3);
    known_.push_back(full_name(out));
    return out;
  }

  Json choice(int depth) {
    Json out = Json::array();
    std::set<std::string> names;
    const int count = 1 + below(random_, 3);
    for (int i = 0; i < count; ++i) {
      Json branch = type(depth + 1);
      if (!branch.is_array() && names.insert(branch_name(branch)).second) out.push_back(std::move(branch));
    }
    if (out.empty()) out.push_back("int");
    return out;
  }

  std::mt19937& random_;
  std::vector<std::string> known_{};
  int count_ = 0;
};

struct Places {
  std::vector<Json*> types{};  ///< everything that stands for a type
  std::vector<Json*> fields{};
  std::vector<Json*> named{};  ///< where they are defined
  std::vector<Json*> unions{};
};

void collect(Json& type, Places& out) {
  out.types.push_back(&type);
  if (type.is_array()) {
    out.unions.push_back(&type);
    for (Json& branch : type) collect(branch, out);
    return;
  }
  if (!type.is_object()) return;
  if (is_named(type)) out.named.push_back(&type);
  if (type.contains("items")) collect(type["items"], out);
  if (type.contains("values")) collect(type["values"], out);
  if (!type.contains("fields")) return;
  for (Json& field : type["fields"]) {
    out.fields.push_back(&field);
    collect(field["type"], out);
  }
}

Json random_default(const Json& type, std::mt19937& random) {
  if (type.is_array())
    return type.empty()
               ? Json()
               : random_default(type[static_cast<std::size_t>(below(random, static_cast<int>(type.size())))], random);
  const std::string name = type.is_string() ? type.get<std::string>() : type.at("type").get<std::string>();
  if (name == "null") return nullptr;
  if (name == "boolean") return chance(random, 50);
  if (name == "int" || name == "long") return below(random, 100);
  if (name == "float" || name == "double") return 0.5 + below(random, 3);
  if (name == "string" || name == "bytes") return "text";
  if (name == "array") return Json::array();
  if (name == "map") return Json::object();
  if (name == "fixed") return std::string(static_cast<std::size_t>(type.at("size").get<int>()), 'x');
  if (name == "enum") return type.at("symbols")[0];
  if (name == "record") {
    Json out = Json::object();
    for (const Json& field : type.at("fields"))
      out[field.at("name").get<std::string>()] = random_default(field.at("type"), random);
    return out;
  }
  return nullptr;  // a name: seldom right
}

void rename(Json& schema, Json& named, std::mt19937& random) {
  const std::string before = full_name(named);
  if (chance(random, 50)) {
    named["namespace"] = named["namespace"] == "a" ? "b" : "a";
  } else {
    named["name"] = fmt::format("N{}", below(random, 4));
  }
  const std::string after = full_name(named);
  if (chance(random, 60)) named["aliases"] = Json::array({before});
  Places places;
  collect(schema, places);
  for (Json* type : places.types) {
    if (type->is_string() && *type == before) *type = after;
  }
}

void edit_union(Json& choice, std::mt19937& random) {
  if (chance(random, 40) && choice.size() > 1) {
    choice.erase(choice.begin() + below(random, static_cast<int>(choice.size())));
  } else if (chance(random, 50)) {
    std::ranges::reverse(choice.get_ref<Json::array_t&>());
  } else {
    const Json more = one_of(primitives, random);
    if (std::ranges::find(choice, more) == choice.end()) choice.push_back(more);
  }
}

void edit_named(Json& schema, Json& named, const Places& places, std::mt19937& random) {
  const std::string kind = named.at("type");
  const int what = below(random, 8);
  if (what == 0) return rename(schema, named, random);
  if (what == 1 && chance(random, 50)) {
    const Json& other = *one_of(places.named, random);
    named["aliases"].push_back(full_name(other));
    return;
  }
  if (kind == "fixed") {
    named["size"] = 1 + below(random, 3);
  } else if (kind == "enum") {
    Json& symbols = named["symbols"];
    if (chance(random, 50) || symbols.size() < 2) {
      symbols.push_back(fmt::format("S{}", 3 + symbols.size()));
    } else {
      symbols.erase(symbols.begin() + below(random, static_cast<int>(symbols.size())));
      if (named.contains("default")) named["default"] = symbols[0];
    }
  } else {
    Json& fields = named["fields"];
    if (what < 5 && fields.size() > 1) {
      fields.erase(fields.begin() + below(random, static_cast<int>(fields.size())));
    } else {
      fields.push_back({{"name", fmt::format("g{}", fields.size())}, {"type", one_of(primitives, random)}});
      if (chance(random, 60)) fields.back()["default"] = random_default(fields.back()["type"], random);
    }
  }
}

void edit_field(Json& field, const Places& places, std::mt19937& random) {
  const int what = below(random, 4);
  if (what == 0) {
    const std::string before = field.at("name");
    field["name"] = fmt::format("h{}", below(random, 3));
    if (chance(random, 70)) field["aliases"] = Json::array({before});
  } else if (what == 1) {
    field["aliases"].push_back(one_of(places.fields, random)->at("name"));
  } else {
    field["default"] = random_default(field.at("type"), random);
  }
}

void edit_type(Json& type, std::mt19937& random) {
  static const std::array<std::vector<const char*>, 2> alike = {
      {{"int", "long", "float", "double"}, {"bytes", "string"}}};
  if (chance(random, 25) && !type.is_array()) {
    type = chance(random, 50) || type == "null" ? Json::array({type}) : Json::array({"null", type});
    return;
  }
  if (!type.is_string()) return;
  const std::string name = type.get<std::string>();
  for (const auto& group : alike) {
    if (std::ranges::find(group, name) != group.end()) type = one_of(group, random);
  }
  if (chance(random, 20)) type = one_of(primitives, random);
}

}  // namespace

Json random_avro(std::mt19937& random) { return Maker(random).record(0); }

void edit_avro(Json& schema, std::mt19937& random) {
  Places places;
  collect(schema, places);
  const int what = below(random, 10);
  if (what < 2 && !places.unions.empty()) return edit_union(*one_of(places.unions, random), random);
  if (what < 5) return edit_named(schema, *one_of(places.named, random), places, random);
  if (what < 8 && !places.fields.empty()) return edit_field(*one_of(places.fields, random), places, random);
  if (places.types.size() > 1)
    edit_type(*places.types[1 + static_cast<std::size_t>(below(random, static_cast<int>(places.types.size()) - 1))],
              random);
}

}  // namespace cloudflow::testing
