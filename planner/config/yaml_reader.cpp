// YAML documents: scalars by YAML 1.2, places, and what is not wanted in configuration.
#include "planner/config/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <tuple>

#include "planner/config/utf8.h"
#include "sdk/support/text.h"
#include "sdk/support/yaml_events.h"

namespace cloudflow {
namespace {

constexpr int deepest_nesting = 500;

/// A node with an anchor, for its aliases.
struct Anchored {
  ConfigValue value{};
  YamlMark mark{};
  std::string text{};  ///< of a scalar, which may be a key
  bool plain = false;
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
  YamlMark mark{};
};

/// A list or object whose end has not come yet.
struct Open {
  bool is_map = false;
  YamlMark mark{};
  std::string anchor{};
  std::size_t left_before = 0;
  int height = 0;
  ConfigValue::List items{};
  ConfigValue::Object members{};
  ConfigValue merged{};
  std::optional<Key> key{};  ///< whose value is next
};

/// Builds the first document's value from the parser's events and counts the documents; nothing is read twice. An alias
/// shares the value that it stands for, and counts like it: whoever walks the tree will meet all of it again.
class YamlReader {
 public:
  YamlReader(const YamlText& text, YamlKeys keys, Diagnostics& problems)
      : file_(ConfigValue::kept_name(text.name)),
        first_line_(text.first_line),
        keys_(keys),
        scalars_(text.scalars),
        problems_(problems),
        values_left_(1'000'000 + text.text.size()) {}

  /// The first document.
  const ConfigValue& root() const { return root_; }
  std::size_t documents() const { return documents_; }
  /// Whether there is nothing at all.
  bool is_empty() const { return documents_ == 0 || (documents_ == 1 && empty_); }
  const YamlMark& second_document() const { return second_; }

  ConfigValue::Place at(const YamlMark& mark) const {
    return {file_, mark.line == 0 ? 0 : mark.line + first_line_, mark.column == 0 ? 1 : mark.column};
  }

  /// Takes the next event; false when nothing that follows can be of use.
  bool take(const YamlEvent& event) {
    using Kind = YamlEvent::Kind;
    if (event.kind == Kind::document) {
      ++documents_;
      at_root_ = true;
      depth_ = 0;
      return true;
    }
    if (std::exchange(at_root_, false)) {
      root_mark_ = event.at;
      if (documents_ == 1) empty_ = event.is_null();
      if (documents_ == 2) second_ = event.at;
    }
    if (event.kind == Kind::end) --depth_;
    if (documents_ == 1) take_wanted(event);
    // libyaml's work grows with the square of the depth.
    if (event.kind == Kind::list || event.kind == Kind::map) ++depth_;
    return depth_ <= deepest_nesting + 1;
  }

 private:
  void error(std::string_view code, const YamlMark& mark, std::string message, std::string hint = {}) {
    problems_.error(std::string(code), at(mark).pos(), std::move(message), std::move(hint));
  }

  /// An event of the first document.
  void take_wanted(const YamlEvent& event) {
    using Kind = YamlEvent::Kind;
    if (skipped_ > 0) {
      if (event.kind == Kind::list || event.kind == Kind::map) ++skipped_;
      if (event.kind == Kind::end) --skipped_;
      return;
    }
    switch (event.kind) {
      case Kind::document:
        return;
      case Kind::scalar:
        return take_scalar(event);
      case Kind::alias:
        return take_alias(event);
      case Kind::list:
      case Kind::map:
        return begin_container(event);
      case Kind::end:
        return end_container();
    }
  }

  void take_scalar(const YamlEvent& event) {
    const bool is_null = event.is_null();
    Anchored node{.mark = event.at,
                  .text = std::string(event.text),
                  .plain = event.plain,
                  .is_scalar = !is_null,
                  .is_null = is_null,
                  .complete = true};
    const bool may_be_key = is_key() || !event.anchor.empty();
    if (scalars_ == YamlScalars::kubectl && may_be_key && !is_null) node.text = key_of_kubectl(event);
    if (is_key()) {
      take_key(node);
      if (event.anchor.empty()) return;
      node.value = is_null ? null_at(event) : scalar(event);
    } else {
      const bool wanted = begin_value();
      node.value = is_null ? null_at(event) : scalar(event);
      if (wanted) put(node.value, 0);
    }
    keep(event.anchor, std::move(node));
  }

