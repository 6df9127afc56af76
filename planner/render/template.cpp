// Expands templates: values for placeholders, $if, $for, $merge.
#include "planner/render/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/render/template_functions.h"
#include "planner/render/template_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 100;
constexpr std::size_t max_values = 200000;

/// Result of one node: nothing, one value, or several to be spliced into the list around it.
struct Expanded {
  std::vector<ConfigValue> values{};
  bool spliced = false;
};

class Expansion {
 public:
  explicit Expansion(Diagnostics& problems) : problems_(problems) {}

  Expanded expand(const ConfigValue& node, const ConfigValue& data, int depth) {
    if (++count_ > max_values || depth > max_depth) {
      if (!stopped_)
        error(node,
              depth > max_depth ? "the template is nested too deeply" : "the template expands to too many values");
      stopped_ = true;
    }
    if (stopped_) return {};
    if (node.is_string()) return one(text(node, data));
    if (node.is_list()) {
      ConfigValue::List items = list(node, data, depth);
      if (items.empty() && !node.items().empty()) return {};
      return one(ConfigValue::list(std::move(items), node.where()));
    }
    if (node.is_object()) return object(node, data, depth);
    return one(node);
  }

 private:
  static Expanded one(std::optional<ConfigValue> value) {
    Expanded out;
    if (value) out.values.push_back(std::move(*value));
    return out;
  }

  void error(const ConfigValue& node, std::string message, std::string hint = {}) {
    problems_.error("template", node.where(), std::move(message), std::move(hint));
  }

  /// The value of a placeholder; nothing, perhaps with an error, when there is none.
  std::optional<ConfigValue> look_up(std::string_view placeholder, const ConfigValue& node, const ConfigValue& data) {
    auto value = placeholder_value(placeholder, data);
    if (value) return *std::move(value);
    error(node, std::move(value.error().message), std::move(value.error().hint));
    return std::nullopt;
  }

  std::optional<ConfigValue> text(const ConfigValue& node, const ConfigValue& data) {
    const std::string& source = node.text();
    const auto first = source.find('$');
    if (first == std::string::npos) return node;
    if (source.starts_with("${") && source.find('}') == source.size() - 1) {
      return look_up(std::string_view(source).substr(2, source.size() - 3), node, data);
    }
    return interpolated(node, source, data);
  }

  std::optional<ConfigValue> interpolated(const ConfigValue& node, std::string_view source, const ConfigValue& data) {
    std::string out;
    bool secret = false;
    while (!source.empty()) {
      const auto at = source.find('$');
      out += source.substr(0, at);
      if (at == std::string_view::npos) break;
      source.remove_prefix(at);
      if (source.starts_with("${")) {
        const auto end = source.find('}');
        if (end == std::string_view::npos) {
          error(node, "\"${\" is not closed", "write $$ for a dollar sign");
          return std::nullopt;
        }
        const std::optional<ConfigValue> value = look_up(source.substr(2, end - 2), node, data);
        if (value && !value->is_scalar()) {
          error(node, fmt::format("{} is not text; it can only stand alone", quote(source.substr(2, end - 2))));
          return std::nullopt;
        }
        if (value) out += value->text();
        if (value) secret = secret || value->is_secret();
        source.remove_prefix(end + 1);
      } else {
        out += '$';
        source.remove_prefix(source.starts_with("$$") ? 2 : 1);
      }
    }
    return secret ? ConfigValue::secret(std::move(out), node.where())
                  : ConfigValue::string(std::move(out), node.where());
  }

  ConfigValue::List list(const ConfigValue& node, const ConfigValue& data, int depth) {
    ConfigValue::List items;
    for (const ConfigValue& item : node.items()) {
      Expanded expanded = expand(item, data, depth + 1);
      std::ranges::move(expanded.values, std::back_inserter(items));
    }
    return items;
  }

  Expanded object(const ConfigValue& node, const ConfigValue& data, int depth) {
    if (!known_words(node)) return {};
    if (const ConfigValue* condition = node.find("$if"); condition != nullptr && !holds(condition->text(), data))
      return {};
    if (const ConfigValue* format = node.find("$text")) return as_document(node, *format, data, depth);
    if (const ConfigValue* loop = node.find("$for")) return repeated(node, *loop, data, depth);
    if (const ConfigValue* body = node.find("$do")) return expand(*body, data, depth + 1);
    if (const ConfigValue* parts = node.find("$merge")) return merged(node, *parts, data, depth);
    return one(plain(node, data, depth));
  }

  bool known_words(const ConfigValue& node) {
    const std::vector<std::string> known = {"$if", "$for", "$do", "$merge", "$by", "$text"};
    for (const auto& [key, member] : node.members()) {
      if (!key.starts_with('$') || std::ranges::find(known, key) != known.end()) continue;
      const std::string hint = did_you_mean(key, known);
      error(member, fmt::format("templates have no {}", quote(key)),
            hint.empty() ? "there are: " + join(known, ", ") : hint);
      return false;
    }
    return true;
  }

