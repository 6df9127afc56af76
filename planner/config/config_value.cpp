// The immutable configuration tree.
#include "planner/config/config_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// File names are few and values many: each name is kept once for the life of the process.
const std::string* interned(std::string_view file) {
  if (file.empty()) return nullptr;
  static std::mutex mutex;
  static std::set<std::string, std::less<>> names;
  const std::scoped_lock lock(mutex);
  const auto found = names.find(file);
  return found != names.end() ? &*found : &*names.emplace(file).first;
}

/// Digits from `i` on; leaves `i` behind them.
std::string_view digits_at(std::string_view text, std::size_t& i) {
  const std::size_t start = i;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
  return text.substr(start, i - start);
}

/// A number's text as JSON writes it ("01" is 1, "1." is 1, ".5" is 0.5). Nothing when it is no decimal number.
std::optional<std::string> json_number(std::string_view text) {
  std::size_t i = text.starts_with('-') ? 1 : 0;
  std::string_view whole = digits_at(text, i);
  std::string_view fraction;
  if (i < text.size() && text[i] == '.') fraction = digits_at(text, ++i);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  std::string_view exponent;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    const std::size_t start = i++;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits_at(text, i).empty()) return std::nullopt;
    exponent = text.substr(start, i - start);
  }
  if (i != text.size()) return std::nullopt;
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  std::string out = text.starts_with('-') ? "-" : "";
  out += whole.empty() ? "0" : whole;
  if (!fraction.empty()) (out += '.') += fraction;
  return out += exponent;
}

/// ".5" and "-.5": HOCON has no such numbers.
bool is_yaml_fraction(std::string_view text) { return text.starts_with('.') || text.starts_with("-."); }

