// YAML documents through yaml-cpp: scalars by YAML 1.2, places, and what is not wanted in configuration.
#include "planner/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <tuple>

#include "planner/config/utf8.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr int deepest_nesting = 500;

/// A node with an anchor, for its aliases.
struct Anchored {
  ConfigValue value{};
  YAML::Mark mark{};
  std::string text{};  ///< of a scalar, which may be a key
  std::string tag{};
  bool is_scalar = false;
  bool is_null = false;
  bool complete = false;
  std::size_t count = 1;  ///< values in it
  int height = 0;         ///< levels below it
};

struct Key {
  std::string name{};
  bool plain = false;  ///< neither quoted nor tagged
  bool usable = true;
  YAML::Mark mark{};
};

/// A list or object whose end has not come yet.
struct Open {
  bool is_map = false;
  YAML::Mark mark{};
  YAML::anchor_t anchor = YAML::NullAnchor;
  std::size_t left_before = 0;
  int height = 0;
  ConfigValue::List items{};
  ConfigValue::Object members{};
  ConfigValue merged{};
  std::optional<Key> key{};  ///< whose value is next
};

/// Builds the first document's value from the parser's events and counts the documents; nothing is read twice. An alias
/// shares the value that it stands for, and counts like it: whoever walks the tree will meet all of it again.
class YamlReader final : public YAML::EventHandler {
 public:
  YamlReader(const YamlText& text, YamlKeys keys, Diagnostics& problems)
      : file_(ConfigValue::kept_name(text.name)),
        first_line_(text.first_line),
        keys_(keys),
        problems_(problems),
        values_left_(1'000'000 + text.text.size()) {}

  /// The first document.
  const ConfigValue& root() const { return root_; }
  std::size_t documents() const { return documents_; }
  /// Whether there is nothing at all.
  bool is_empty() const { return documents_ == 0 || (documents_ == 1 && empty_); }
  const YAML::Mark& second_document() const { return second_; }

  ConfigValue::Place at(const YAML::Mark& mark) const {
    return {file_, mark.is_null() ? 0 : mark.line + 1 + first_line_, mark.column + 1};
  }