  void take_alias(const YamlEvent& event) {
    const auto found = anchored_.find(event.anchor);
    if (found == anchored_.end()) {
      error("yaml-syntax", event.at, fmt::format("not valid YAML: no value has the anchor {}", quote(event.anchor)));
      if (is_key()) return take_key({.mark = event.at, .is_null = true});
      if (begin_value()) put(ConfigValue::null(at(event.at).pos()), 0);
      return;
    }
    const Anchored& node = found->second;
    if (is_key()) {
      take_key(node);
    } else if (begin_alias(node)) {
      put(node.value, node.height);
    }
  }

  /// The place of the key, or of the list: where a value that is not written seems to be.
  YamlMark near(const YamlMark& mark) const {
    if (open_.empty()) return mark;
    return open_.back().key ? open_.back().key->mark : open_.back().mark;
  }

  ConfigValue null_at(const YamlEvent& event) const {
    const bool is_written = !event.text.empty() || open_.empty() || !open_.back().is_map;
    return ConfigValue::null(at(is_written ? event.at : near(event.at)).pos());
  }

  bool is_key() const { return !open_.empty() && open_.back().is_map && !open_.back().key; }

  void take_key(const Anchored& node) {
    Key key{.name = node.is_null ? "null" : node.text, .plain = node.plain, .mark = node.mark};
    key.usable = node.is_null || node.is_scalar;
    if (!key.usable) error("yaml-key", node.mark, "a key must be text, not a list or an object");
    if (scalars_ == YamlScalars::kubectl && node.is_null && node.complete)
      error("yaml-key", node.mark, "a key must be text, not null", "put it in quotes");
    open_.back().key = std::move(key);
  }

