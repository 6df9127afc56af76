// The names that a writer's types and fields have for a reader.
#include "planner/schema/avro/avro_aliases.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// What the reader's aliases stand for. Where two types have the same alias, the later one has it.
class Aliases {
 public:
  explicit Aliases(const AvroSchema& reader) : reader_(reader) { collect(reader.root); }

  bool empty() const { return types_.empty() && fields_.empty(); }

  std::string type(const std::string& full_name) const {
    const auto found = types_.find(full_name);
    return found == types_.end() ? full_name : found->second;
  }

  std::string field(const std::string& record, const std::string& name) const {
    const auto of = fields_.find(record);
    if (of == fields_.end()) return name;
    const auto found = of->second.find(name);
    return found == of->second.end() ? name : found->second;
  }

 private:
  void collect(std::size_t index) {
    const AvroType& type = reader_.at(index);
    for (const std::string& alias : type.aliases) types_[alias] = type.full_name;
    if (type.kind == AvroKind::record) {
      if (!seen_.insert(index).second) return;
      for (const AvroField& field : type.fields) {
        for (const std::string& alias : field.aliases) fields_[type.full_name][alias] = field.name;
        collect(field.type);
      }
      const auto own = fields_.find(type.full_name);
      if (own == fields_.end()) return;
      const std::map<std::string, std::string> names = own->second;
      for (const std::string& alias : type.aliases) fields_[alias] = names;
      return;
    }
    for (const std::size_t inner : type.inner) collect(inner);
  }

  const AvroSchema& reader_;
  std::map<std::string, std::string> types_{};                          ///< alias → full name
  std::map<std::string, std::map<std::string, std::string>> fields_{};  ///< record → alias → name
  std::set<std::size_t> seen_{};
};

/// False when nothing has another name now.
bool rename(AvroSchema& schema, const Aliases& aliases) {
  bool changed = false;
  const auto set = [&](std::string& name, const std::string& to) {
    changed = changed || name != to;
    name = to;
  };
  for (AvroType& type : schema.types) {
    if (!type.is_named()) continue;
    set(type.full_name, aliases.type(type.full_name));
    type.name = type.full_name.substr(type.full_name.rfind('.') + 1);
    for (AvroField& field : type.fields) set(field.name, aliases.field(type.full_name, field.name));
  }
  return changed;
}

std::string branch_name(const AvroType& type) {
  return type.is_named() ? type.full_name : std::string(name_of(type.kind));
}

std::optional<AvroRenamed::Clash> find_clash(const AvroSchema& renamed, const AvroSchema& writer) {
  for (std::size_t i = 0; i < renamed.types.size(); ++i) {
    const AvroType& type = renamed.types[i];
    std::map<std::string, std::string> names;  // as renamed → as written
    const auto clash = [&](const std::string& name, const std::string& written,
                           std::string_view what) -> std::optional<AvroRenamed::Clash> {
      const auto [place, fresh] = names.emplace(name, written);
      if (fresh) return std::nullopt;
      return AvroRenamed::Clash{i, fmt::format("the reader's aliases make {} {} and {} of the writer both {}", what,
                                               quote(place->second), quote(written), quote(name))};
    };
    if (type.kind == AvroKind::union_) {
      for (const std::size_t branch : type.inner) {
        if (auto found = clash(branch_name(renamed.at(branch)), branch_name(writer.at(branch)), "branches"))
          return found;
      }
    }
    for (std::size_t k = 0; k < type.fields.size(); ++k) {
      if (auto found = clash(type.fields[k].name, writer.types[i].fields[k].name, "fields")) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

AvroRenamed with_aliases_of(const AvroSchema& reader, const AvroSchema& writer) {
  AvroRenamed out{.schema = writer};
  const Aliases aliases(reader);
  if (aliases.empty()) return out;
  rename(out.schema, aliases);
  out.clash = find_clash(out.schema, writer);
  AvroSchema again = out.schema;
  if (!out.clash && rename(again, aliases))
    out.clash = {writer.root, "an alias of the reader leads to a name that is an alias itself"};
  return out;
}

}  // namespace cloudflow
