// Gives every substitution its value, and every key the one value that its definitions amount to.
#pragma once

#include <unordered_map>
#include <variant>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/config/hocon/hocon_tree.h"
#include "planner/config/read_config.h"

namespace cloudflow::hocon {

/// Whether substitutions are looked up, or stay as the text they were written with.
enum class Substitutions { resolved, as_written };

class Resolver {
 public:
  Resolver(Node& root, Substitutions substitutions, const EnvironmentLookup& environment, Diagnostics& problems);
  /// Says nothing about missing values: after mistakes in the text they may only be consequences.
  void be_quiet_about_missing() { quiet_ = true; }
  /// The value of the whole tree. A substitution without a value is reported and stands there as its text.
  ConfigValue run();

 private:
  enum class State { missing, value, failed, cycle };

  /// What a node or key amounts to.
  struct Resolved {
    State state = State::missing;
    ConfigValue value{};
    long long weight = 1;   ///< values in it, each as often as it appears
    int height = 1;         ///< levels of nesting
    bool narrowed = false;  ///< made while a key inside showed an earlier definition: not for keeping
    bool closed = false;    ///< an object that hides what lies below it

    /// Lays this object over another one.
    void lay_over(const Resolved& below);
  };
  /// Where a path leads: a key's definitions, or a value inside one that is resolved already.
  using Found = std::variant<Field*, ConfigValue>;
  /// Objects that lie over each other, the top one first.
  using Layer = std::variant<Node*, ConfigValue>;
  struct View {
    std::vector<Layer> layers{};
    bool closed = false;  ///< what lies further below is hidden
  };

  Resolved node(Node& node);
  Resolved list(Node& node);
  Resolved object(Node& node);
  Resolved field(Field& field);
  Resolved layer(Field& field, Node& node);
  Resolved substitution(Node& node);
  Resolved concatenation(Node& node);
  Resolved text_of(const Node& node, State state) const;
  Resolved found(const std::vector<Found>& places);

  State look_up(const Node& node, std::vector<Found>& places);
  State walk(std::span<const std::string_view> steps, std::vector<Found>& places);
  State open(const std::vector<Found>& places, View& view);
  State open(Field& field, View& view);
  State open_layer(Field& field, Node& node, View& view);
  State open_substitution(Node& node, View& view);
  std::optional<ConfigValue> from_environment(const Node& node) const;

  const Resolved& keep(std::uint32_t& memo, Resolved resolved);
  State no_value(Node& node);
  State cycle(Node& node);
  bool may_be_missing() const;
  bool has_mistake_on_line(const Node& node) const;
  State too_much(const Node& node, std::string_view what);
  std::string path_text(const Node& node) const;

  Node& root_;
  Substitutions substitutions_;
  const EnvironmentLookup& environment_;
  Diagnostics& problems_;
  std::vector<Resolved> memos_{};
  std::vector<const Node*> busy_{};  ///< substitutions being resolved, outermost first
  std::vector<const Node*> loop_{};  ///< the cycle that was found last
  int depth_ = 0;
  long long steps_ = 0;
  std::size_t joined_ = 0;  ///< bytes made by concatenations
  bool exhausted_ = false;
  bool quiet_ = false;
};

}  // namespace cloudflow::hocon
