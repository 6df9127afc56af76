// Avro's parsing canonical form, and a fuller form of our own.
#include "planner/schema/avro/avro_canonical.h"

#include <algorithm>
#include <set>

namespace cloudflow {
namespace {

class Writer {
 public:
  Writer(const AvroSchema& schema, bool contract) : schema_(schema), contract_(contract) {}

  std::string take() && {
    type(schema_.root);
    return std::move(out_);
  }

 private:
  void text(std::string_view value) { out_ += dump(Json(value)); }

  void names(std::string_view key, std::vector<std::string> values, bool sorted) {
    if (sorted) std::sort(values.begin(), values.end());
    out_ += key;
    out_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      text(values[i]);
    }
    out_ += ']';
  }

  void type(std::size_t index) {
    const AvroType& type = schema_.at(index);
    switch (type.kind) {
      case AvroKind::array:
        return container(type, "{\"type\":\"array\",\"items\":");
      case AvroKind::map:
        return container(type, "{\"type\":\"map\",\"values\":");
      case AvroKind::union_:
        return branches(type);
      case AvroKind::record:
      case AvroKind::enum_:
      case AvroKind::fixed:
        return named(index, type);
      case AvroKind::null:
      case AvroKind::boolean:
      case AvroKind::int_:
      case AvroKind::long_:
      case AvroKind::float_:
      case AvroKind::double_:
      case AvroKind::bytes:
      case AvroKind::string:
        return primitive(type);
    }
  }

  bool has_logical(const AvroType& type) const { return contract_ && !type.logical.name.empty(); }

  void logical(const AvroType& type) {
    if (!has_logical(type)) return;
    out_ += ",\"logicalType\":";
    text(type.logical.name);
    if (type.logical.name != "decimal") return;
    out_ +=
        ",\"precision\":" + std::to_string(type.logical.precision) + ",\"scale\":" + std::to_string(type.logical.scale);
  }

  void primitive(const AvroType& type) {
    if (!has_logical(type)) return text(name_of(type.kind));
    out_ += "{\"type\":";
    text(name_of(type.kind));
    logical(type);
    out_ += '}';
  }

  void container(const AvroType& of, std::string_view start) {
    out_ += start;
    type(of.inner[0]);
    out_ += '}';
  }

  void branches(const AvroType& of) {
    out_ += '[';
    for (std::size_t i = 0; i < of.inner.size(); ++i) {
      if (i > 0) out_ += ',';
      type(of.inner[i]);
    }
    out_ += ']';
  }

  void named(std::size_t index, const AvroType& type) {
    if (!written_.insert(index).second) return text(type.full_name);
    out_ += "{\"name\":";
    text(type.full_name);
    out_ += ",\"type\":";
    text(name_of(type.kind));
    if (type.kind == AvroKind::record) fields(type);
    if (type.kind == AvroKind::enum_) names(",\"symbols\":", type.symbols, false);
    if (type.kind == AvroKind::fixed) out_ += ",\"size\":" + std::to_string(type.size);
    if (contract_) {
      if (!type.aliases.empty()) names(",\"aliases\":", type.aliases, true);
      if (type.enum_default) out_ += ",\"default\":" + dump(Json(*type.enum_default));
      logical(type);
    }
    out_ += '}';
  }

  void fields(const AvroType& of) {
    out_ += ",\"fields\":[";
    for (std::size_t i = 0; i < of.fields.size(); ++i) {
      const AvroField& field = of.fields[i];
      out_ += i > 0 ? ",{\"name\":" : "{\"name\":";
      text(field.name);
      out_ += ",\"type\":";
      type(field.type);
      if (contract_ && !field.aliases.empty()) names(",\"aliases\":", field.aliases, true);
      if (contract_ && field.default_value) out_ += ",\"default\":" + dump(*field.default_value);
      out_ += '}';
    }
    out_ += ']';
  }

  const AvroSchema& schema_;
  bool contract_;
  std::set<std::size_t> written_{};
  std::string out_{};
};

}  // namespace

std::string avro_canonical_form(const AvroSchema& schema) { return Writer(schema, false).take(); }

std::string avro_contract_form(const AvroSchema& schema) { return Writer(schema, true).take(); }

}  // namespace cloudflow
