// What differs between a manifest and a live object, counting only what we ask for or own.
#include "providers/kubernetes/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "providers/kubernetes/same_value.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 200;

/// One step of the way to a place; the steps live on the stack of the walk, so that equal objects cost no text.
struct Step {
  const Step* up = nullptr;
  std::string_view member{};  ///< of an object; empty for a list's element
  std::size_t index = 0;      ///< of a list
  const Json* key = nullptr;  ///< what names the element of an associative list
};

std::string element_label(const Step& step) {
  if (step.key == nullptr) return std::to_string(step.index);
  if (!step.key->is_object()) return step.key->is_string() ? step.key->get<std::string>() : dump(*step.key);
  std::vector<std::string> parts;
  for (const auto& [field, value] : step.key->items()) {
    if (field == "protocol" && value == "TCP") continue;
    parts.push_back(value.is_string() ? value.get<std::string>() : dump(value));
  }
  return join(parts, "/");
}

bool needs_brackets(std::string_view member) { return member.find_first_of("./[]") != std::string_view::npos; }

void describe(const Step* step, Difference& out) {
  if (step == nullptr) return;
  describe(step->up, out);
  if (step->member.data() == nullptr) {
    out.path.append("[").append(element_label(*step)).append("]");
    out.pointer.append("/").append(std::to_string(step->index));
    return;
  }
  const std::string member(step->member);
  if (needs_brackets(member)) {
    out.path.append("[").append(member).append("]");
  } else {
    out.path.append(out.path.empty() ? "" : ".").append(member);
  }
  out.pointer.append("/").append(pointer_step(member));
  out.names.push_back(member);
}

std::vector<std::string> names_to(const Step* step) {
  std::vector<std::string> names;
  for (; step != nullptr; step = step->up) {
    if (step->member.data() != nullptr) names.emplace_back(step->member);
  }
  std::ranges::reverse(names);
  return names;
}

/// The key of an element of an associative list, with what the server fills in.
Json key_of(const Json& element, const std::vector<std::string>& fields) {
  Json key = Json::object();
  for (const std::string& field : fields) {
    const Json* value = find(element, {field});
    if (value != nullptr) {
      key[field] = *value;
    } else if (field == "protocol") {
      key[field] = "TCP";
    }
  }
  return key;
}

class Walk {
 public:
  /// `exact`: members of live that desired does not have are differences too.
  void value(const Json& desired, const Json& live, const OwnedFields& owned, const Step* at, bool exact, int depth) {
    if (depth > max_depth) {
      too_deep = true;
    } else if (desired.is_object() && live.is_object()) {
      object(desired, live, owned, at, exact, depth);
    } else if (desired.is_array() && live.is_array()) {
      list(desired, live, owned, at, depth);
    } else if (!same_plain_value(desired, live, names_to(at))) {
      report(at, owned, live, desired);
    }
  }

  std::vector<Difference> found{};
  bool too_deep = false;

 private:
  void report(const Step* at, const OwnedFields& owned, std::optional<Json> before, std::optional<Json> after) {
    Difference out{
        .path = {}, .pointer = {}, .names = {}, .before = std::move(before), .after = std::move(after), .owned = owned};
    describe(at, out);
    found.push_back(std::move(out));
  }

  void object(const Json& desired, const Json& live, const OwnedFields& owned, const Step* at, bool exact, int depth) {
    exact = exact || (!desired.empty() && owned.our_tree() != nullptr && owned.our_tree()->empty());
    for (const auto& [name, wanted] : desired.items()) {
      if (wanted.is_null()) continue;
      const Step step{.up = at, .member = name};
      const OwnedFields below = owned.member(name);
      if (const auto member = live.find(name); member != live.end()) {
        value(wanted, *member, below, &step, exact, depth + 1);
      } else {
        missing(wanted, below, &step);
      }
    }
    if (exact) {
      for (const auto& [name, extra] : live.items()) {
        if (desired.contains(name) || desired.empty() || is_server_default(name, extra)) continue;
        const Step step{.up = at, .member = name};
        report(&step, owned.member(name), extra, std::nullopt);
      }
      return;
    }
    if (owned.our_tree() == nullptr) return;
    for (const auto& [tag, tree] : owned.our_tree()->items()) {
      if (!tag.starts_with("f:")) continue;
      const std::string name = tag.substr(2);
      const auto wanted = desired.find(name);
      if (wanted != desired.end() && !wanted->is_null()) continue;
      if (const auto member = live.find(name); member != live.end()) {
        const Step step{.up = at, .member = name};
        removed(*member, owned.step(tag), &step, depth + 1);
      }
    }
  }

