// YAML documents through yaml-cpp: scalars by YAML 1.2, places, and what is not wanted in configuration.
#include "planner/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "planner/config/utf8.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr int deepest_nesting = 500;

class YamlReader {
 public:
  YamlReader(std::string_view text, std::string_view name, YamlKeys keys, Diagnostics& problems)
      : file_(ConfigValue::kept_name(name)), keys_(keys), problems_(problems), nodes_left_(1'000'000 + text.size()) {}

  /// `near` is the place of the key: a value that is not written has none.
  ConfigValue read(const YAML::Node& node, const YAML::Mark& near, int depth) {
    const bool unwritten = node.IsNull() && node.Mark().line != near.line;
    const ConfigValue::Place place = at(unwritten ? near : node.Mark());
    if (given_up_ || depth > deepest_nesting || nodes_left_-- == 0) {
      if (!given_up_) {
        error("config-too-deep", near,
              depth > deepest_nesting ? fmt::format("nested more than {} levels deep", deepest_nesting)
                                      : "the aliases of this file stand for too many values");
      }
      given_up_ = true;
      return ConfigValue::null(place.pos());
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return ConfigValue::null(place.pos());
      case YAML::NodeType::Scalar:
        return scalar(node, place);
      case YAML::NodeType::Sequence: {
        check_tag(node, "tag:yaml.org,2002:seq");
        ConfigValue::List items;
        for (const YAML::Node& item : node) items.push_back(read(item, node.Mark(), depth + 1));
        return ConfigValue::list_at(std::move(items), place);
      }
      case YAML::NodeType::Map:
        return map(node, depth);
    }
    return {};
  }

  void error(std::string_view code, const YAML::Mark& mark, std::string message, std::string hint = {}) {
    problems_.error(std::string(code), at(mark).pos(), std::move(message), std::move(hint));
  }