  /// What stands beside $text, as one text.
  Expanded as_document(const ConfigValue& node, const ConfigValue& format, const ConfigValue& data, int depth) {
    Expanded content = expand(node.without("$text").without("$if"), data, depth + 1);
    if (content.values.empty() || content.spliced) return {};
    auto text = as_text(content.values.front(), format.text());
    if (text) return one(*std::move(text));
    error(format, std::move(text.error()));
    return {};
  }

  ConfigValue plain(const ConfigValue& node, const ConfigValue& data, int depth) {
    ConfigValue::Object members;
    for (const auto& [key, member] : node.members()) {
      if (key.starts_with('$')) continue;
      Expanded expanded = expand(member, data, depth + 1);
      if (expanded.spliced) {
        members.emplace(key, ConfigValue::list(std::move(expanded.values), member.where()));
      } else if (!expanded.values.empty()) {
        members.emplace(key, std::move(expanded.values.front()));
      }
    }
    return ConfigValue::object(std::move(members), node.where());
  }

  Expanded repeated(const ConfigValue& node, const ConfigValue& loop, const ConfigValue& data, int depth) {
    const auto words = split(loop.text(), ' ');
    const ConfigValue* body = node.find("$do");
    if (words.size() != 3 || words[1] != "in" || body == nullptr) {
      error(loop, "a loop is $for: NAME in PATH, with $do: beside it");
      return {};
    }
    const std::optional<ConfigValue> source = look_up(words[2], loop, data);
    Expanded out{.spliced = true};
    if (!source) return out;
    const auto turn = [&](const ConfigValue& item) {
      Expanded expanded = expand(*body, data.with(words[0], item), depth + 1);
      std::ranges::move(expanded.values, std::back_inserter(out.values));
    };
    if (!source->is_list() && !source->is_object()) error(loop, fmt::format("{} is no list", quote(words[2])));
    for (const ConfigValue& item : source->items()) turn(item);
    for (const auto& [key, member] : source->members()) {
      turn(ConfigValue::object({{"key", ConfigValue::string(key, member.where())}, {"value", member}}, member.where()));
    }
    return out;
  }

  Expanded merged(const ConfigValue& node, const ConfigValue& parts, const ConfigValue& data, int depth) {
    std::vector<ConfigValue> values = expand(parts, data, depth + 1).values;
    if (parts.is_list() && values.size() == 1) values = values.front().items();
    if (values.empty() &&
        node.members().size() <= (node.find("$by") != nullptr ? 2U : 1U) + (node.find("$if") != nullptr ? 1U : 0U))
      return {};
    const bool lists = std::ranges::any_of(values, [](const ConfigValue& value) { return value.is_list(); });
    const ConfigValue own = plain(node, data, depth);
    const bool wanted = lists ? own.members().empty() : true;
    for (const ConfigValue& value : values) {
      if (wanted && (lists ? value.is_list() : value.is_object())) continue;
      error(parts, "$merge takes objects, beside other keys, or lists alone");
      return {};
    }
    if (!lists) {
      ConfigValue out = ConfigValue::object({}, node.where());
      for (const ConfigValue& value : values) out = value.over(out);
      return one(own.over(out).moved_to(node.where()));
    }
    return {.values = concatenated(values, node.find("$by")), .spliced = true};
  }

  /// The lists after each other; with `by`, an item takes the place of an earlier one with the same value there.
  static ConfigValue::List concatenated(const std::vector<ConfigValue>& lists, const ConfigValue* by) {
    ConfigValue::List out;
    for (const ConfigValue& items : lists) {
      for (const ConfigValue& item : items.items()) {
        const ConfigValue* key = by == nullptr ? nullptr : item.find(by->text());
        const auto same = key == nullptr ? out.end() : std::ranges::find_if(out, [&](const ConfigValue& other) {
          const ConfigValue* other_key = other.find(by->text());
          return other_key != nullptr && *other_key == *key;
        });
        if (same != out.end()) {
          *same = item;
        } else {
          out.push_back(item);
        }
      }
    }
    return out;
  }

  Diagnostics& problems_;
  std::size_t count_ = 0;
  bool stopped_ = false;
};

}  // namespace

bool holds(std::string_view condition, const ConfigValue& data) {
  condition = trimmed(condition);
  if (const auto equals = condition.find("=="); equals != std::string_view::npos) {
    const ConfigValue* value = data.dotted(trimmed(condition.substr(0, equals)));
    return value != nullptr && value->is_scalar() && value->text() == trimmed(condition.substr(equals + 2));
  }
  const bool negated = condition.starts_with('!');
  if (negated) condition.remove_prefix(1);
  const ConfigValue* value = data.dotted(trimmed(condition));
  const bool yes = !is_empty(value) && value->as_bool() != false;
  return yes != negated;
}

std::optional<ConfigValue> expand_template(const ConfigValue& tree, const ConfigValue& data, Diagnostics& problems) {
  Diagnostics found;
  Expanded expanded = Expansion(found).expand(tree, data, 0);
  for (const Diagnostic& problem : found.all()) problems.add(problem);
  if (found.has_errors() || expanded.values.empty()) return std::nullopt;
  if (expanded.spliced) return ConfigValue::list(std::move(expanded.values), tree.where());
  return std::move(expanded.values.front());
}

}  // namespace cloudflow
