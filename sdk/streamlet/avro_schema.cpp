// Schemas as text: how they are written, and their canonical form.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cloudflow/streamlet/avro_type.h"
#include "sdk/streamlet/fingerprint.h"

namespace cloudflow::streamlet {
namespace {

using Ordered = nlohmann::ordered_json;

/// "com.example" of "com.example.Reading"; empty where there is none.
std::string_view namespace_of(std::string_view full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : full_name.substr(0, dot);
}

std::string_view own_name(std::string_view full_name) { return full_name.substr(full_name.rfind('.') + 1); }

bool is_primitive(std::string_view name) {
  for (const std::string_view one : {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}) {
    if (name == one) return true;
  }
  return false;
}

std::string full_name(const std::string& name, const std::string& space) {
  return name.find('.') != std::string::npos || space.empty() ? name : space + "." + name;
}

/// The parsing canonical form of the specification, for a value of a "type" inside `space`.
Ordered canonical(const Ordered& type, const std::string& space) {
  if (type.is_string()) {
    const auto name = type.get<std::string>();
    return is_primitive(name) ? name : full_name(name, space);
  }
  if (type.is_array()) {
    Ordered out = Ordered::array();
    for (const Ordered& branch : type) out.push_back(canonical(branch, space));
    return out;
  }
  const Ordered& kind = type.at("type");
  if (!kind.is_string() || is_primitive(kind.get<std::string>())) return canonical(kind, space);
  if (kind == "array") return {{"type", kind}, {"items", canonical(type.at("items"), space)}};
  if (kind == "map") return {{"type", kind}, {"values", canonical(type.at("values"), space)}};
  const std::string name = full_name(type.at("name").get<std::string>(), type.value("namespace", space));
  const std::string inner(namespace_of(name));
  Ordered out{{"name", name}, {"type", kind}};
  if (kind == "enum") out["symbols"] = type.at("symbols");
  if (kind == "fixed") out["size"] = type.at("size");
  if (kind == "record") {
    Ordered& fields = out["fields"] = Ordered::array();
    for (const Ordered& field : type.at("fields"))
      fields.push_back({{"name", field.at("name")}, {"type", canonical(field.at("type"), inner)}});
  }
  return out;
}

}  // namespace

bool SchemaText::begin(std::string_view kind, std::string_view full_name) {
  const std::string_view space = namespace_of(full_name);
  const std::string around = namespaces_.empty() ? "" : namespaces_.back();
  if (!written_.emplace(full_name).second) {
    text += fmt::format(R"("{}")", space == around ? own_name(full_name) : full_name);
    return false;
  }
  text += fmt::format(R"({{"type":"{}","name":"{}")", kind, own_name(full_name));
  if (space != around) text += fmt::format(R"(,"namespace":"{}")", space);
  namespaces_.emplace_back(space);
  return true;
}

void SchemaText::end() {
  text += '}';
  namespaces_.pop_back();
}

namespace avro {

std::string canonical_form(std::string_view schema) {
  try {
    return canonical(Ordered::parse(schema), "").dump();
  } catch (const Ordered::exception& problem) {
    throw CodecError(fmt::format("this is no Avro schema: {}", problem.what()));
  }
}

std::string fingerprint(std::string_view schema) { return base64_sha256(canonical_form(schema)); }

}  // namespace avro
}  // namespace cloudflow::streamlet
