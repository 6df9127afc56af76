// Making nodes, and laying definitions of one key over each other.
#include "planner/config/hocon/hocon_tree.h"

#include <algorithm>
#include <new>
#include <ranges>
#include <vector>

namespace cloudflow::hocon {

Node* Tree::make(Kind kind, std::string_view text, const ConfigValue::Place& where) {
  Node* node = new (memory_.allocate(sizeof(Node), alignof(Node))) Node;
  node->kind = kind;
  node->text = text;
  node->where = where;
  return node;
}

std::string_view Tree::keep_text(std::string_view text) {
  if (text.empty()) return {};
  char* bytes = static_cast<char*>(memory_.allocate(text.size(), 1));
  std::ranges::copy(text, bytes);
  return {bytes, text.size()};
}

std::span<const std::string_view> Tree::keep_path(std::span<const std::string_view> steps) {
  if (steps.empty()) return {};
  auto* copy = static_cast<std::string_view*>(memory_.allocate(steps.size_bytes(), alignof(std::string_view)));
  std::uninitialized_copy(steps.begin(), steps.end(), copy);
  return {copy, steps.size()};
}

std::span<Node*> Tree::keep_nodes(std::span<Node* const> nodes) {
  if (nodes.empty()) return {};
  auto* copy = static_cast<Node**>(memory_.allocate(nodes.size_bytes(), alignof(Node*)));
  std::uninitialized_copy(nodes.begin(), nodes.end(), copy);
  return {copy, nodes.size()};
}

Node* Tree::scalar(Kind kind, std::string_view text, const ConfigValue::Place& where) {
  return make(kind, text, where);
}

Node* Tree::list(std::span<Node* const> items, const ConfigValue::Place& where) {
  Node* node = make(Kind::list, {}, where);
  node->items = keep_nodes(items);
  return node;
}

Node* Tree::object(const ConfigValue::Place& where) {
  Node* node = make(Kind::object, {}, where);
  // The map is never destroyed: all it owns lies in memory_.
  node->members = new (memory_.allocate(sizeof(Members), alignof(Members))) Members(&memory_);
  return node;
}

Node* Tree::concatenation(std::span<Node* const> parts, std::string_view text, const ConfigValue::Place& where) {
  Node* node = make(Kind::concatenation, text, where);
  node->items = keep_nodes(parts);
  return node;
}

Node* Tree::substitution(const Reference& reference, std::string_view text, const ConfigValue::Place& where) {
  Node* node = make(Kind::substitution, text, where);
  node->reference = new (memory_.allocate(sizeof(Reference), alignof(Reference))) Reference(reference);
  return node;
}

Node* Tree::ready(const ConfigValue& value) {
  const ConfigValue& kept = values_.emplace_back(value);
  if (!kept.is_object()) {
    Node* node = make(Kind::ready, kept.text(), kept.place());
    node->value = &kept;
    return node;
  }
  Node* node = object(kept.place());
  for (const auto& [key, member] : kept.members()) node->members->emplace(key, Field{.top = ready(member)});
  return node;
}

void Tree::lay(Field& field, Node* node) {
  Node* top = field.top;
  if (top == nullptr) {
    field.top = node;
    return;
  }
  if (node->kind == Kind::object && top->kind == Kind::object) {
    for (auto& [key, layers] : *node->members) lay_all((*top->members)[key], layers);
    top->where = node->where;
    return;
  }
  // A complete value hides everything before it; a list may still hold substitutions, so it keeps what it hides.
  const bool complete = node->kind <= Kind::string || node->kind == Kind::ready;
  node->below = complete ? nullptr : top;
  field.top = node;
}

void Tree::lay_all(Field& field, const Field& over) {
  std::vector<Node*> from_top;
  for (Node* layer = over.top; layer != nullptr; layer = layer->below) from_top.push_back(layer);
  for (Node* layer : std::ranges::reverse_view(from_top)) {
    layer->below = nullptr;
    lay(field, layer);
  }
}

Node* Tree::object_at(Node& parent, std::string_view key, const ConfigValue::Place& where) {
  Field& field = (*parent.members)[key];
  if (field.top == nullptr || field.top->kind != Kind::object) lay(field, object(where));
  return field.top;
}

}  // namespace cloudflow::hocon