  /// Desired, but not in the live object.
  void missing(const Json& desired, const OwnedFields& owned, const Step* at) {
    if (is_empty_value(desired)) return;
    // The server does not store false and 0 in most fields, but remembers that we said so.
    if (is_zero_value(desired) && (owned.owned_by_us() || !owned.has_ours())) return;
    report(at, owned, std::nullopt, desired);
  }

  /// We own something here that is not desired any more. What others own too stays.
  void removed(const Json& live, const OwnedFields& owned, const Step* at, int depth) {
    if (depth > max_depth) {
      too_deep = true;
      return;
    }
    if (!owned.owned_by_others()) {
      if (!is_empty_value(live)) report(at, owned, live, std::nullopt);
      return;
    }
    const Json* tree = owned.our_tree();
    if (tree == nullptr || tree->empty()) return;
    for (const auto& [tag, below] : tree->items()) {
      if (tag.starts_with("f:") && live.is_object()) {
        const std::string name = tag.substr(2);
        const Step step{.up = at, .member = name};
        if (const auto member = live.find(name); member != live.end())
          removed(*member, owned.step(tag), &step, depth + 1);
      } else if (tag.starts_with("k:") && live.is_array()) {
        removed_element(live, tag, owned, at, depth);
      }
    }
  }

  void removed_element(const Json& live, const std::string& tag, const OwnedFields& owned, const Step* at, int depth) {
    const Json key = Json::parse(tag.begin() + 2, tag.end(), nullptr, false);
    if (!key.is_object()) return;
    for (std::size_t i = 0; i < live.size(); ++i) {
      if (key_of(live[i], owned.key_fields()) != key) continue;
      const Step step{.up = at, .index = i, .key = &key};
      removed(live[i], owned.step(tag), &step, depth + 1);
    }
  }

  void list(const Json& desired, const Json& live, const OwnedFields& owned, const Step* at, int depth) {
    if (!owned.indivisible()) {
      std::vector<std::string> keys = owned.key_fields();
      if (keys.empty() && !owned.is_set()) keys = merge_keys(names_to(at));
      if (!keys.empty()) return keyed_list(desired, live, keys, owned, at, depth);
      if (owned.is_set() || is_merged_set(names_to(at))) return set(desired, live, owned, at);
    }
    if (desired.size() != live.size()) {
      report(at, owned, live, desired);
      return;
    }
    for (std::size_t i = 0; i < desired.size(); ++i) {
      const Step step{.up = at, .index = i};
      value(desired[i], live[i], owned, &step, true, depth + 1);
    }
  }

  void keyed_list(const Json& desired, const Json& live, const std::vector<std::string>& keys, const OwnedFields& owned,
                  const Step* at, int depth) {
    std::map<Json, const Json*> by_key;
    for (const Json& element : live) by_key.emplace(key_of(element, keys), &element);
    std::map<Json, bool> wanted;
    for (std::size_t i = 0; i < desired.size(); ++i) {
      const auto key = wanted.emplace(key_of(desired[i], keys), true).first;
      const Step step{.up = at, .index = i, .key = &key->first};
      const OwnedFields below = owned.step("k:" + dump(key->first));
      if (const auto element = by_key.find(key->first); element != by_key.end()) {
        value(desired[i], *element->second, below, &step, false, depth + 1);
      } else {
        report(&step, below, std::nullopt, desired[i]);
      }
    }
    if (owned.our_tree() == nullptr) return;
    for (const auto& [tag, tree] : owned.our_tree()->items()) {
      if (!tag.starts_with("k:")) continue;
      const Json key = Json::parse(tag.begin() + 2, tag.end(), nullptr, false);
      if (!wanted.contains(key)) removed_element(live, tag, owned, at, depth);
    }
  }

  void set(const Json& desired, const Json& live, const OwnedFields& owned, const Step* at) {
    for (std::size_t i = 0; i < desired.size(); ++i) {
      if (std::ranges::find(live, desired[i]) != live.end()) continue;
      const Step step{.up = at, .index = i, .key = &desired[i]};
      report(&step, owned.step("v:" + dump(desired[i])), std::nullopt, desired[i]);
    }
    for (std::size_t i = 0; i < live.size(); ++i) {
      if (std::ranges::find(desired, live[i]) != desired.end()) continue;
      const OwnedFields below = owned.step("v:" + dump(live[i]));
      if (!below.owned_by_us() || below.owned_by_others()) continue;
      const Step step{.up = at, .index = i, .key = &live[i]};
      report(&step, below, live[i], std::nullopt);
    }
  }
};

}  // namespace

Result<std::vector<Difference>> differences(const Json& desired, const Json& live, const OwnedFields& owned) {
  Walk walk;
  walk.value(desired, live, owned, nullptr, false, 0);
  if (walk.too_deep) {
    return failure(ErrorKind::invalid_input, fmt::format("nested deeper than {} levels", max_depth));
  }
  return std::move(walk.found);
}

}  // namespace cloudflow
