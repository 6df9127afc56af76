// Substitutions: where a path leads, through objects whose substitutions are resolved only as far as the path needs.
#include <fmt/format.h>

#include <algorithm>

#include "planner/config/hocon/hocon_resolver.h"
#include "sdk/support/text.h"

namespace cloudflow::hocon {
namespace {

/// Definitions looked at in one read. Only files made to be expensive come near it.
constexpr long long most_steps = 20'000'000;

std::string joined(std::span<const std::string_view> steps, std::string_view separator) {
  std::string out;
  for (const std::string_view step : steps) {
    if (!out.empty()) out += separator;
    out += step;
  }
  return out;
}

}  // namespace

std::string Resolver::path_text(const Node& node) const { return joined(node.reference->steps, "."); }

Resolver::State Resolver::no_value(Node& node) {
  if (quiet_) return State::failed;
  const auto& [steps, prefix, optional, list] = *node.reference;
  std::vector<std::string> known;
  std::vector<Found> places;
  // Nearby names come from the object that should hold the last step.
  if (Node* object = &root_; object->kind == Kind::object) {
    for (const std::string_view step : steps.first(steps.size() - 1)) {
      const auto next = object->members->find(step);
      object = next == object->members->end() || next->second.top == nullptr || next->second.top->kind != Kind::object
                   ? nullptr
                   : next->second.top;
      if (object == nullptr) break;
    }
    if (object != nullptr) {
      const std::string parent = joined(steps.first(steps.size() - 1), ".");
      for (const auto& [key, layers] : *object->members)
        known.push_back(parent.empty() ? std::string(key) : parent + "." + std::string(key));
    }
  }
  const std::string path = path_text(node);
  std::erase(known, path);
  std::string hint = did_you_mean(path, known);
  if (hint.empty())
    hint = fmt::format("set it, or write ${{?{}}} if it may be missing", joined(steps.subspan(prefix), "."));
  problems_.error("hocon-unresolved", node.where.pos(),
                  fmt::format("substitution {} has no value: neither the configuration nor the environment sets {}",
                              node.text, quote(path)),
                  std::move(hint), static_cast<int>(node.text.size()));
  return State::failed;
}

/// Whether the circle goes through a substitution that needs no value: that one ends it, wherever one came in.
bool Resolver::may_be_missing() const {
  return std::ranges::any_of(loop_, [](const Node* step) { return step->reference->optional; });
}

Resolver::State Resolver::cycle(Node& node) {
  std::string path;
  for (const Node* step : loop_) path += path_text(*step) + " → ";
  path += loop_.empty() ? path_text(node) : path_text(*loop_.front());
  problems_.error("hocon-cycle", node.where.pos(), "substitutions form a cycle: " + path,
                  "give one of them a value of its own", static_cast<int>(node.text.size()));
  return State::failed;
}

std::optional<ConfigValue> Resolver::from_environment(const Node& node) const {
  if (!environment_) return std::nullopt;
  const std::string name = joined(node.reference->steps.subspan(node.reference->prefix), ".");
  const auto variable = [&](const std::string& one) -> std::optional<ConfigValue> {
    const std::optional<std::string> text = environment_(one);
    if (!text) return std::nullopt;
    return ConfigValue::scalar(ConfigValue::Type::string, *text, node.where).marked_secret();
  };
  if (!node.reference->list) return variable(name);
  ConfigValue::List items;
  while (auto item = variable(fmt::format("{}_{}", name, items.size()))) items.push_back(*std::move(item));
  if (items.empty()) return std::nullopt;
  return ConfigValue::list_at(std::move(items), node.where);
}

Resolver::Resolved Resolver::substitution(Node& node) {
  if (substitutions_ == Substitutions::as_written) return text_of(node, State::value);
  if (node.busy) {
    loop_.assign(std::ranges::find(busy_, &node), busy_.end());
    return {.state = State::cycle};
  }
  node.busy = true;
  busy_.push_back(&node);
  std::vector<Found> places;
  Resolved out;
  out.state = look_up(node, places);
  if (out.state == State::value) {
    out = found(places);
  } else if (out.state == State::missing) {
    if (std::optional<ConfigValue> text = from_environment(node))
      out = {.state = State::value, .value = *std::move(text)};
  }
  busy_.pop_back();
  node.busy = false;
  out.narrowed = false;
  out.closed = false;
  if (node.reference->optional && (out.state == State::cycle || out.state == State::missing)) return {};
  if (out.state == State::cycle) return may_be_missing() ? out : text_of(node, cycle(node));
  if (out.state == State::missing) return text_of(node, no_value(node));
  if (out.state == State::failed) return text_of(node, State::failed);
  return out;
}

/// Tries the path as it is fixed up for an included file, then as it was written there.
Resolver::State Resolver::look_up(const Node& node, std::vector<Found>& places) {
  const auto& [steps, prefix, optional, list] = *node.reference;
  const State state = walk(steps, places);
  return state == State::missing && prefix > 0 ? walk(steps.subspan(prefix), places) : state;
}

Resolver::State Resolver::walk(std::span<const std::string_view> steps, std::vector<Found>& places) {
  if (root_.kind != Kind::object || steps.empty()) return State::missing;
  View view;
  view.layers.emplace_back(&root_);
  for (std::size_t i = 0;; ++i) {
    places.clear();
    for (const Layer& layer : view.layers) {
      if (Node* const* object = std::get_if<Node*>(&layer)) {
        const auto next = (*object)->members->find(steps[i]);
        if (next != (*object)->members->end() && next->second.top != nullptr) places.emplace_back(&next->second);
      } else if (const ConfigValue* value = std::get<ConfigValue>(layer).find(steps[i])) {
        places.emplace_back(*value);
      }
    }
    if (places.empty()) return State::missing;
    if (i + 1 == steps.size()) return State::value;
    view = {};
    const State state = open(places, view);
    if (state != State::value) return state;
    if (view.layers.empty()) return State::missing;
  }
}

/// The objects behind definitions, so that the next step can be looked for in them.
Resolver::State Resolver::open(const std::vector<Found>& places, View& view) {
  for (const Found& place : places) {
    if (view.closed) break;
    if (const ConfigValue* value = std::get_if<ConfigValue>(&place)) {
      if (value->is_object()) view.layers.emplace_back(*value);
      view.closed = !value->is_object();
      continue;
    }
    const State state = open(*std::get<Field*>(place), view);
    if (state != State::value) return state;
  }
  return State::value;
}

Resolver::State Resolver::open(Field& field, View& view) {
  for (Node* definition = field.top; definition != nullptr && !view.closed;) {
    Node* const below = definition->below;
    if (++steps_ > most_steps)
      return too_much(*definition, "the substitutions of this configuration lead to too many others");
    const State state = open_layer(field, *definition, view);
    if (state != State::value) return state;
    definition = below;
  }
  return State::value;
}

Resolver::State Resolver::open_layer(Field& field, Node& node, View& view) {
  if (node.kind == Kind::object) {
    view.layers.emplace_back(&node);
    return State::value;
  }
  if (!(node.kind == Kind::substitution || node.kind == Kind::concatenation)) {
    view.closed = true;
    return State::value;
  }
  if (node.kind == Kind::concatenation || node.memo != 0) {
    const Resolved resolved = layer(field, node);
    if (resolved.state == State::missing) return State::value;
    if (resolved.state != State::value) return resolved.state;
    if (resolved.value.is_object()) view.layers.emplace_back(resolved.value);
    view.closed = !resolved.value.is_object() || resolved.closed;
    return State::value;
  }
  const bool alone = field.top == &node && node.below == nullptr;
  if (alone) return open_substitution(node, view);
  const Field before = field;
  field.top = node.below;
  field.narrowed = true;
  const State state = open_substitution(node, view);
  field.top = before.top;
  field.narrowed = before.narrowed;
  return state;
}

Resolver::State Resolver::open_substitution(Node& node, View& view) {
  if (node.busy) {
    loop_.assign(std::ranges::find(busy_, &node), busy_.end());
    return State::cycle;
  }
  if (exhausted_) return State::failed;
  if (depth_ > 3 * deepest_nesting) return too_much(node, "substitutions lead to substitutions too many times");
  ++depth_;
  node.busy = true;
  busy_.push_back(&node);
  std::vector<Found> places;
  State state = look_up(node, places);
  if (state == State::value) {
    state = open(places, view);
  } else if (state == State::missing && from_environment(node)) {
    view.closed = true;
    state = State::value;
  }
  busy_.pop_back();
  node.busy = false;
  --depth_;
  if (node.reference->optional && (state == State::cycle || state == State::missing)) return State::value;
  if (state == State::cycle) return may_be_missing() ? state : cycle(node);
  if (state == State::missing) return no_value(node);
  return state;
}

}  // namespace cloudflow::hocon