 private:
  ConfigValue::Place at(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  ConfigValue map(const YAML::Node& node, int depth) {
    check_tag(node, "tag:yaml.org,2002:map");
    ConfigValue::Object members;
    ConfigValue merged;
    for (const auto& entry : node) {
      const YAML::Node& key = entry.first;
      if (!key.IsScalar() && !key.IsNull()) {
        error("yaml-key", key.Mark(), "a key must be text, not a list or an object");
        continue;
      }
      const std::string name = key.IsNull() ? "null" : key.Scalar();
      ConfigValue value = read(entry.second, key.Mark(), depth + 1);
      const bool plain = key.Tag() == "?";
      if (plain && name == "<<") {
        merged = merge_key(value, key.Mark());
      } else if (plain && keys_ == YamlKeys::paths) {
        add_path(members, name, std::move(value), key.Mark());
      } else {
        add(members, name, std::move(value), key.Mark());
      }
    }
    const ConfigValue::Place place = at(node.Mark());
    if (!merged.is_object()) return ConfigValue::object_at(std::move(members), place);
    ConfigValue::Object all = merged.members();
    for (auto& [key, value] : members) all.insert_or_assign(key, std::move(value));
    return ConfigValue::object_at(std::move(all), place);
  }

  /// `<<: *base` or `<<: [*first, *second]`: the members of those objects, the earlier ones first.
  ConfigValue merge_key(const ConfigValue& value, const YAML::Mark& mark) {
    ConfigValue::Object all;
    const ConfigValue::List sources = value.is_list() ? value.items() : ConfigValue::List{value};
    for (const ConfigValue& source : sources) {
      if (!source.is_object() && !given_up_)
        error("yaml-key", mark, "'<<' takes an object or a list of objects",
              "put the key in quotes if it is meant as a name");
      for (const auto& [key, member] : source.members()) all.emplace(key, member);
    }
    return ConfigValue::object_at(std::move(all), at(mark));
  }

  void add(ConfigValue::Object& members, const std::string& name, ConfigValue value, const YAML::Mark& mark) {
    const auto [place, added] = members.emplace(name, std::move(value));
    if (added) return;
    error("yaml-duplicate-key", mark, fmt::format("key {} is given twice", quote(name)),
          fmt::format("the value of the first is at line {}", place->second.where().line));
  }

  /// As HOCON does it: a period makes a path, and objects of one key merge.
  void add_path(ConfigValue::Object& members, const std::string& name, ConfigValue value, const YAML::Mark& mark) {
    const std::vector<std::string> steps = split(name, '.');
    if (steps.size() > 1 && std::ranges::find(steps, "") != steps.end()) {
      return error("yaml-key", mark, fmt::format("the path {} has an empty step", quote(name)),
                   "put a key with such periods in quotes");
    }
    if (steps.size() > static_cast<std::size_t>(deepest_nesting)) {
      return error("config-too-deep", mark, fmt::format("nested more than {} levels deep", deepest_nesting));
    }
    for (std::size_t i = steps.size(); i-- > 1;)
      value = ConfigValue::object_at({{steps[i], std::move(value)}}, at(mark));
    const auto found = members.find(steps.front());
    if (found != members.end() && found->second.is_object() && value.is_object()) {
      found->second = value.over(found->second);
      return;
    }
    add(members, steps.front(), std::move(value), mark);
  }

  void check_tag(const YAML::Node& node, std::string_view expected) {
    const std::string& tag = node.Tag();
    if (tag.empty() || tag == "?" || tag == "!" || tag == expected) return;
    error("yaml-tag", node.Mark(), fmt::format("the tag {} is not supported", quote(tag)),
          "write the value without it");
  }

  ConfigValue scalar(const YAML::Node& node, const ConfigValue::Place& place) {
    static constexpr std::string_view core = "tag:yaml.org,2002:";
    const std::string& text = node.Scalar();
    const std::string_view tag = node.Tag();
    const std::string_view type = tag.starts_with(core) ? tag.substr(core.size()) : std::string_view();
    if (tag == "!" || type == "str") return ConfigValue::scalar(ConfigValue::Type::string, text, place);
    if (type != "null" && type != "bool" && type != "int" && type != "float") check_tag(node, "?");
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
      return ConfigValue::scalar(ConfigValue::Type::null, {}, place);
    if (text == "true" || text == "True" || text == "TRUE")
      return ConfigValue::scalar(ConfigValue::Type::boolean, "true", place);
    if (text == "false" || text == "False" || text == "FALSE")
      return ConfigValue::scalar(ConfigValue::Type::boolean, "false", place);
    if (std::optional<std::string> number = number_text(text))
      return ConfigValue::scalar(ConfigValue::Type::number, *std::move(number), place);
    return ConfigValue::scalar(ConfigValue::Type::string, text, place);
  }

  /// The text of a number in YAML 1.2's core schema; hexadecimal and octal ones become decimal.
  static std::optional<std::string> number_text(const std::string& text) {
    const char* begin = text.data();
    const char* end = begin + text.size();
    for (const auto& [sign, base] : {std::pair<std::string_view, int>{"0x", 16}, {"0o", 8}}) {
      if (!text.starts_with(sign)) continue;
      unsigned long long value = 0;
      const auto [stop, problem] = std::from_chars(begin + 2, end, value, base);
      if (problem == std::errc() && stop == end) return std::to_string(value);
      return std::nullopt;
    }
    if (text.find_first_not_of("0123456789eE+-.") != std::string::npos) return std::nullopt;
    const char* first = *begin == '+' ? begin + 1 : begin;
    if (first != end && *begin == '+' && *first == '-') return std::nullopt;
    double value = 0;
    const auto [stop, problem] = std::from_chars(first, end, value);
    if (problem != std::errc() || stop != end) return std::nullopt;
    return std::string(first, end);
  }

  const std::string* file_;
  YamlKeys keys_;
  Diagnostics& problems_;
  std::size_t nodes_left_;
  bool given_up_ = false;
};

/// Counts documents and keeps nothing.
class DocumentCount final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override { ++count; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
  std::size_t count = 0;
};

/// yaml-cpp 0.7 finds documents without end, and without moving on, in text like ",[a:"; LoadAll would take all memory.
/// A file cannot hold more documents than lines.
bool has_endless_documents(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  DocumentCount documents;
  const auto most = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 2;
  while (documents.count <= most) {
    if (!parser.HandleNextDocument(documents)) return false;
  }
  return true;
}

}  // namespace

ConfigValue read_yaml(std::string_view text, std::string_view name, YamlKeys keys, Diagnostics& problems) {
  YamlReader reader(text, name, keys, problems);
  const ConfigValue empty = ConfigValue::object({}, SourcePos{std::string(name), 1, 1});
  if (invalid_utf8(text)) {
    problems.error("config-encoding", {std::string(name), 1, 1}, "the file is not valid UTF-8", "save it as UTF-8");
    return empty;
  }
  // YAML allows no other control characters, and yaml-cpp never ends on some of them.
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  };
  if (const auto found = std::ranges::find_if(text, is_control); found != text.end()) {
    const int line = 1 + static_cast<int>(std::count(text.begin(), found, '\n'));
    problems.error("yaml-syntax", {std::string(name), line, 1}, "this line holds a control character");
    return empty;
  }
  try {
    if (has_endless_documents(text)) {
      reader.error("yaml-syntax", YAML::Mark::null_mark(), "not valid YAML: found something that begins nothing");
      return empty;
    }
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.empty() || (documents.size() == 1 && documents[0].IsNull())) return empty;
    if (documents.size() > 1) {
      const bool separated = text.starts_with("---") || text.find("\n---") != std::string_view::npos;
      reader.error("yaml-documents", documents[1].Mark(),
                   separated ? fmt::format("the file holds {} YAML documents where one was expected", documents.size())
                             : "this line does not continue what stands above it",
                   separated ? "remove the '---' lines between them, or make several files"
                             : "check the indentation; a list and keys cannot stand side by side");
    }
    return reader.read(documents[0], documents[0].Mark(), 0);
  } catch (const YAML::Exception& problem) {
    reader.error("yaml-syntax", problem.mark, "not valid YAML: " + problem.msg);
  }
  return empty;
}

}  // namespace cloudflow
