// Puts a .proto file together with what it imports, and gives every type its full name.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>

#include "planner/schema/json_text.h"
#include "planner/schema/protobuf/protobuf_parse.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_reserved = 5000;
constexpr std::size_t max_files = 1000;

std::string full_name(const ProtoFile& file, const std::string& path) {
  return file.package.empty() ? path : file.package + "." + path;
}

/// Reads imports, and theirs, each once.
class Gatherer {
 public:
  Gatherer(const ProtoImports& imports, ProtoSchema& schema) : imports_(imports), schema_(schema) {
    schema_.files.clear();
  }

  Result<void> all(const ProtoSource& source, ProtoParsed parsed) {
    text_format_ = parsed.text_format;
    if (!parsed.messages.empty()) schema_.first = parsed.messages.front().path;
    schema_.package_unknown = parsed.package_unknown;
    if (parsed.text_format) follow_types(parsed);
    CF_CHECK(add(source, std::move(parsed), false));
    while (!open_.empty()) {
      const std::string next = std::move(open_.front());
      open_.pop_front();
      CF_CHECK(follow(next));
    }
    std::ranges::sort(schema_.not_found);
    return {};
  }

  const ProtoSource& source_of(std::size_t file) const { return sources_[file]; }
  const std::vector<ProtoExtension>& extensions() const { return extensions_; }
  bool text_format() const { return text_format_; }

 private:
  void want(const std::string& import) {
    if (known_.insert(import).second) open_.push_back(import);
  }

  /// A lone descriptor names Google's types without an import.
  void follow_types(const ProtoParsed& parsed) {
    for (const ProtoMessage& message : parsed.messages) {
      for (const ProtoField& field : message.fields) {
        if (!field.type.name.starts_with(".")) continue;
        const std::string_view file = well_known_proto_of(std::string_view(field.type.name).substr(1));
        if (!file.empty()) want(std::string(file));
      }
    }
  }

  Result<void> follow(const std::string& import) {
    if (const auto known = well_known_proto(import)) return read(*known, import, true);
    auto found = imports_ ? imports_(import) : std::nullopt;
    if (!found) {
      schema_.not_found.push_back(import);
      return {};
    }
    texts_.push_back(std::move(*found));
    return read(texts_.back().text, texts_.back().file, false);
  }

  Result<void> read(std::string_view text, std::string_view file, bool well_known) {
    if (sources_.size() >= max_files)
      return sources_.front().bad(0, fmt::format("more than {} files are imported", max_files));
    const ProtoSource source{text, file};
    CF_TRY(const std::vector<ProtoToken> tokens, protobuf_tokens(text, file));
    CF_TRY(ProtoParsed parsed, parse_proto_file(source, tokens));
    return add(source, std::move(parsed), well_known);
  }

  Result<void> add(const ProtoSource& source, ProtoParsed parsed, bool well_known) {
    const std::size_t base = schema_.files.size();
    for (ProtoFile& file : parsed.files) {
      for (const std::string& import : file.imports) want(import);
      file.well_known = well_known;
      schema_.files.push_back(std::move(file));
      sources_.push_back(source);
    }
    for (ProtoMessage& message : parsed.messages) {
      message.file += base;
      for (ProtoField& field : message.fields) field.file += base;
      std::string name = full_name(schema_.files[message.file], message.path);
      if (!schema_.messages.emplace(name, message).second) return twice(source, message.offset, name);
    }
    for (ProtoEnum& type : parsed.enums) {
      type.file += base;
      std::string name = full_name(schema_.files[type.file], type.path);
      if (schema_.messages.contains(name) || !schema_.enums.emplace(name, type).second)
        return twice(source, type.offset, name);
    }
    for (ProtoExtension& one : parsed.extensions) {
      one.field.file += base;
      extensions_.push_back(std::move(one));
    }
    return {};
  }

  static std::unexpected<Error> twice(const ProtoSource& source, std::size_t offset, const std::string& name) {
    return source.bad(offset, fmt::format("{} is already defined", quote(name)));
  }

  const ProtoImports& imports_;
  ProtoSchema& schema_;
  std::deque<ProtoImport> texts_{};
  std::vector<ProtoSource> sources_{};  ///< of each file
  std::vector<ProtoExtension> extensions_{};
  std::set<std::string> known_{};
  std::deque<std::string> open_{};
  bool text_format_ = false;
};

/// Gives every field's type its full name, every field and enum its features, and proves what a parser alone cannot
/// see.
class Resolver {
 public:
  Resolver(const Gatherer& gathered, ProtoSchema& schema) : gathered_(gathered), schema_(schema) {}

