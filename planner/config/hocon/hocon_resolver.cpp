// From definitions to values: scalars, lists, objects, layers and concatenations.
#include "planner/config/hocon/hocon_resolver.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/config/hocon/hocon_join.h"
#include "sdk/support/text.h"

namespace cloudflow::hocon {
namespace {

/// Values within values, and substitutions that lead to substitutions. Bounds the recursion.
constexpr int deepest_resolution = 3 * deepest_nesting;
/// Levels of the result: everything that walks it recurses.
constexpr int highest_value = 2 * deepest_nesting;
/// Values in the result, and bytes that concatenations may make: short texts can ask for more than any memory holds.
constexpr long long heaviest_value = 20'000'000;
constexpr std::size_t most_joined = 256UL * 1024 * 1024;

ConfigValue::Type type_of(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return ConfigValue::Type::boolean;
    case Kind::number:
      return ConfigValue::Type::number;
    case Kind::string:
      return ConfigValue::Type::string;
    case Kind::null:
    case Kind::list:
    case Kind::object:
    case Kind::ready:
    case Kind::substitution:
    case Kind::concatenation:
      break;
  }
  return ConfigValue::Type::null;
}

bool is_unmergeable(const Node& node) { return node.kind == Kind::substitution || node.kind == Kind::concatenation; }

}  // namespace

Resolver::Resolver(Node& root, Substitutions substitutions, const EnvironmentLookup& environment, Diagnostics& problems)
    : root_(root), substitutions_(substitutions), environment_(environment), problems_(problems), memos_(1) {}

ConfigValue Resolver::run() { return node(root_).value; }

const Resolver::Resolved& Resolver::keep(std::uint32_t& memo, Resolved resolved) {
  memo = static_cast<std::uint32_t>(memos_.size());
  return memos_.emplace_back(std::move(resolved));
}

Resolver::State Resolver::too_much(const Node& node, std::string_view what) {
  if (!exhausted_) problems_.error("config-too-deep", node.where.pos(), std::string(what));
  exhausted_ = true;
  return State::failed;
}

/// A mistake on the same line that was reported before; what follows from it need not be.
bool Resolver::has_mistake_on_line(const Node& node) const {
  const SourcePos where = node.where.pos();
  return std::ranges::any_of(problems_.all(), [&](const Diagnostic& problem) {
    return problem.where.line == where.line && problem.where.file == where.file;
  });
}

/// What stands in place of a value that cannot be had: its text.
Resolver::Resolved Resolver::text_of(const Node& node, State state) const {
  return {.state = state, .value = ConfigValue::scalar(ConfigValue::Type::string, std::string(node.text), node.where)};
}

Resolver::Resolved Resolver::node(Node& node) {
  if (node.memo != 0) return memos_[node.memo];
  if (node.kind == Kind::null)
    return {.state = State::value, .value = ConfigValue::scalar(ConfigValue::Type::null, {}, node.where)};
  if (node.kind <= Kind::string) {
    return {.state = State::value,
            .value = ConfigValue::scalar(type_of(node.kind), std::string(node.text), node.where)};
  }
  if (node.kind == Kind::ready) return {.state = State::value, .value = *node.value};
  if (exhausted_) return text_of(node, State::failed);
  if (depth_ > deepest_resolution)
    return text_of(node,
                   too_much(node, fmt::format("values and substitutions within each other are more than {} levels deep",
                                              deepest_resolution)));
  ++depth_;
  Resolved out = node.kind == Kind::list           ? list(node)
                 : node.kind == Kind::object       ? object(node)
                 : node.kind == Kind::substitution ? substitution(node)
                                                   : concatenation(node);
  --depth_;
  if (out.height > highest_value) {
    out = text_of(node, too_much(node, fmt::format("the value is nested more than {} levels deep", highest_value)));
  }
  if (out.weight > heaviest_value) {
    out = text_of(node, too_much(node, "the substitutions of this value make it too large"));
  }
  if (out.state == State::cycle || (out.narrowed && !is_unmergeable(node))) return out;
  return keep(node.memo, std::move(out));
}

Resolver::Resolved Resolver::list(Node& node) {
  Resolved out{.state = State::value};
  ConfigValue::List items;
  items.reserve(node.items.size());
  for (Node* item : node.items) {
    Resolved resolved = this->node(*item);
    if (resolved.state == State::cycle) return resolved;
    if (resolved.state == State::missing) continue;
    out.height = std::max(out.height, resolved.height + 1);
    out.weight += resolved.weight;
    out.narrowed |= resolved.narrowed;
    items.push_back(std::move(resolved.value));
  }
  out.value = ConfigValue::list_at(std::move(items), node.where);
  return out;
}