  void keep(std::string_view anchor, Anchored node) {
    if (!anchor.empty()) anchored_.insert_or_assign(std::string(anchor), std::move(node));
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
    const YamlMark place = near(root_mark_);
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

  void begin_container(const YamlEvent& event) {
    const bool is_map = event.kind == YamlEvent::Kind::map;
    if (is_key()) {
      take_key({.mark = event.at});
      skipped_ = 1;
    } else if (begin_value()) {
      check_tag(event.at, event.tag, is_map ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq");
      keep(event.anchor, {.mark = event.at});
      open_.push_back(
          {.is_map = is_map, .mark = event.at, .anchor = std::string(event.anchor), .left_before = values_left_});
    } else {
      skipped_ = 1;
    }
  }

  void end_container() {
    Open done = std::move(open_.back());
    open_.pop_back();
    const ConfigValue::Place place = at(done.mark);
    Anchored node{.mark = done.mark, .complete = true};
    const auto [anchor, left_before, height] = std::tuple(std::move(done.anchor), done.left_before, done.height);
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
  ConfigValue merge_key(const ConfigValue& value, const YamlMark& mark) {
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

  void add(ConfigValue::Object& members, const std::string& name, ConfigValue value, const YamlMark& mark) {
    const auto [place, added] = members.emplace(name, std::move(value));
    if (added) return;
    error("yaml-duplicate-key", mark, fmt::format("key {} is given twice", quote(name)),
          fmt::format("the value of the first is at line {}", place->second.where().line));
  }

  /// As HOCON does it: a period makes a path, and objects of one key merge.
  void add_path(ConfigValue::Object& members, const std::string& name, ConfigValue value, const YamlMark& mark) {
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

  void check_tag(const YamlMark& mark, std::string_view tag, std::string_view expected) {
    if (tag.empty() || tag == "!" || tag == expected) return;
    error("yaml-tag", mark, fmt::format("the tag {} is not supported", quote(tag)), "write the value without it");
  }

  ConfigValue scalar(const YamlEvent& event) {
    static constexpr std::string_view core = "tag:yaml.org,2002:";
    const ConfigValue::Place place = at(event.at);
    const std::string_view type = event.tag.starts_with(core) ? event.tag.substr(core.size()) : std::string_view();
    std::string text(event.text);
    if (event.tag.empty() ? !event.plain : type == "str")
      return ConfigValue::scalar(ConfigValue::Type::string, std::move(text), place);
    if (type != "null" && type != "bool" && type != "int" && type != "float") check_tag(event.at, event.tag, "");
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
      return ConfigValue::scalar(ConfigValue::Type::null, {}, place);
    if (text == "true" || text == "True" || text == "TRUE")
      return ConfigValue::scalar(ConfigValue::Type::boolean, "true", place);
    if (text == "false" || text == "False" || text == "FALSE")
      return ConfigValue::scalar(ConfigValue::Type::boolean, "false", place);
    const bool as_kubectl = scalars_ == YamlScalars::kubectl;
    if (const auto truth = as_kubectl ? truth_of_kubectl(text) : std::nullopt)
      return ConfigValue::scalar(ConfigValue::Type::boolean, *truth ? "true" : "false", place);
    if (std::optional<std::string> number = as_kubectl ? number_of_kubectl(text) : number_text(text))
      return ConfigValue::scalar(ConfigValue::Type::number, *std::move(number), place);
    return ConfigValue::scalar(ConfigValue::Type::string, std::move(text), place);
  }

  /// Words that are booleans in YAML 1.1 and text in 1.2.
  static std::optional<bool> truth_of_kubectl(std::string_view text) {
    static constexpr std::array<std::string_view, 8> yes = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"};
    static constexpr std::array<std::string_view, 8> no = {"n", "N", "no", "No", "NO", "off", "Off", "OFF"};
    if (std::ranges::find(yes, text) != yes.end()) return true;
    if (std::ranges::find(no, text) != no.end()) return false;
    return std::nullopt;
  }

  /// The text that kubectl makes of a key. Numbers and booleans become the text of their value: `on` is "true", 0x10 is
  /// "16", 1e3 is "1000".
  std::string key_of_kubectl(const YamlEvent& event) {
    const ConfigValue value = scalar(event);
    const std::string& text = value.text();
    if (value.type() != ConfigValue::Type::number) return event.plain ? beyond_numbers(text) : text;
    long long whole = 0;
    const char* end = text.data() + text.size();
    if (const auto [stop, problem] = std::from_chars(text.data(), end, whole); problem == std::errc() && stop == end)
      return text;
    unsigned long long larger = 0;
    if (const auto [stop, problem] = std::from_chars(text.data(), end, larger); problem == std::errc() && stop == end)
      error("yaml-key", event.at, fmt::format("{} is too large a number for a key", text), "put it in quotes");
    double decimal = 0;
    std::from_chars(text.data(), end, decimal);
    return decimal_key(static_cast<float>(decimal));
  }

  /// As Go prints a float32 with %g and the fewest digits.
  static std::string decimal_key(float value) {
    if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
    std::array<char, 64> digits{};
    const auto print = [&](std::chars_format format) {
      return std::string(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value, format).ptr);
    };
    const std::string scientific = print(std::chars_format::scientific);
    const std::string exponent = scientific.substr(scientific.find('e') + 1);
    const int power = static_cast<int>(std::strtol(exponent.c_str(), nullptr, 10));
    return power < -4 || power >= 6 ? scientific : print(std::chars_format::fixed);
  }

  /// What is too large and what is no number has several spellings.
  static std::string beyond_numbers(const std::string& text) {
    struct Spelling {
      std::string_view text;
      const char* key;
    };
    static constexpr std::array<Spelling, 9> spellings = {{{".Inf", ".inf"},
                                                           {".INF", ".inf"},
                                                           {"+.inf", ".inf"},
                                                           {"+.Inf", ".inf"},
                                                           {"+.INF", ".inf"},
                                                           {"-.Inf", "-.inf"},
                                                           {"-.INF", "-.inf"},
                                                           {".NaN", ".nan"},
                                                           {".NAN", ".nan"}}};
    const auto known = std::ranges::find(spellings, text, &Spelling::text);
    return known == spellings.end() ? text : known->key;
  }

  /// The text of a number as kubectl reads it: with underscores and the prefixes of Go's literals; a zero in front
  /// means octal. What is no whole number like that may still be a decimal one.
  static std::optional<std::string> number_of_kubectl(const std::string& text) {
    const char first = text.empty() ? '\0' : text.front();
    const bool is_signed = first == '+' || first == '-';
    if (!is_signed && first != '.' && (first < '0' || first > '9')) return std::nullopt;
    std::string plain = text;
    if (first != '.') std::erase(plain, '_');
    if (auto whole = whole_of_kubectl(plain)) return whole;
    std::optional<std::string> decimal = number_text(plain);
    if (!decimal || plain.find_first_of("xX") != std::string::npos || plain.starts_with("0o")) return std::nullopt;
    // "0800" and "1." are no numbers in JSON.
    const bool negative = decimal->starts_with('-');
    std::string digits = decimal->substr(negative ? 1 : 0);
    while (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') digits.erase(0, 1);
    return (negative ? "-" : "") + digits;
  }

  static std::optional<std::string> whole_of_kubectl(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
      const char mark = static_cast<char>(text[1] | 0x20);  // in lower case
      base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
      text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
    }
    unsigned long long value = 0;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (problem != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return (negative && value != 0 ? "-" : "") + std::to_string(value);
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
  YamlScalars scalars_;
  Diagnostics& problems_;
  std::size_t values_left_;
  bool given_up_ = false;
  std::size_t documents_ = 0;
  bool empty_ = false;
  bool at_root_ = false;  ///< the next event is a document's root
  YamlMark root_mark_{};
  YamlMark second_{};
  int depth_ = 0;            ///< of lists and objects, wanted or not
  std::size_t skipped_ = 0;  ///< open lists and objects that nobody wants
  std::vector<Open> open_{};
  std::map<std::string, Anchored, std::less<>> anchored_{};
  ConfigValue root_{};
};

/// What to do about it, where one can tell from libyaml's words and the character that it stopped at.
std::string hint_for(const YamlProblem& problem, const YamlText& source) {
  if (problem.message.find("cannot start any token") != std::string::npos) {
    const std::vector<std::string> lines = split(source.text, '\n');
    const auto line = static_cast<std::size_t>(problem.at.line);
    const bool is_tab =
        line <= lines.size() && lines[line - 1].find_first_not_of(" \t") != std::string::npos &&
        lines[line - 1].substr(0, lines[line - 1].find_first_not_of(" \t")).find('\t') != std::string::npos;
    return is_tab ? "indent with spaces: YAML takes no tabs there" : "put a text that begins like this in quotes";
  }
  if (problem.message.starts_with("mapping values are not allowed"))
    return "check the indentation; put a text with ': ' in it in quotes";
  if (problem.begun == 0) return {};
  const int begun = problem.begun + source.first_line;
  if (problem.message.starts_with("did not find expected '-'"))
    return fmt::format("the list begins at line {}; a list and keys cannot stand side by side", begun);
  if (problem.message.starts_with("did not find expected key"))
    return fmt::format("the object begins at line {}; check the indentation", begun);
  return fmt::format("it begins at line {}", begun);
}

/// Tells why the text is not YAML. libyaml says "did not find expected <document start>" where the root has ended
/// before the text did.
void tell(const YamlProblem& problem, const YamlText& source, const YamlReader& reader, Diagnostics& problems) {
  const SourcePos at = reader.at(problem.at).pos();
  if (problem.message == "did not find expected <document start>") {
    return problems.error("yaml-syntax", at, "this line does not continue what stands above it",
                          "check the indentation; a list and keys cannot stand side by side");
  }
  problems.error("yaml-syntax", at, "not valid YAML: " + problem.message, hint_for(problem, source));
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
  // What is wrong in the values is told only when the whole file is YAML.
  Diagnostics found;
  YamlReader reader(source, keys, found);
  if (const auto problem = read_yaml_events(text, [&](const YamlEvent& event) { return reader.take(event); })) {
    tell(*problem, source, reader, problems);
    return empty;
  }
  if (reader.is_empty()) return empty;
  if (reader.documents() > 1) {
    problems.error("yaml-documents", reader.at(reader.second_document()).pos(),
                   fmt::format("the file holds {} YAML documents where one was expected", reader.documents()),
                   "remove the '---' lines between them, or make several files");
  }
  for (const Diagnostic& problem : found.all()) problems.add(problem);
  return reader.root();
}

}  // namespace cloudflow
