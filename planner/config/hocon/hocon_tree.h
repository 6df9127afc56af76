// The tree between HOCON text and values: objects merged, substitutions not yet resolved.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>

#include "planner/config/config_value.h"

namespace cloudflow::hocon {

/// Nesting of objects and lists, written or reached by dotted keys, that is still read. Bounds every recursion.
inline constexpr int deepest_nesting = 1000;

enum class Kind : std::uint8_t { null, boolean, number, string, list, object, ready, substitution, concatenation };

struct Node;

/// A key's definitions. Later ones lie over earlier ones; `top` is the one that counts first.
/// While a substitution in a layer is resolved, `top` is the layer below it: so a key can refer to its own earlier
/// value.
struct Field {
  Node* top = nullptr;
  std::uint32_t memo = 0;
  bool narrowed = false;
};

using Members = std::pmr::map<std::string_view, Field>;

/// `${path}`. The first `prefix` steps lead to the object that included the file. With `list`, as `${NAME[]}`, the
/// environment's NAME_0, NAME_1 … stand for it where the configuration has nothing.
struct Reference {
  std::span<const std::string_view> steps{};
  std::uint32_t prefix = 0;
  bool optional = false;
  bool list = false;
};

/// One value as written. Lives in its Tree.
struct Node {
  Kind kind = Kind::null;
  bool blank = false;   ///< white space between two parts of a concatenation
  bool append = false;  ///< a concatenation that stands for +=
  bool busy = false;    ///< being resolved right now
  std::uint32_t memo = 0;
  ConfigValue::Place where{};
  std::string_view text{};   ///< of a scalar; of a substitution or concatenation as written
  Node* below = nullptr;     ///< the next definition of the same key
  std::span<Node*> items{};  ///< of a list or concatenation
  union {
    Members* members = nullptr;  ///< of an object
    const Reference* reference;  ///< of a substitution
    const ConfigValue* value;    ///< of a ready value that is no object
  };
};

/// Owns nodes and the texts they point into.
class Tree {
 public:
  Tree() = default;
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  /// Keeps a file's text for as long as the tree; the view stays valid.
  std::string_view keep_source(std::string text) { return sources_.emplace_back(std::move(text)); }
  std::string_view keep_text(std::string_view text);
  std::span<const std::string_view> keep_path(std::span<const std::string_view> steps);

  Node* scalar(Kind kind, std::string_view text, const ConfigValue::Place& where);
  Node* list(std::span<Node* const> items, const ConfigValue::Place& where);
  Node* object(const ConfigValue::Place& where);
  Node* concatenation(std::span<Node* const> parts, std::string_view text, const ConfigValue::Place& where);
  Node* substitution(const Reference& reference, std::string_view text, const ConfigValue::Place& where);
  /// A tree of values that are complete already; keeps their secrets.
  Node* ready(const ConfigValue& value);

  /// Lays a definition over those that the key has: objects merge, complete values hide, others wait for the resolver.
  void lay(Field& field, Node* node);
  /// The same for all definitions that another tree has for the key.
  void lay_all(Field& field, const Field& over);
  /// The object at a key for a dotted path to go on into: the one that is there, or a new one laid over.
  Node* object_at(Node& object, std::string_view key, const ConfigValue::Place& where);

 private:
  Node* make(Kind kind, std::string_view text, const ConfigValue::Place& where);
  std::span<Node*> keep_nodes(std::span<Node* const> nodes);

  std::pmr::monotonic_buffer_resource memory_{std::size_t{64} * 1024};
  std::deque<std::string> sources_{};
  std::deque<ConfigValue> values_{};
};

}  // namespace cloudflow::hocon
