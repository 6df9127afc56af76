// YAML documents through yaml-cpp: scalars by YAML 1.2, places, and what is not wanted in configuration.
#include "planner/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

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

/// Notes where documents begin.
class DocumentStarts final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override { inside_ = false; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { begin(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { begin(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    begin(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    begin(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    begin(mark);
  }
  void OnMapEnd() override {}
  const std::vector<YAML::Mark>& starts() const { return starts_; }

 private:
  void begin(const YAML::Mark& mark) {
    if (!inside_) starts_.push_back(mark);
    inside_ = true;
  }
  bool inside_ = false;
  std::vector<YAML::Mark> starts_{};
};

struct DocumentCount {
  std::vector<YAML::Mark> starts{};
  bool endless = false;
};

/// yaml-cpp 0.7 finds documents without end, and without moving on, in text like ",[a": so there may be no more than
/// lines.
DocumentCount count_documents(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  DocumentStarts documents;
  const auto most = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 2;
  while (documents.starts().size() <= most) {
    if (!parser.HandleNextDocument(documents)) return {documents.starts(), false};
  }
  return {documents.starts(), true};
}

}  // namespace

ConfigValue read_yaml(std::string_view text, std::string_view name, YamlKeys keys, Diagnostics& problems) {
  YamlReader reader(name, keys, problems);
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    // Only these can be more than one document, and counting means parsing once more.
    if (root.IsNull() || text.find("\n---") != std::string_view::npos || text.find("\n...") != std::string_view::npos) {
      const DocumentCount documents = count_documents(text);
      if (documents.endless)
        reader.error("yaml-syntax", YAML::Mark::null_mark(), "not valid YAML: found something that begins nothing");
      if (!documents.endless && documents.starts.size() > 1) {
        reader.error("yaml-documents", documents.starts[1],
                     fmt::format("the file holds {} YAML documents where one was expected", documents.starts.size()),
                     "remove the '---' lines between them, or make several files");
      }
    }
    return root.IsNull() ? ConfigValue::object({}, SourcePos{std::string(name), 1, 1}) : reader.read(root, 0);
  } catch (const YAML::Exception& problem) {
    reader.error("yaml-syntax", problem.mark, "not valid YAML: " + problem.msg);
  }
  return ConfigValue::object({}, SourcePos{std::string(name), 1, 1});
}

}  // namespace cloudflow
