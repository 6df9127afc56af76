// An Avro schema: parsed, with every name resolved and every default proven.
#include "planner/schema/avro/avro_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "planner/schema/avro/avro_default.h"
#include "planner/schema/avro/avro_logical.h"
#include "planner/schema/json_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 14> kind_names = {"null",   "boolean", "int",    "long",  "float",
                                                         "double", "bytes",   "string", "array", "map",
                                                         "fixed",  "enum",    "record", "union"};
constexpr std::size_t primitives = 8;

std::optional<AvroKind> primitive(std::string_view name) {
  const auto end = kind_names.begin() + primitives;
  const auto found = std::find(kind_names.begin(), end, name);
  if (found == end) return std::nullopt;
  return static_cast<AvroKind>(found - kind_names.begin());
}

/// Letters outside ASCII are allowed, as in the Java library.
bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), fits);
}

/// Java does not look at namespaces; we only refuse what could not stand in JSON or in a path.
bool is_namespace(std::string_view space) {
  return std::none_of(space.begin(), space.end(),
                      [](char c) { return c == '"' || c == '\\' || c == '/' || static_cast<unsigned char>(c) <= ' '; });
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  Result<AvroSchema> parse(const Json& json) {
    CF_TRY(schema_.root, type(json, ""));
    return std::move(schema_);
  }

 private:
  using Index = Result<std::size_t>;

  std::unexpected<Error> bad(const std::string& path, std::string message) const {
    if (!path.empty()) message += fmt::format(" (at {})", path);
    return std::unexpected(schema_error(text_, path, file_, std::move(message)));
  }

  std::size_t add(AvroType type) {
    schema_.types.push_back(std::move(type));
    return schema_.types.size() - 1;
  }

  Index type(const Json& json, const std::string& path) {
    if (json.is_string()) return reference(json.get_ref<const std::string&>(), path);
    if (json.is_array()) return union_type(json, path);
    if (json.is_object()) return object(json, path);
    return bad(path, fmt::format("an avro schema is a name, an object or a list, not {}", json.type_name()));
  }

  /// A name without dots is looked for in the namespace around it, then in none.
  Index reference(const std::string& name, const std::string& path) {
    if (const auto kind = primitive(name)) return add(AvroType{.kind = *kind});
    if (const auto found = find_named(name)) return *found;
    std::vector<std::string> known(kind_names.begin(), kind_names.begin() + primitives);
    for (const auto& [full, index] : named_) known.push_back(full);
    Error error = bad(path, fmt::format("type {} is not defined", quote(name))).error();
    error.hint = did_you_mean(name, known);
    return std::unexpected(std::move(error));
  }

  std::optional<std::size_t> find_named(const std::string& name) const {
    const bool qualified = name.find('.') != std::string::npos;
    const auto found = named_.find(qualified || space_.empty() ? name : space_ + "." + name);
    if (found != named_.end()) return found->second;
    const auto plain = qualified ? named_.end() : named_.find(name);
    if (plain != named_.end()) return plain->second;
    return std::nullopt;
  }

  Index union_type(const Json& json, const std::string& path) {
    const std::size_t index = add(AvroType{.kind = AvroKind::union_});
    std::set<std::string> seen;
    for (std::size_t i = 0; i < json.size(); ++i) {
      const std::string here = fmt::format("{}/{}", path, i);
      CF_TRY(const std::size_t branch, type(json[i], here));
      const AvroType& inner = schema_.types[branch];
      if (inner.kind == AvroKind::union_) return bad(here, "a union must not directly contain a union");
      const std::string name = inner.is_named() ? inner.full_name : std::string(name_of(inner.kind));
      if (!seen.insert(name).second) return bad(here, fmt::format("{} is twice in the union", quote(name)));
      schema_.types[index].inner.push_back(branch);
    }
    return index;
  }

  Index object(const Json& json, const std::string& path) {
    const Json* type_name = find(json, {"type"});
    if (type_name == nullptr) return bad(path, "the schema has no \"type\"");
    if (!type_name->is_string()) return bad(path + "/type", "\"type\" of a schema must be a string");
    const std::string& name = type_name->get_ref<const std::string&>();
    const std::string saved = space_;
    Index result = known_type(json, name, path);
    space_ = saved;
    return result;
  }

  Index known_type(const Json& json, const std::string& name, const std::string& path) {
    if (const auto kind = primitive(name)) return with_logical(add(AvroType{.kind = *kind}), json, path);
    if (name == "array") return container(json, AvroKind::array, "items", path);
    if (name == "map") return container(json, AvroKind::map, "values", path);
    if (name == "record" || name == "error") return record(json, path);
    if (name == "enum") return enumeration(json, path);
    if (name == "fixed") return fixed(json, path);
    return reference(name, path + "/type");
  }

  Index with_logical(std::size_t index, const Json& json, const std::string& path) {
    schema_.types[index].logical = logical_type(json, schema_.types[index], path, schema_.warnings);
    return index;
  }

  Index container(const Json& json, AvroKind kind, const char* key, const std::string& path) {
    const Json* inner = find(json, {key});
    if (inner == nullptr) return bad(path, fmt::format("the {} has no {}", name_of(kind), quote(key)));
    const std::size_t index = add(AvroType{.kind = kind});
    CF_TRY(const std::size_t of, type(*inner, fmt::format("{}/{}", path, key)));
    schema_.types[index].inner.push_back(of);
    return with_logical(index, json, path);
  }

  /// Registers a named type and makes its namespace the current one.
  Index start_named(const Json& json, AvroKind kind, const std::string& path) {
    const Json* name = find(json, {"name"});
    if (name == nullptr) return bad(path, fmt::format("the {} has no \"name\"", name_of(kind)));
    if (!name->is_string()) return bad(path + "/name", "\"name\" must be a string");
    const Json* space = find(json, {"namespace"});
    AvroType type{.kind = kind};
    type.full_name = name->get<std::string>();
    const std::size_t dot = type.full_name.rfind('.');
    type.name = type.full_name.substr(dot + 1);
    if (dot != std::string::npos) {
      space_ = type.full_name.substr(0, dot);
    } else if (space != nullptr && space->is_string()) {
      space_ = space->get<std::string>();
    }
    if (!is_name(type.name)) {
      return bad(path + "/name",
                 fmt::format("{} is not a name: letters, digits and '_', not starting with a digit", quote(type.name)));
    }
    if (!is_namespace(space_)) return bad(path, fmt::format("{} is not a namespace", quote(space_)));
    type.full_name = space_.empty() ? type.name : space_ + "." + type.name;
    if (primitive(type.full_name))
      return bad(path + "/name", fmt::format("{} is the name of a primitive type", quote(type.full_name)));
    CF_TRY(type.aliases, aliases(json, path, space_, true));
    const std::string full = type.full_name;
    const std::size_t index = add(std::move(type));
    if (!named_.emplace(full, index).second)
      return bad(path + "/name", fmt::format("{} is already defined", quote(full)));
    return index;
  }

  Result<std::vector<std::string>> aliases(const Json& json, const std::string& path, const std::string& space,
                                           bool named) const {
    std::vector<std::string> out;
    const Json* list = find(json, {"aliases"});
    if (list == nullptr) return out;
    if (!list->is_array()) return bad(path + "/aliases", "\"aliases\" must be a list of names");
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string here = fmt::format("{}/aliases/{}", path, i);
      if (!(*list)[i].is_string()) return bad(here, "an alias must be a string");
      const std::string alias = (*list)[i].get<std::string>();
      if (named && !is_name(alias.substr(alias.rfind('.') + 1)))
        return bad(here, fmt::format("{} is not a name", quote(alias)));
      const bool relative = alias.find('.') == std::string::npos && !space.empty();
      out.push_back(relative ? space + "." + alias : alias);
    }
    return out;
  }

  Index record(const Json& json, const std::string& path) {
    CF_TRY(const std::size_t index, start_named(json, AvroKind::record, path));
    const Json* fields = find(json, {"fields"});
    if (fields == nullptr || !fields->is_array())
      return bad(path, fmt::format("record {} has no list \"fields\"", quote(schema_.types[index].full_name)));
    open_.insert(index);
    std::vector<AvroField> all;
    std::set<std::string> names;
    for (std::size_t i = 0; i < fields->size(); ++i) {
      const std::string here = fmt::format("{}/fields/{}", path, i);
      CF_TRY(AvroField one, field((*fields)[i], here));
      if (!names.insert(one.name).second)
        return bad(here + "/name", fmt::format("field {} is there twice", quote(one.name)));
      all.push_back(std::move(one));
    }
    schema_.types[index].fields = std::move(all);
    open_.erase(index);
    return with_logical(index, json, path);
  }

  Result<AvroField> field(const Json& json, const std::string& path) {
    if (!json.is_object()) return bad(path, fmt::format("a field must be an object, not {}", json.type_name()));
    const Json* name = find(json, {"name"});
    if (name == nullptr || !name->is_string()) return bad(path, "the field has no \"name\"");
    AvroField field{.name = name->get<std::string>()};
    if (!is_name(field.name)) {
      return bad(path + "/name", fmt::format("{} is not a name: letters, digits and '_', not starting with a digit",
                                             quote(field.name)));
    }
    const Json* of = find(json, {"type"});
    if (of == nullptr) return bad(path, fmt::format("field {} has no \"type\"", quote(field.name)));
    CF_TRY(field.type, type(*of, path + "/type"));
    CF_CHECK(check_order(json, path));
    CF_TRY(field.aliases, aliases(json, path, "", false));
    if (const Json* value = find(json, {"default"})) {
      field.default_value = *value;
      if (const auto problem = default_problem(schema_, open_, field.type, *value, true)) {
        return bad(path + "/default" + problem->path,
                   fmt::format("default of field {}: {}", quote(field.name), problem->message));
      }
    }
    return field;
  }

  Result<void> check_order(const Json& json, const std::string& path) const {
    const Json* order = find(json, {"order"});
    if (order == nullptr) return {};
    const std::string value = order->is_string() ? lower(order->get<std::string>()) : "";
    if (value == "ascending" || value == "descending" || value == "ignore") return {};
    return bad(path + "/order", "\"order\" must be \"ascending\", \"descending\" or \"ignore\"");
  }

  Index enumeration(const Json& json, const std::string& path) {
    CF_TRY(const std::size_t index, start_named(json, AvroKind::enum_, path));
    const Json* symbols = find(json, {"symbols"});
    if (symbols == nullptr || !symbols->is_array())
      return bad(path, fmt::format("enum {} has no list \"symbols\"", quote(schema_.types[index].full_name)));
    std::set<std::string> seen;
    for (std::size_t i = 0; i < symbols->size(); ++i) {
      const std::string here = fmt::format("{}/symbols/{}", path, i);
      const std::string symbol = (*symbols)[i].is_string() ? (*symbols)[i].get<std::string>() : "";
      if (!is_name(symbol))
        return bad(here, fmt::format("{} is not a symbol: letters, digits and '_', not starting with a digit",
                                     dump((*symbols)[i])));
      if (!seen.insert(symbol).second) return bad(here, fmt::format("symbol {} is there twice", quote(symbol)));
      schema_.types[index].symbols.push_back(symbol);
    }
    if (const Json* fallback = find(json, {"default"}); fallback != nullptr && !fallback->is_null()) {
      if (!fallback->is_string() || !seen.contains(fallback->get<std::string>())) {
        return bad(path + "/default", fmt::format("the enum's default {} is not one of its symbols", dump(*fallback)));
      }
      schema_.types[index].enum_default = fallback->get<std::string>();
    }
    return with_logical(index, json, path);
  }

  Index fixed(const Json& json, const std::string& path) {
    CF_TRY(const std::size_t index, start_named(json, AvroKind::fixed, path));
    const Json* size = find(json, {"size"});
    const std::string where = size == nullptr ? path : path + "/size";
    if (size == nullptr || !size->is_number_integer())
      return bad(where, fmt::format("fixed {} has no whole number \"size\"", quote(schema_.types[index].full_name)));
    const auto bytes = size->get<long long>();
    if (bytes < 0 || bytes > 2147483647)
      return bad(where, fmt::format("\"size\" must be 0 to 2147483647, not {}", dump(*size)));
    schema_.types[index].size = bytes;
    return with_logical(index, json, path);
  }

  std::string_view text_;
  std::string_view file_;
  AvroSchema schema_{};
  std::map<std::string, std::size_t> named_{};
  std::set<std::size_t> open_{};  ///< records whose fields are being read
  std::string space_{};
};

}  // namespace

std::string_view name_of(AvroKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

Result<AvroSchema> parse_avro_schema(std::string_view text, std::string_view file) {
  CF_TRY(const Json json, read_schema_json(text, "avro schema", file));
  return Parser(text, file).parse(json);
}

}  // namespace cloudflow