  void OnDocumentStart(const YAML::Mark&) override {
    ++documents_;
    at_root_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!wanted(mark, true)) return;
    Anchored node{.mark = mark, .is_null = true, .complete = true};
    if (is_key()) {
      take_key(node);
    } else if (begin_value()) {
      put(node.value = null_at(mark), 0);
    }
    keep(anchor, std::move(node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (!wanted(mark)) return;
    if (is_key()) {
      take_key({.mark = mark, .text = text, .tag = tag, .is_scalar = true});
    } else if (begin_value()) {
      put(scalar(text, tag, mark), 0);
    }
    if (anchor == YAML::NullAnchor) return;
    Anchored node{.mark = mark, .text = text, .tag = tag, .is_scalar = true, .complete = true};
    node.value = scalar(text, tag, mark);
    keep(anchor, std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!wanted(mark)) return;
    const Anchored& node = anchored_[anchor];
    if (is_key()) {
      take_key(node);
    } else if (begin_alias(node)) {
      put(node.is_null ? null_at(node.mark) : node.value, node.height);
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin_container(mark, tag, anchor, false);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin_container(mark, tag, anchor, true);
  }
  void OnSequenceEnd() override { end_container(); }
  void OnMapEnd() override { end_container(); }

 private:
  void error(std::string_view code, const YAML::Mark& mark, std::string message, std::string hint = {}) {
    problems_.error(std::string(code), at(mark).pos(), std::move(message), std::move(hint));
  }

  /// The place of the key, or of the list: where a value that is not written seems to be.
  YAML::Mark near(const YAML::Mark& mark) const {
    if (open_.empty()) return mark;
    return open_.back().key ? open_.back().key->mark : open_.back().mark;
  }

  ConfigValue null_at(const YAML::Mark& mark) const {
    const YAML::Mark around = near(mark);
    return ConfigValue::null(at(mark.line != around.line ? around : mark).pos());
  }

  /// Whether this event is part of what is being built.
  bool wanted(const YAML::Mark& mark, bool is_null = false) {
    if (std::exchange(at_root_, false)) {
      root_mark_ = mark;
      if (documents_ == 1) empty_ = is_null;
      if (documents_ == 2) second_ = mark;
    }
    return documents_ == 1 && skipped_ == 0;
  }

  bool is_key() const { return !open_.empty() && open_.back().is_map && !open_.back().key; }

  void take_key(const Anchored& node) {
    Key key{.name = node.is_null ? "null" : node.text, .plain = node.tag == "?", .mark = node.mark};
    key.usable = node.is_null || node.is_scalar;
    if (!key.usable) error("yaml-key", node.mark, "a key must be text, not a list or an object");
    open_.back().key = std::move(key);
  }

  void keep(YAML::anchor_t anchor, Anchored node) {
    if (anchor != YAML::NullAnchor) anchored_.insert_or_assign(anchor, std::move(node));
  }

  void give_up(const ConfigValue::Place& place, std::string message) {
    if (!std::exchange(given_up_, true)) problems_.error("config-too-deep", place.pos(), std::move(message));
  }

  /// Whether the next value is to be read; if not, its place is taken by null.
  bool begin_value() {
    if (!open_.empty() && open_.back().key && !open_.back().key->usable) {
      open_.back().key.reset();
      return false;
    }
    const YAML::Mark place = near(root_mark_);
    if (!given_up_ && std::ssize(open_) > deepest_nesting) give_up(at(place), too_deep());
    if (!given_up_ && values_left_ == 0) give_up(at(place), too_many());
    if (given_up_) {
      put(ConfigValue::null(at(place).pos()), 0);
      return false;
    }
    --values_left_;
    return true;
  }

  bool begin_alias(const Anchored& node) {
    if (!begin_value()) return false;
    if (!node.complete || std::ssize(open_) + node.height > deepest_nesting) give_up(at(near(node.mark)), too_deep());
    if (!given_up_ && node.count - 1 > values_left_) {
      std::size_t left = values_left_ + 1;
      give_up(last_of(node.value, node.value.place(), left).value_or(node.value.place()), too_many());
    }
    if (given_up_) {
      put(ConfigValue::null(at(near(node.mark)).pos()), 0);
      return false;
    }
    values_left_ -= node.count - 1;
    return true;
  }

  /// The place around the value for which nothing is left.
  static std::optional<ConfigValue::Place> last_of(const ConfigValue& value, const ConfigValue::Place& around,
                                                   std::size_t& left) {
    if (left-- == 0) return around;
    for (const ConfigValue& item : value.items()) {
      if (const auto found = last_of(item, value.place(), left)) return found;
    }
    for (const auto& [key, member] : value.members()) {
      if (const auto found = last_of(member, member.place(), left)) return found;
    }
    return std::nullopt;
  }

  static std::string too_deep() { return fmt::format("nested more than {} levels deep", deepest_nesting); }
  static std::string too_many() { return "the aliases of this file stand for too many values"; }

  void begin_container(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
    if (!wanted(mark)) {
      if (skipped_ > 0) ++skipped_;
      return;
    }
    if (is_key()) {
      take_key({.mark = mark});
      skipped_ = 1;
    } else if (begin_value()) {
      check_tag(mark, tag, is_map ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq");
      keep(anchor, {.mark = mark});
      open_.push_back({.is_map = is_map, .mark = mark, .anchor = anchor, .left_before = values_left_});
    } else {
      skipped_ = 1;
    }
  }

  void end_container() {
    if (documents_ != 1) return;
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    Open done = std::move(open_.back());
    open_.pop_back();
    const ConfigValue::Place place = at(done.mark);
    Anchored node{.mark = done.mark, .complete = true};
    const auto [anchor, left_before, height] = std::tuple(done.anchor, done.left_before, done.height);
    node.value = done.is_map ? ConfigValue::object_at(with_merged(std::move(done)), place)
                             : ConfigValue::list_at(std::move(done.items), place);
    node.count = left_before - values_left_ + 1;
    node.height = height;
    put(node.value, node.height);
    keep(anchor, std::move(node));
  }

  static ConfigValue::Object with_merged(Open&& done) {
    if (!done.merged.is_object()) return std::move(done.members);
    ConfigValue::Object all = done.merged.members();
    for (auto& [key, value] : done.members) all.insert_or_assign(key, std::move(value));
    return all;
  }

  /// Gives a finished value to what it stands in.
  void put(ConfigValue value, int height) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& around = open_.back();
    around.height = std::max(around.height, height + 1);
    if (!around.is_map) {
      around.items.push_back(std::move(value));
      return;
    }
    const Key key = *std::exchange(around.key, std::nullopt);
    if (key.plain && key.name == "<<") {
      around.merged = merge_key(value, key.mark);
    } else if (key.plain && keys_ == YamlKeys::paths) {
      add_path(around.members, key.name, std::move(value), key.mark);
    } else {
      add(around.members, key.name, std::move(value), key.mark);
    }
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

  void check_tag(const YAML::Mark& mark, std::string_view tag, std::string_view expected) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == expected) return;
    error("yaml-tag", mark, fmt::format("the tag {} is not supported", quote(tag)), "write the value without it");
  }

  ConfigValue scalar(const std::string& text, std::string_view tag, const YAML::Mark& mark) {
    static constexpr std::string_view core = "tag:yaml.org,2002:";
    const ConfigValue::Place place = at(mark);
    const std::string_view type = tag.starts_with(core) ? tag.substr(core.size()) : std::string_view();
    if (tag == "!" || type == "str") return ConfigValue::scalar(ConfigValue::Type::string, text, place);
    if (type != "null" && type != "bool" && type != "int" && type != "float") check_tag(mark, tag, "?");
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
  int first_line_;
  YamlKeys keys_;
  Diagnostics& problems_;
  std::size_t values_left_;
  bool given_up_ = false;
  std::size_t documents_ = 0;
  bool empty_ = false;
  bool at_root_ = false;  ///< the next event is a document's root
  YAML::Mark root_mark_{};
  YAML::Mark second_{};
  std::size_t skipped_ = 0;  ///< open lists and objects that nobody wants
  std::vector<Open> open_{};
  std::map<YAML::anchor_t, Anchored> anchored_{};
  ConfigValue root_{};
};

/// Reads all documents. yaml-cpp 0.7 finds documents without end, and without moving on, in text like ",[a:"; a file
/// cannot hold more documents than lines.
bool read_documents(std::string_view text, YamlReader& reader) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  const auto most = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 2;
  while (reader.documents() <= most) {
    if (!parser.HandleNextDocument(reader)) return true;
  }
  return false;
}

}  // namespace