  Result<void> all() {
    for (auto& [name, type] : schema_.enums) {
      type.closed = type.features.inside(features_around(name, type.file)).closed.value_or(true);
      CF_CHECK(check(type));
    }
    for (auto& [name, message] : schema_.messages) {
      for (ProtoField& field : message.fields) CF_CHECK(resolve(field, name));
    }
    for (const ProtoExtension& one : gathered_.extensions()) CF_CHECK(extend(one));
    for (auto& [name, message] : schema_.messages) {
      // By place too, so that the second of two equal numbers is the one reported.
      std::sort(message.fields.begin(), message.fields.end(), [](const ProtoField& a, const ProtoField& b) {
        return std::tie(a.number, a.file, a.offset) < std::tie(b.number, b.file, b.offset);
      });
      CF_CHECK(check(message));
    }
    return {};
  }

 private:
  static std::string outer_of(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos ? "" : name.substr(0, dot);
  }

  /// The features of the messages around `name`, then of the file.
  ProtoFeatures features_around(const std::string& name, std::size_t file) const {
    ProtoFeatures out;
    for (std::string outer = outer_of(name); !outer.empty(); outer = outer_of(outer)) {
      if (const ProtoMessage* message = schema_.message(outer)) out = out.inside(message->features);
    }
    const ProtoFile& around = schema_.files[file];
    return out.inside(around.features).inside(features_of_syntax(around.syntax));
  }

  bool adopt(ProtoType& type, const std::string& name) const {
    const bool message = schema_.messages.contains(name);
    if (!message && !schema_.enums.contains(name)) return false;
    type = {message ? ProtoKind::message : ProtoKind::enum_, name};
    return true;
  }

  /// Where the package is not known (a lone descriptor), the longest ending that is a type here.
  bool adopt_full(ProtoType& type, std::string name) const {
    while (!adopt(type, name)) {
      const std::size_t dot = name.find('.');
      if (!schema_.package_unknown || dot == std::string::npos) return false;
      name.erase(0, dot + 1);
    }
    return true;
  }

  bool find_type(ProtoType& type, std::string scope) const {
    const std::string written = type.name;
    if (written.starts_with(".")) return adopt_full(type, written.substr(1));
    for (; !scope.empty(); scope = outer_of(scope)) {
      if (adopt(type, scope + "." + written)) return true;
    }
    return adopt_full(type, written);
  }

  Result<void> resolve(ProtoField& field, const std::string& scope) const {
    if (is_proto_scalar(field.type.name)) {
      field.type.kind = ProtoKind::scalar;
    } else if (!find_type(field.type, scope)) {
      CF_CHECK(external(field));
    }
    const ProtoFeatures features = field.features.inside(features_around(scope + ".", field.file));
    const bool single = field.label != ProtoLabel::repeated && field.oneof.empty();
    const bool message = field.type.kind == ProtoKind::message;
    if (single && features.presence == ProtoPresence::required) field.label = ProtoLabel::required;
    field.implicit = single && !message && features.presence == ProtoPresence::implicit;
    field.delimited =
        (message || field.type.kind == ProtoKind::external) && !field.is_map() && features.delimited.value_or(false);
    return {};
  }

  Result<void> external(ProtoField& field) const {
    const std::string written = field.type.name;
    const bool said = field.type.kind == ProtoKind::message || field.type.kind == ProtoKind::enum_;
    if (!said && !gathered_.text_format() && schema_.not_found.empty() && !written.starts_with(".")) {
      std::vector<std::string> known = proto_scalars();
      for (const auto& [name, message] : schema_.messages) known.push_back(message.path);
      for (const auto& [name, type] : schema_.enums) known.push_back(type.path);
      return gathered_.source_of(field.file)
          .bad(field.offset, fmt::format("the type of field {}, {}, is not defined", quote(field.name), quote(written)),
               did_you_mean(written, known));
    }
    if (!said) field.type.kind = ProtoKind::external;
    field.type.name = written.starts_with(".") ? written.substr(1) : written;
    return {};
  }

  /// What extends a message that is not known goes with it; most of these are options of the schema itself.
  Result<void> extend(const ProtoExtension& one) {
    const ProtoFile& file = schema_.files[one.field.file];
    const std::string scope = one.scope.empty() ? file.package : full_name(file, one.scope);
    ProtoType target{ProtoKind::external, one.message};
    if (!find_type(target, scope) || target.kind != ProtoKind::message) return {};
    ProtoField field = one.field;
    field.extension = scope.empty() ? "." : scope;
    CF_CHECK(resolve(field, scope));
    schema_.messages.at(target.name).fields.push_back(std::move(field));
    return {};
  }

  Result<void> check(const ProtoMessage& message) const {
    if (message.reserved.size() + message.reserved_names.size() > max_reserved) {
      return gathered_.source_of(message.file)
          .bad(message.offset,
               fmt::format("message {} reserves more than {} ranges and names", quote(message.path), max_reserved));
    }
    std::set<std::string> names;
    int last = 0;
    for (const ProtoField& field : message.fields) {
      const auto bad = [&](std::string text) {
        return gathered_.source_of(field.file)
            .bad(field.offset, fmt::format("message {}: {}", quote(message.path), text));
      };
      if (field.number == last) return bad(fmt::format("field number {} is there twice", field.number));
      last = field.number;
      if (!field.extension.empty()) continue;
      if (!names.insert(field.name).second) return bad(fmt::format("field {} is there twice", quote(field.name)));
      if (message.is_reserved(field.number))
        return bad(fmt::format("field {} uses the reserved number {}", quote(field.name), field.number));
      if (message.is_reserved(field.name)) return bad(fmt::format("field {} uses a reserved name", quote(field.name)));
    }
    return {};
  }

