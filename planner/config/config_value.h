// One tree for HOCON, YAML and JSON: every value knows where it was written.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"

namespace cloudflow {

/// An immutable value: null, boolean, number, string, list or object. Copies share their content and are cheap.
/// Numbers keep the text they were written with ("0.10" stays "0.10").
class ConfigValue {
 public:
  enum class Type { null, boolean, number, string, list, object };
  using List = std::vector<ConfigValue>;
  using Object = std::map<std::string, ConfigValue, std::less<>>;

  ConfigValue();  ///< null, nowhere
  static ConfigValue null(SourcePos where);
  static ConfigValue boolean(bool value, SourcePos where = {});
  static ConfigValue number(std::string text, SourcePos where = {});
  static ConfigValue number(long long value, SourcePos where = {});
  static ConfigValue string(std::string text, SourcePos where = {});
  static ConfigValue list(List items, SourcePos where = {});
  static ConfigValue object(Object members, SourcePos where = {});
  /// A string from outside git (environment, command, cluster): never printed, never in a plan file.
  static ConfigValue secret(std::string text, SourcePos where = {});
  static ConfigValue from_json(const Json& value, SourcePos where = {});

  /// A place whose file name is kept once for the life of the process: for readers, which make many values.
  struct Place {
    const std::string* file = nullptr;  ///< from kept_name(); null for nowhere
    int line = 0;
    int column = 0;
    SourcePos pos() const { return {file == nullptr ? std::string() : *file, line, column}; }
  };
  static const std::string* kept_name(std::string_view file);
  /// A null, boolean, number or string.
  static ConfigValue scalar(Type type, std::string text, const Place& place);
  static ConfigValue list_at(List items, const Place& place);
  static ConfigValue object_at(Object members, const Place& place);

  Type type() const;
  bool is_null() const { return type() == Type::null; }
  bool is_object() const { return type() == Type::object; }
  bool is_list() const { return type() == Type::list; }
  bool is_string() const { return type() == Type::string; }
  bool is_scalar() const { return !is_null() && !is_object() && !is_list(); }
  bool is_secret() const;        ///< this very value
  bool contains_secret() const;  ///< this or anything below
  SourcePos where() const;       ///< where the value (not its key) begins
  Place place() const;           ///< the same, without a copy of the file name

  /// Text of a boolean, number or string as it was written; "" for the others.
  const std::string& text() const&;
  std::string text() &&;           ///< of a temporary: a copy, so that nothing refers to what is gone
  const List& items() const&;      ///< empty unless a list
  const Object& members() const&;  ///< empty unless an object
  List items() &&;
  Object members() &&;

  /// The member of an object, or null.
  const ConfigValue* find(std::string_view key) const;
  /// The value at a path of keys, or null when any step is missing.
  const ConfigValue* at(std::span<const std::string> path) const;
  const ConfigValue* at(std::initializer_list<std::string_view> path) const;
  /// Same with a plain dotted path ("cloudflow.topics"): for keys that hold no dots.
  const ConfigValue* dotted(std::string_view path) const;

  /// HOCON reading: strings "true/yes/on", "false/no/off" count as booleans, numeric text as numbers.
  std::optional<bool> as_bool() const;
  std::optional<long long> as_int() const;
  std::optional<double> as_double() const;
  /// A list's items; also those of an object whose keys are numbers ("0", "1"), in their order. Nothing for others.
  std::optional<List> as_list() const;

  /// This object with the member set (added or replaced) or removed; a non-object counts as empty.
  ConfigValue with(std::string_view key, ConfigValue value) const;
  ConfigValue with_at(std::span<const std::string> path, ConfigValue value) const;
  ConfigValue without(std::string_view key) const;
  /// The same value at another place, or marked secret.
  ConfigValue moved_to(SourcePos where) const;
  ConfigValue marked_secret() const;
  /// HOCON merge: objects merge key by key, anything else of ours hides the fallback's.
  ConfigValue over(const ConfigValue& fallback) const;

  /// Compact JSON, keys sorted, numbers as written when JSON can hold them. Reveals secrets: for documents only.
  std::string to_json_text() const;
  /// As Json, for programs. Reveals secrets.
  Json to_json() const;
  /// Calls visit(pointer, leaf) for every scalar, null, empty list and empty object, in order.
  void each_leaf(const std::function<void(const std::string& pointer, const ConfigValue& leaf)>& visit) const;

  /// Equal content; places do not count.
  bool operator==(const ConfigValue& other) const;

 private:
  struct Node;
  explicit ConfigValue(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  void write_json(std::string& out) const;
  void visit_leaves(std::string& pointer,
                    const std::function<void(const std::string&, const ConfigValue&)>& visit) const;
  std::shared_ptr<const Node> node_;
};

}  // namespace cloudflow