Resolver::Resolved Resolver::object(Node& node) {
  Resolved out{.state = State::value};
  ConfigValue::Object members;
  for (auto& [key, layers] : *node.members) {
    Resolved resolved = field(layers);
    if (resolved.state == State::cycle) return resolved;
    out.narrowed |= resolved.narrowed;
    if (resolved.state == State::missing) continue;
    out.height = std::max(out.height, resolved.height + 1);
    out.weight += resolved.weight;
    members.emplace_hint(members.end(), key, std::move(resolved.value));
  }
  out.value = ConfigValue::object_at(std::move(members), node.where);
  return out;
}

/// A key: its definitions from the top down, as long as they are objects.
Resolver::Resolved Resolver::field(Field& field) {
  if (field.memo != 0 && !field.narrowed) return memos_[field.memo];
  Resolved out;
  const bool single = field.top != nullptr && field.top->below == nullptr;
  for (Node* definition = field.top; definition != nullptr;) {
    Node* const below = definition->below;
    Resolved next = layer(field, *definition);
    if (next.state == State::cycle || next.state == State::failed) return next;
    out.narrowed |= next.narrowed;
    if (next.state == State::value) {
      if (out.state == State::missing) {
        const bool narrowed = out.narrowed;
        out = std::move(next);
        out.narrowed |= narrowed;
      } else if (next.value.is_object()) {
        out.lay_over(next);
      } else {
        out.closed = true;
      }
      if (out.closed || !out.value.is_object()) break;
    }
    definition = below;
  }
  out.narrowed |= field.narrowed;
  if (!single && !out.narrowed) return keep(field.memo, std::move(out));
  return out;
}

void Resolver::Resolved::lay_over(const Resolved& below) {
  value = value.over(below.value);
  height = std::max(height, below.height);
  weight += below.weight;
  closed = below.closed;
}

/// One definition of a key. A substitution in it sees the key as it was before.
Resolver::Resolved Resolver::layer(Field& field, Node& node) {
  const bool alone = field.top == &node && node.below == nullptr;
  if (!is_unmergeable(node) || alone || node.memo != 0) return this->node(node);
  const Field before = field;
  field.top = node.below;
  field.narrowed = true;
  Resolved out = this->node(node);
  field.top = before.top;
  field.narrowed = before.narrowed;
  return out;
}

/// Definitions in several objects that lie over each other.
Resolver::Resolved Resolver::found(const std::vector<Found>& places) {
  Resolved out;
  for (const Found& place : places) {
    Resolved next = std::holds_alternative<ConfigValue>(place)
                        ? Resolved{.state = State::value, .value = std::get<ConfigValue>(place)}
                        : field(*std::get<Field*>(place));
    if (next.state == State::cycle || next.state == State::failed) return next;
    if (next.state == State::missing) continue;
    if (out.state == State::missing) {
      out = std::move(next);
    } else if (next.value.is_object()) {
      out.lay_over(next);
    } else {
      break;
    }
    if (out.closed || !out.value.is_object()) break;
  }
  return out;
}

Resolver::Resolved Resolver::concatenation(Node& node) {
  if (substitutions_ == Substitutions::as_written) {
    if (node.append) return this->node(*node.items.back());
    const bool open =
        std::ranges::any_of(node.items, [](const Node* part) { return part->kind == Kind::substitution; });
    if (open) return text_of(node, State::value);
  }
  Join join;
  int height = 1;
  long long weight = 1;
  for (Node* part : node.items) {
    Resolved resolved = this->node(*part);
    if (resolved.state == State::cycle) return resolved;
    if (resolved.state == State::failed) return text_of(node, State::failed);
    if (resolved.state == State::missing) continue;
    height = std::max(height, resolved.height);
    weight += resolved.weight;
    joined_ += resolved.value.text().size() + resolved.value.items().size() * sizeof(ConfigValue);
    if (joined_ > most_joined || weight > heaviest_value) {
      return text_of(node, too_much(node, "the substitutions of this value make it too large"));
    }
    if (join.add(resolved.value, part->blank)) continue;
    if (has_mistake_on_line(*part)) return text_of(node, State::failed);
    problems_.error("hocon-concatenation", part->where.pos(),
                    node.append ? fmt::format("'+=' cannot add to this key: {}", join.mismatch()) : join.mismatch(),
                    "put a comma or a newline between two values; lists join lists, objects merge with objects");
    return text_of(node, State::failed);
  }
  std::optional<ConfigValue> value = join.value(node.where);
  if (!value) return {};
  return {.state = State::value, .value = *std::move(value), .weight = weight, .height = height};
}

}  // namespace cloudflow::hocon
