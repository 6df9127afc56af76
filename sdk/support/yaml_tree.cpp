// Builds a tree from YAML's events.
#include "sdk/support/yaml_tree.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace cloudflow {
namespace {

constexpr std::size_t deepest = 100;
constexpr std::size_t most_values = 100'000;

struct Anchored {
  YamlNode node{};
  std::size_t count = 0;  ///< values in it, with itself
};

struct Open {
  YamlNode node{};
  std::string anchor{};
  std::size_t before = 0;  ///< values until it began
  std::optional<std::string> key{};
};

class TreeBuilder {
 public:
  bool take(const YamlEvent& event) {
    using Kind = YamlEvent::Kind;
    if (event.kind == Kind::document) return ++documents_ == 1;
    if (++values_ > most_values) return fail(event, "this stands for too many values");
    switch (event.kind) {
      case Kind::scalar: {
        YamlNode node{.at = event.at, .plain = event.plain};
        if (!event.is_null()) {
          node.kind = YamlNode::Kind::scalar;
          node.text = event.text;
        }
        put(std::move(node), event.anchor, 1);
        break;
      }
      case Kind::alias: {
        const auto found = anchored_.find(event.anchor);
        if (found == anchored_.end()) return fail(event, fmt::format("no value has the anchor \"{}\"", event.anchor));
        values_ += found->second.count;
        if (values_ > most_values) return fail(event, "this stands for too many values");
        put(found->second.node, {}, 0);
        break;
      }
      case Kind::list:
      case Kind::map:
        if (open_.size() == deepest) return fail(event, "this is nested too deep");
        open_.push_back(
            {.node = {.kind = event.kind == Kind::map ? YamlNode::Kind::map : YamlNode::Kind::list, .at = event.at},
             .anchor = std::string(event.anchor),
             .before = values_});
        break;
      case Kind::end: {
        Open done = std::move(open_.back());
        open_.pop_back();
        put(std::move(done.node), done.anchor, values_ - done.before);
        break;
      }
      case Kind::document:
        break;
    }
    return true;
  }

  YamlNode root{};
  std::optional<YamlProblem> problem{};

 private:
  bool fail(const YamlEvent& event, std::string message) {
    problem = YamlProblem{.at = event.at, .message = std::move(message)};
    return false;
  }

  void put(YamlNode node, std::string_view anchor, std::size_t count) {
    if (!anchor.empty()) anchored_.insert_or_assign(std::string(anchor), Anchored{node, count});
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Open& around = open_.back();
    if (around.node.is_list()) {
      around.node.items.push_back(std::move(node));
    } else if (!around.key) {
      around.key = std::move(node.text);
    } else {
      around.node.members.emplace_back(*std::exchange(around.key, std::nullopt), std::move(node));
    }
  }

  int documents_ = 0;
  std::size_t values_ = 0;
  std::vector<Open> open_{};
  std::map<std::string, Anchored, std::less<>> anchored_{};
};

}  // namespace

const YamlNode& YamlNode::operator[](std::string_view key) const {
  static const YamlNode nothing;
  for (const auto& [name, member] : members) {
    if (name == key) return member;
  }
  return nothing;
}

std::expected<YamlNode, YamlProblem> read_yaml_tree(std::string_view text) {
  TreeBuilder builder;
  std::optional<YamlProblem> problem =
      read_yaml_events(text, [&](const YamlEvent& event) { return builder.take(event); });
  if (!problem) problem = std::move(builder.problem);
  if (problem) return std::unexpected(*std::move(problem));
  return std::move(builder.root);
}

}  // namespace cloudflow