  Result<void> check(const ProtoEnum& type) const {
    const ProtoSource& source = gathered_.source_of(type.file);
    if (type.values.empty()) return source.bad(type.offset, fmt::format("enum {} has no value", quote(type.path)));
    if (type.closed || type.values[0].second == 0 || gathered_.text_format()) return {};
    const bool third = schema_.files[type.file].syntax == "proto3";
    return source.bad(type.offset, fmt::format("the first value of enum {} must be 0 {}", quote(type.path),
                                               third ? "in proto3" : "unless features.enum_type is CLOSED"));
  }

  const Gatherer& gathered_;
  ProtoSchema& schema_;
};

/// Leaves of the imported types those that are used, and puts their files together by package and syntax.
class Bundler {
 public:
  explicit Bundler(ProtoSchema& schema) : schema_(schema) {}

  void all() {
    find_used();
    std::erase_if(schema_.messages, [&](const auto& entry) { return !is_used(entry.second); });
    std::erase_if(schema_.enums, [&](const auto& entry) { return !is_used(entry.second); });
    put_together();
  }

 private:
  using Top = std::pair<std::size_t, std::string>;  ///< file, and the path's first name

  static Top top_of(std::size_t file, const std::string& path) { return {file, path.substr(0, path.find('.'))}; }

  template <class Type>
  bool is_used(const Type& type) const {
    return type.file == 0 || used_.contains(top_of(type.file, type.path));
  }

  void use(const Top& top) {
    if (used_.insert(top).second) open_.push_back(top);
  }

  void find_used() {
    std::map<Top, std::vector<const ProtoMessage*>> inside;
    for (const auto& [name, message] : schema_.messages) {
      inside[top_of(message.file, message.path)].push_back(&message);
      if (message.file == 0) use(top_of(0, message.path));
    }
    while (!open_.empty()) {
      const Top next = std::move(open_.back());
      open_.pop_back();
      for (const ProtoMessage* message : inside[next]) {
        for (const ProtoField& field : message->fields) {
          if (const ProtoMessage* of = schema_.message(field.type.name)) use(top_of(of->file, of->path));
          if (const ProtoEnum* of = schema_.enumeration(field.type.name)) use(top_of(of->file, of->path));
        }
      }
    }
  }

  void put_together() {
    std::map<std::tuple<bool, std::string, std::string>, ProtoFile> groups;
    const auto key = [](const ProtoFile& file) { return std::tuple(file.well_known, file.package, file.syntax); };
    const auto is_kept = [&](const std::string& import) {
      return well_known_proto(import) || std::ranges::binary_search(schema_.not_found, import);
    };
    for (std::size_t i = 0; i < schema_.files.size(); ++i) {
      ProtoFile& file = schema_.files[i];
      std::erase_if(file.imports, [&](const std::string& import) { return !is_kept(import); });
      if (i == 0) continue;
      const auto [place, fresh] = groups.try_emplace(key(file));
      ProtoFile& group = place->second;
      if (fresh) group = {.syntax = file.syntax, .package = file.package, .well_known = file.well_known};
      group.imports.insert(group.imports.end(), file.imports.begin(), file.imports.end());
    }
    std::map<std::tuple<bool, std::string, std::string>, std::size_t> indexes;
    std::vector<ProtoFile> files{schema_.files[0]};
    for (auto& [name, group] : groups) {
      std::ranges::sort(group.imports);
      const auto repeated = std::ranges::unique(group.imports);
      group.imports.erase(repeated.begin(), repeated.end());
      indexes.emplace(name, files.size());
      files.push_back(std::move(group));
    }
    const auto move = [&](std::size_t& file) { file = file == 0 ? 0 : indexes.at(key(schema_.files[file])); };
    for (auto& [name, message] : schema_.messages) {
      move(message.file);
      for (ProtoField& field : message.fields) move(field.file);
    }
    for (auto& [name, type] : schema_.enums) move(type.file);
    schema_.files = std::move(files);
  }

  ProtoSchema& schema_;
  std::set<Top> used_{};
  std::vector<Top> open_{};
};

}  // namespace

Result<ProtoSchema> resolve_protobuf(const ProtoSource& source, ProtoParsed parsed, const ProtoImports& imports) {
  ProtoSchema schema;
  Gatherer gatherer(imports, schema);
  CF_CHECK(gatherer.all(source, std::move(parsed)));
  CF_CHECK(Resolver(gatherer, schema).all());
  Bundler(schema).all();
  return schema;
}

}  // namespace cloudflow
