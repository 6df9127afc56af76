// Protobuf schemas as text that reads back as the same schema.
#include <fmt/format.h>

#include <algorithm>

#include "planner/schema/protobuf/protobuf_schema.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Prints files: nested types inside their message, types by full name.
class Printer {
 public:
  Printer(const ProtoSchema& schema, bool full) : schema_(schema), full_(full) {}

  std::string all() && {
    for (file_ = 0; file_ < schema_.files.size(); ++file_) {
      const std::size_t before = out_.size();
      head();
      const std::size_t start = out_.size();
      const std::string prefix = package_.empty() ? "" : package_ + ".";
      // What is read back begins with the same message, which is the record.
      if (full_ && file_ == 0) first_ = prefix + schema_.first;
      if (const ProtoMessage* first = first_.empty() ? nullptr : schema_.message(first_)) message(first_, *first, "");
      inside(prefix, "");
      first_.clear();
      extensions();
      // An imported file of which nothing is used, or that every compiler knows, says nothing.
      if (file_ > 0 && (schema_.files[file_].well_known || out_.size() == start)) out_.resize(before);
    }
    return std::move(out_);
  }

 private:
  static std::string_view simple(const std::string& path) { return std::string_view(path).substr(path.rfind('.') + 1); }

  bool is_editions() const { return schema_.files[file_].syntax == "editions"; }

  void head() {
    const ProtoFile& file = schema_.files[file_];
    package_ = file.package;
    out_ += is_editions() ? "edition = \"2023\";\n" : fmt::format("syntax = {};\n", quote(file.syntax));
    if (!package_.empty()) out_ += fmt::format("package {};\n", package_);
    std::vector<std::string> imports = file.imports;
    std::sort(imports.begin(), imports.end());
    for (const std::string& path : imports) out_ += fmt::format("import {};\n", quote(path));
  }

  /// Every type directly inside `prefix` ("shop.Order.").
  void inside(const std::string& prefix, const std::string& indent) {
    const auto is_here = [&](const std::string& name, std::size_t file) {
      return file == file_ && name.find('.', prefix.size()) == std::string::npos;
    };
    for (auto at = schema_.messages.lower_bound(prefix); at != schema_.messages.end() && at->first.starts_with(prefix);
         ++at) {
      if (is_here(at->first, at->second.file) && at->first != first_) message(at->first, at->second, indent);
    }
    for (auto at = schema_.enums.lower_bound(prefix); at != schema_.enums.end() && at->first.starts_with(prefix);
         ++at) {
      if (is_here(at->first, at->second.file)) enumeration(at->second, indent);
    }
  }

  void message(const std::string& name, const ProtoMessage& message, const std::string& indent) {
    out_ += fmt::format("{}message {} {{\n", indent, simple(message.path));
    if (message.message_set) out_ += indent + "  option message_set_wire_format = true;\n";
    fields(message, indent + "  ");
    std::vector<std::pair<int, int>> ranges = message.reserved;
    std::sort(ranges.begin(), ranges.end());
    for (const auto& [from, to] : ranges)
      out_ += from == to ? fmt::format("{}  reserved {};\n", indent, from)
                         : fmt::format("{}  reserved {} to {};\n", indent, from, to);
    std::vector<std::string> names = message.reserved_names;
    std::sort(names.begin(), names.end());
    for (const std::string& one : names) out_ += fmt::format("{}  reserved {};\n", indent, quote(one));
    inside(name + ".", indent + "  ");
    out_ += indent + "}\n";
  }

  void fields(const ProtoMessage& message, const std::string& indent) {
    std::map<std::string, std::vector<const ProtoField*>> oneofs;
    for (const ProtoField& one : message.fields) {
      if (!one.oneof.empty()) oneofs[one.oneof].push_back(&one);
    }
    for (const ProtoField& one : message.fields) {
      if (!one.extension.empty()) continue;
      if (one.oneof.empty()) {
        field(one, indent);
      } else if (oneofs[one.oneof].front() == &one) {
        out_ += fmt::format("{}oneof {} {{\n", indent, one.oneof);
        for (const ProtoField* member : oneofs[one.oneof]) field(*member, indent + "  ");
        out_ += indent + "}\n";
      }
    }
  }

  void extensions() {
    for (const auto& [name, message] : schema_.messages) {
      std::vector<const ProtoField*> here;
      for (const ProtoField& one : message.fields) {
        if (!one.extension.empty() && one.file == file_) here.push_back(&one);
      }
      if (here.empty()) continue;
      out_ += fmt::format("extend .{} {{\n", name);
      for (const ProtoField* one : here) field(*one, "  ");
      out_ += "}\n";
    }
  }

  /// The canonical form has always named fields without a word in front "optional", and old fingerprints are made of
  /// it.
  std::string_view label_text(const ProtoField& field) const {
    if (!field.oneof.empty() || field.is_map()) return "";
    switch (field.label) {
      case ProtoLabel::required:
        return "required ";
      case ProtoLabel::repeated:
        return "repeated ";
      case ProtoLabel::optional:
        break;
    }
    return full_ && field.implicit && !is_editions() ? "" : "optional ";
  }

  std::string options_text(const ProtoField& field) const {
    std::vector<std::string> out;
    if (field.implicit && is_editions()) out.emplace_back("features.field_presence = IMPLICIT");
    if (field.delimited) out.emplace_back("features.message_encoding = DELIMITED");
    if (full_ && !field.default_value.empty()) out.push_back("default = " + field.default_value);
    return out.empty() ? "" : fmt::format(" [{}]", join(out, ", "));
  }

  void field(const ProtoField& field, const std::string& indent) {
    const std::string type =
        field.is_map() ? fmt::format("map<{}, {}>", field.map_key, type_text(field.type)) : type_text(field.type);
    out_ += fmt::format("{}{}{} {} = {}{};\n", indent, label_text(field), type, field.name, field.number,
                        options_text(field));
  }

  static std::string type_text(const ProtoType& type) {
    return type.kind == ProtoKind::scalar ? type.name : "." + type.name;
  }

  void enumeration(const ProtoEnum& type, const std::string& indent) {
    out_ += fmt::format("{}enum {} {{\n", indent, simple(type.path));
    if (type.closed && is_editions()) out_ += indent + "  option features.enum_type = CLOSED;\n";
    for (const auto& [name, number] : type.values) out_ += fmt::format("{}  {} = {};\n", indent, name, number);
    out_ += indent + "}\n";
  }

  const ProtoSchema& schema_;
  bool full_;
  std::size_t file_ = 0;
  std::string package_{};
  std::string first_{};  ///< the message that was printed before the others
  std::string out_{};
};

}  // namespace

std::string protobuf_canonical_form(const ProtoSchema& schema) { return Printer(schema, false).all(); }

std::string protobuf_full_form(const ProtoSchema& schema) { return Printer(schema, true).all(); }

}  // namespace cloudflow