ConfigValue read_yaml(const YamlText& source, YamlKeys keys, Diagnostics& problems) {
  const std::string_view text = source.text;
  const std::string name(source.name);
  const ConfigValue empty = ConfigValue::object({}, SourcePos{name, 1, 1});
  if (invalid_utf8(text)) {
    problems.error("config-encoding", {name, 1, 1}, "the file is not valid UTF-8", "save it as UTF-8");
    return empty;
  }
  // YAML allows no other control characters, and yaml-cpp never ends on some of them.
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  };
  if (const auto found = std::ranges::find_if(text, is_control); found != text.end()) {
    const int line = 1 + source.first_line + static_cast<int>(std::count(text.begin(), found, '\n'));
    problems.error("yaml-syntax", {name, line, 1}, "this line holds a control character");
    return empty;
  }
  // What is wrong in the values is told only when the whole file is YAML.
  Diagnostics found;
  YamlReader reader(source, keys, found);
  const auto fail = [&](std::string_view code, const YAML::Mark& mark, std::string message, std::string hint = {}) {
    problems.error(std::string(code), reader.at(mark).pos(), std::move(message), std::move(hint));
  };
  try {
    if (!read_documents(text, reader)) {
      fail("yaml-syntax", YAML::Mark::null_mark(), "not valid YAML: found something that begins nothing");
      return empty;
    }
  } catch (const YAML::Exception& problem) {
    fail("yaml-syntax", problem.mark, "not valid YAML: " + problem.msg);
    return empty;
  }
  if (reader.is_empty()) return empty;
  if (reader.documents() > 1) {
    const bool separated = text.starts_with("---") || text.find("\n---") != std::string_view::npos;
    fail("yaml-documents", reader.second_document(),
         separated ? fmt::format("the file holds {} YAML documents where one was expected", reader.documents())
                   : "this line does not continue what stands above it",
         separated ? "remove the '---' lines between them, or make several files"
                   : "check the indentation; a list and keys cannot stand side by side");
  }
  for (const Diagnostic& problem : found.all()) problems.add(problem);
  return reader.root();
}

}  // namespace cloudflow