void write_json_string(std::string_view text, std::string& out) {
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f && c != '"' && c != '\\';
  };
  if (std::ranges::all_of(text, is_plain)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace

struct ConfigValue::Node {
  Type type = Type::null;
  bool secret = false;
  int line = 0;
  int column = 0;
  const std::string* file = nullptr;
  std::string text{};
  std::unique_ptr<const List> items{};
  std::unique_ptr<const Object> members{};

  Node(Type t, const SourcePos& where) : type(t), line(where.line), column(where.column), file(interned(where.file)) {}
  Node(Type t, const Place& place) : type(t), line(place.line), column(place.column), file(place.file) {}
  Node(const Node& other)
      : type(other.type),
        secret(other.secret),
        line(other.line),
        column(other.column),
        file(other.file),
        text(other.text),
        items(other.items ? std::make_unique<const List>(*other.items) : nullptr),
        members(other.members ? std::make_unique<const Object>(*other.members) : nullptr) {}
  Node& operator=(const Node&) = delete;
  ~Node() = default;
};

ConfigValue::ConfigValue() {
  static const auto nowhere = std::make_shared<const Node>(Type::null, SourcePos{});
  node_ = nowhere;
}

ConfigValue ConfigValue::null(SourcePos where) { return ConfigValue(std::make_shared<const Node>(Type::null, where)); }

ConfigValue ConfigValue::boolean(bool value, SourcePos where) {
  auto node = std::make_shared<Node>(Type::boolean, where);
  node->text = value ? "true" : "false";
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::number(std::string text, SourcePos where) {
  auto node = std::make_shared<Node>(Type::number, where);
  node->text = std::move(text);
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::number(long long value, SourcePos where) {
  return number(std::to_string(value), std::move(where));
}

ConfigValue ConfigValue::string(std::string text, SourcePos where) {
  auto node = std::make_shared<Node>(Type::string, where);
  node->text = std::move(text);
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::secret(std::string text, SourcePos where) {
  auto node = std::make_shared<Node>(Type::string, where);
  node->text = std::move(text);
  node->secret = true;
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::list(List items, SourcePos where) {
  auto node = std::make_shared<Node>(Type::list, where);
  node->items = std::make_unique<const List>(std::move(items));
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::object(Object members, SourcePos where) {
  auto node = std::make_shared<Node>(Type::object, where);
  node->members = std::make_unique<const Object>(std::move(members));
  return ConfigValue(std::move(node));
}

const std::string* ConfigValue::kept_name(std::string_view file) { return interned(file); }

ConfigValue ConfigValue::scalar(Type type, std::string text, const Place& place) {
  auto node = std::make_shared<Node>(type, place);
  node->text = std::move(text);
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::list_at(List items, const Place& place) {
  auto node = std::make_shared<Node>(Type::list, place);
  node->items = std::make_unique<const List>(std::move(items));
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::object_at(Object members, const Place& place) {
  auto node = std::make_shared<Node>(Type::object, place);
  node->members = std::make_unique<const Object>(std::move(members));
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::from_json(const Json& value, SourcePos where) {
  if (value.is_object()) {
    Object members;
    for (const auto& [key, member] : value.items()) members.emplace(key, from_json(member, where));
    return object(std::move(members), where);
  }
  if (value.is_array()) {
    List items;
    for (const Json& item : value) items.push_back(from_json(item, where));
    return list(std::move(items), where);
  }
  if (value.is_boolean()) return boolean(value.get<bool>(), where);
  if (value.is_number()) return number(value.dump(), where);
  if (value.is_string()) return string(value.get<std::string>(), where);
  return null(where);
}

ConfigValue::Type ConfigValue::type() const { return node_->type; }
bool ConfigValue::is_secret() const { return node_->secret; }

bool ConfigValue::contains_secret() const {
  if (node_->secret) return true;
  for (const ConfigValue& item : items()) {
    if (item.contains_secret()) return true;
  }
  for (const auto& [key, member] : members()) {
    if (member.contains_secret()) return true;
  }
  return false;
}

SourcePos ConfigValue::where() const {
  return {node_->file == nullptr ? std::string() : *node_->file, node_->line, node_->column};
}
ConfigValue::Place ConfigValue::place() const { return {node_->file, node_->line, node_->column}; }
const std::string& ConfigValue::text() const& { return node_->text; }

const ConfigValue::List& ConfigValue::items() const& {
  static const List none;
  return node_->items ? *node_->items : none;
}

const ConfigValue::Object& ConfigValue::members() const& {
  static const Object none;
  return node_->members ? *node_->members : none;
}

std::string ConfigValue::text() && { return static_cast<const ConfigValue&>(*this).text(); }
ConfigValue::List ConfigValue::items() && { return static_cast<const ConfigValue&>(*this).items(); }
ConfigValue::Object ConfigValue::members() && { return static_cast<const ConfigValue&>(*this).members(); }

const ConfigValue* ConfigValue::find(std::string_view key) const {
  const auto found = members().find(key);
  return found == members().end() ? nullptr : &found->second;
}

const ConfigValue* ConfigValue::at(std::span<const std::string> path) const {
  const ConfigValue* value = this;
  for (const std::string& key : path) {
    value = value->find(key);
    if (value == nullptr) return nullptr;
  }
  return value;
}

const ConfigValue* ConfigValue::at(std::initializer_list<std::string_view> path) const {
  const ConfigValue* value = this;
  for (const std::string_view key : path) {
    value = value->find(key);
    if (value == nullptr) return nullptr;
  }
  return value;
}

const ConfigValue* ConfigValue::dotted(std::string_view path) const { return at(split(path, '.')); }

std::optional<bool> ConfigValue::as_bool() const {
  if (type() != Type::boolean && type() != Type::string) return std::nullopt;
  if (text() == "true" || text() == "yes" || text() == "on") return true;
  if (text() == "false" || text() == "no" || text() == "off") return false;
  return std::nullopt;
}

std::optional<long long> ConfigValue::as_int() const {
  if (type() != Type::number && type() != Type::string) return std::nullopt;
  long long value = 0;
  const char* end = text().data() + text().size();
  const auto [stop, problem] = std::from_chars(text().data(), end, value);
  if (problem == std::errc() && stop == end) return value;
  const std::optional<double> number = as_double();
  if (number && *number == static_cast<double>(static_cast<long long>(*number)) && *number < 9e18 && *number > -9e18)
    return static_cast<long long>(*number);
  return std::nullopt;
}

std::optional<double> ConfigValue::as_double() const {
  if (type() != Type::number && type() != Type::string) return std::nullopt;
  double value = 0;
  const char* end = text().data() + text().size();
  const auto [stop, problem] = std::from_chars(text().data(), end, value);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

ConfigValue ConfigValue::with(std::string_view key, ConfigValue value) const {
  Object copy = members();
  copy.insert_or_assign(std::string(key), std::move(value));
  return object(std::move(copy), where());
}

ConfigValue ConfigValue::with_at(std::span<const std::string> path, ConfigValue value) const {
  if (path.empty()) return value;
  const ConfigValue* inner = find(path.front());
  const SourcePos place = value.where();
  return with(
      path.front(),
      (inner != nullptr && inner->is_object() ? *inner : object({}, place)).with_at(path.subspan(1), std::move(value)));
}

ConfigValue ConfigValue::without(std::string_view key) const {
  Object copy = members();
  if (const auto found = copy.find(key); found != copy.end()) copy.erase(found);
  return object(std::move(copy), where());
}

ConfigValue ConfigValue::moved_to(SourcePos where) const {
  auto node = std::make_shared<Node>(*node_);
  node->line = where.line;
  node->column = where.column;
  node->file = interned(where.file);
  return ConfigValue(std::move(node));
}

ConfigValue ConfigValue::marked_secret() const {
  auto node = std::make_shared<Node>(*node_);
  node->secret = true;
  return ConfigValue(std::move(node));
}

std::optional<ConfigValue::List> ConfigValue::as_list() const {
  if (is_list()) return items();
  if (!is_object() || members().empty()) return std::nullopt;
  std::map<int, ConfigValue> numbered;
  for (const auto& [key, member] : members()) {
    int index = 0;
    const auto [stop, problem] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (problem == std::errc() && stop == key.data() + key.size() && index >= 0)
      numbered.insert_or_assign(index, member);
  }
  if (numbered.empty()) return std::nullopt;
  List out;
  for (auto& [index, member] : numbered) out.push_back(std::move(member));
  return out;
}

ConfigValue ConfigValue::over(const ConfigValue& fallback) const {
  if (!is_object() || !fallback.is_object()) return *this;
  if (fallback.members().empty()) return *this;
  if (members().empty()) return fallback;
  Object merged = fallback.members();
  for (const auto& [key, value] : members()) {
    const auto [place, added] = merged.emplace(key, value);
    if (!added) place->second = value.over(place->second);
  }
  return object(std::move(merged), where());
}

void ConfigValue::write_json(std::string& out) const {
  switch (type()) {
    case Type::null:
      out += "null";
      return;
    case Type::boolean:
      out += text();
      return;
    case Type::number:
      if (const auto number = json_number(text()); number && (*number == text() || is_yaml_fraction(text()))) {
        out += *number;
      } else {
        // "007" and "1." are numbers of HOCON and none of JSON: as text, whoever reads them gets what was written, be
        // it as a number or as a text.
        write_json_string(text(), out);
      }
      return;
    case Type::string:
      write_json_string(text(), out);
      return;
    case Type::list: {
      out += '[';
      for (bool first = true; const ConfigValue& item : items()) {
        if (!std::exchange(first, false)) out += ',';
        item.write_json(out);
      }
      out += ']';
      return;
    }
    case Type::object: {
      out += '{';
      for (bool first = true; const auto& [key, member] : members()) {
        if (!std::exchange(first, false)) out += ',';
        write_json_string(key, out);
        out += ':';
        member.write_json(out);
      }
      out += '}';
      return;
    }
  }
}

std::string ConfigValue::to_json_text() const {
  std::string out;
  write_json(out);
  return out;
}

Json ConfigValue::to_json() const {
  switch (type()) {
    case Type::null:
      return nullptr;
    case Type::boolean:
      return text() == "true";
    case Type::number: {
      const Json number = Json::parse(json_number(text()).value_or(""), nullptr, false);
      return number.is_number() ? number : Json(text());
    }
    case Type::string:
      return text();
    case Type::list: {
      Json out = Json::array();
      for (const ConfigValue& item : items()) out.push_back(item.to_json());
      return out;
    }
    case Type::object: {
      Json out = Json::object();
      for (const auto& [key, member] : members()) out[key] = member.to_json();
      return out;
    }
  }
  return nullptr;
}

void ConfigValue::each_leaf(const std::function<void(const std::string&, const ConfigValue&)>& visit) const {
  std::string pointer;
  visit_leaves(pointer, visit);
}

void ConfigValue::visit_leaves(std::string& pointer,
                               const std::function<void(const std::string&, const ConfigValue&)>& visit) const {
  const std::size_t length = pointer.size();
  if (is_object() && !members().empty()) {
    for (const auto& [key, member] : members()) {
      pointer += '/' + pointer_step(key);
      member.visit_leaves(pointer, visit);
      pointer.resize(length);
    }
  } else if (is_list() && !items().empty()) {
    for (std::size_t i = 0; i < items().size(); ++i) {
      pointer += fmt::format("/{}", i);
      items()[i].visit_leaves(pointer, visit);
      pointer.resize(length);
    }
  } else {
    visit(pointer, *this);
  }
}

bool ConfigValue::operator==(const ConfigValue& other) const {
  if (node_ == other.node_) return true;
  return type() == other.type() && text() == other.text() && items() == other.items() && members() == other.members();
}

}  // namespace cloudflow
