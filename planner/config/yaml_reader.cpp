// YAML documents through yaml-cpp: scalars by YAML 1.2, places, and what is not wanted in configuration.
#include "planner/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr int deepest_nesting = 500;

class YamlReader {
 public:
  YamlReader(std::string_view name, YamlKeys keys, Diagnostics& problems)
      : file_(ConfigValue::kept_name(name)), keys_(keys), problems_(problems) {}

  ConfigValue read(const YAML::Node& node, int depth) {
    const ConfigValue::Place place = at(node.Mark());
    if (depth > deepest_nesting) {
      if (!too_deep_)
        error("config-too-deep", node.Mark(), fmt::format("nested more than {} levels deep", deepest_nesting));
      too_deep_ = true;
      return ConfigValue::null(place.pos());
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return ConfigValue::null(place.pos());
      case YAML::NodeType::Scalar:
        return scalar(node);
      case YAML::NodeType::Sequence: {
        ConfigValue::List items;
        for (const YAML::Node& item : node) items.push_back(read(item, depth + 1));
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
    ConfigValue out = ConfigValue::object({}, at(node.Mark()).pos());
    ConfigValue::Object members;
    for (const auto& entry : node) {
      const YAML::Node& key = entry.first;
      if (!key.IsScalar() && !key.IsNull()) {
        error("yaml-key", key.Mark(), "a key must be text, not a list or an object");
        continue;
      }
      const std::string name = key.IsNull() ? "null" : key.Scalar();
      ConfigValue value = read(entry.second, depth + 1);
      if (keys_ == YamlKeys::paths && key.Tag() == "?" && name.find('.') != std::string::npos) {
        const std::vector<std::string> steps = split(name, '.');
        if (std::ranges::find(steps, "") != steps.end()) {
          error("yaml-key", key.Mark(), fmt::format("the path {} has an empty step", quote(name)),
                "put a key with periods in quotes");
          continue;
        }
        for (std::size_t i = steps.size(); i-- > 1;)
          value = ConfigValue::object_at({{steps[i], std::move(value)}}, at(key.Mark()));
        const auto [place, added] = members.emplace(steps.front(), value);
        if (!added) place->second = value.over(place->second);
        continue;
      }
      const auto [place, added] = members.emplace(name, value);
      if (added) continue;
      if (keys_ == YamlKeys::paths && place->second.is_object() && value.is_object()) {
        place->second = value.over(place->second);
        continue;
      }
      error("yaml-duplicate-key", key.Mark(), fmt::format("key {} is given twice", quote(name)),
            fmt::format("the first is at line {}", place->second.where().line));
    }
    return ConfigValue::object_at(std::move(members), at(node.Mark()));
  }

  ConfigValue scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const std::string& tag = node.Tag();
    const ConfigValue::Place place = at(node.Mark());
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return ConfigValue::string(text, place.pos());
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
      return ConfigValue::null(place.pos());
    if (text == "true" || text == "True" || text == "TRUE") return ConfigValue::boolean(true, place.pos());
    if (text == "false" || text == "False" || text == "FALSE") return ConfigValue::boolean(false, place.pos());
    if (std::optional<std::string> number = number_text(text))
      return ConfigValue::number(*std::move(number), place.pos());
    return ConfigValue::string(text, place.pos());
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
  bool too_deep_ = false;
};

}  // namespace

ConfigValue read_yaml(std::string_view text, std::string_view name, YamlKeys keys, Diagnostics& problems) {
  YamlReader reader(name, keys, problems);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.empty()) return ConfigValue::object({}, SourcePos{std::string(name), 1, 1});
    if (documents.size() > 1) {
      reader.error("yaml-documents", documents[1].Mark(),
                   fmt::format("the file holds {} YAML documents where one was expected", documents.size()),
                   "remove the '---' lines between them, or make several files");
    }
    return documents[0].IsNull() ? ConfigValue::object({}, SourcePos{std::string(name), 1, 1})
                                 : reader.read(documents[0], 0);
  } catch (const YAML::Exception& problem) {
    reader.error("yaml-syntax", problem.mark, "not valid YAML: " + problem.msg);
  }
  return ConfigValue::object({}, SourcePos{std::string(name), 1, 1});
}

}  // namespace cloudflow
