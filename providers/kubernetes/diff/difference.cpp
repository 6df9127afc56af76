// What differs between a manifest and a live object, counting only what we ask for or own.
#include "providers/kubernetes/diff/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "providers/kubernetes/diff/same_value.h"
#include "sdk/support/text.h"

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

/// A list's elements by what names them; nothing where a name is missing or is there twice.
struct Named {
  std::vector<Json> order{};
  std::map<Json, std::size_t> at{};
};

/// The key of an element of an associative list, with what the server fills in.
std::optional<Json> key_of(const Json& element, const std::vector<std::string>& fields, const FieldSchema* schema) {
  Json key = Json::object();
  for (const std::string& field : fields) {
    const Json* value = find(element, {field});
    const FieldSchema* place = schema_member(schema, field);
    if (value != nullptr) {
      key[field] = *value;
    } else if (place != nullptr && !place->default_value.empty()) {
      key[field] = std::string(place->default_value);
    } else {
      return std::nullopt;
    }
  }
  return key;
}

/// `fields` is empty for a set, whose values name themselves.
std::optional<Named> named(const Json& list, const std::vector<std::string>& fields, const FieldSchema* schema) {
  Named out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::optional<Json> key = fields.empty() ? std::optional(list[i]) : key_of(list[i], fields, schema);
    if (!key || !out.at.emplace(*key, i).second) return std::nullopt;
    out.order.push_back(*std::move(key));
  }
  return out;
}

/// The names that both have, in the order of the first.
std::vector<Json> shared(const Named& first, const Named& second) {
  std::vector<Json> out;
  std::ranges::copy_if(first.order, std::back_inserter(out), [&](const Json& key) { return second.at.contains(key); });
  return out;
}

/// How a list is merged.
struct ListShape {
  enum class Kind { atomic, keyed, set } kind = Kind::atomic;
  std::vector<std::string> keys{};
};

ListShape shape_of(const FieldSchema* schema, const OwnedFields& owned) {
  using Kind = ListShape::Kind;
  if (schema != nullptr && schema->shape == FieldSchema::Shape::list) {
    if (schema->set) return {Kind::set, {}};
    if (!schema->is_associative()) return {Kind::atomic, {}};
    return {Kind::keyed, {schema->keys.begin(), schema->keys.end()}};
  }
  if (std::vector<std::string> keys = owned.key_fields(); !keys.empty()) return {Kind::keyed, std::move(keys)};
  return {owned.is_set() ? Kind::set : Kind::atomic, {}};
}

/// Compares what should be with what is. Without `manifest` both sides are states of the live object, where everything
/// counts.
class Walk {
 public:
  explicit Walk(bool manifest) : manifest_(manifest) {}

  /// `exact`: members of live that desired does not have are differences too.
  void value(const Json& desired, const Json& live, const OwnedFields& owned, const FieldSchema* schema, const Step* at,
             bool exact, int depth) {
    if (desired.is_structured() && schema != nullptr && schema->shape == FieldSchema::Shape::plain) schema = nullptr;
    if (depth > max_depth) {
      too_deep = true;
    } else if (desired.is_object() && live.is_object()) {
      object(desired, live, owned, schema, at, exact, depth);
    } else if (desired.is_array() && live.is_array()) {
      list(desired, live, owned, schema, at, depth);
    } else if (manifest_ ? !same_plain_value(desired, live, schema) : desired != live) {
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

  /// An object that is applied as one value: by its schema, or, where that is not known, unless somebody owns a part.
  static bool is_whole(const FieldSchema* schema, const OwnedFields& owned) {
    return schema != nullptr ? schema->atomic : !owned.is_divided();
  }

  void object(const Json& desired, const Json& live, const OwnedFields& owned, const FieldSchema* schema,
              const Step* at, bool exact, int depth) {
    exact = exact || !manifest_ || is_whole(schema, owned);
    for (const auto& [name, wanted] : desired.items()) {
      const Step step{.up = at, .member = name};
      const OwnedFields below = owned.member(name);
      if (const auto member = live.find(name); member != live.end()) {
        value(wanted, *member, below, schema_member(schema, name), &step, exact, depth + 1);
      } else if (!manifest_ || exact || !is_zero_value(wanted) || !below.owned_by_us()) {
        // What we own and is not there, the server has dropped because it is empty; whatever else takes it away takes
        // it from us, too.
        report(&step, below, std::nullopt, wanted);
      }
    }
    if (exact) {
      for (const auto& [name, extra] : live.items()) {
        if (desired.contains(name) || (manifest_ && is_known_default(schema, name, extra))) continue;
        const Step step{.up = at, .member = name};
        report(&step, owned.member(name), extra, std::nullopt);
      }
      return;
    }
    if (owned.leaving_tree() == nullptr) return;
    for (const auto& [tag, tree] : owned.leaving_tree()->items()) {
      if (!tag.starts_with("f:") || desired.contains(tag.substr(2))) continue;
      removed_member(live, tag, owned, schema, at, depth);
    }
  }

  void removed_member(const Json& live, const std::string& tag, const OwnedFields& owned, const FieldSchema* schema,
                      const Step* at, int depth) {
    const std::string name = tag.substr(2);
    const auto member = live.find(name);
    if (member == live.end()) return;
    const Step step{.up = at, .member = name};
    removed(*member, owned.step(tag), schema_member(schema, name), &step, depth + 1);
  }

  /// We own something here that is not desired any more. What others keep stays.
  void removed(const Json& live, const OwnedFields& owned, const FieldSchema* schema, const Step* at, int depth) {
    if (depth > max_depth) {
      too_deep = true;
      return;
    }
    if (!owned.kept_by_others() && !owned.others_have_more()) {
      report(at, owned, live, std::nullopt);
      found.back().left = true;
      return;
    }
    const Json* tree = owned.leaving_tree();
    if (tree == nullptr || tree->empty()) return;
    for (const auto& [tag, below] : tree->items()) {
      if (tag.starts_with("f:") && live.is_object()) {
        removed_member(live, tag, owned, schema, at, depth);
      } else if (live.is_array()) {
        removed_element(live, tag, owned, schema, at, depth);
      }
    }
  }

  void removed_element(const Json& live, const std::string& tag, const OwnedFields& owned, const FieldSchema* schema,
                       const Step* at, int depth) {
    const bool keyed = tag.starts_with("k:");
    if (!keyed && !tag.starts_with("v:")) return;
    const Json key = Json::parse(tag.begin() + 2, tag.end(), nullptr, false);
    std::vector<std::string> fields;
    if (keyed && key.is_object()) {
      for (const auto& [field, value] : key.items()) fields.push_back(field);
    }
    for (std::size_t i = 0; i < live.size(); ++i) {
      if (keyed ? key_of(live[i], fields, schema_element(schema)) != key : live[i] != key) continue;
      const Step step{.up = at, .index = i, .key = &key};
      removed(live[i], owned.step(tag), schema_element(schema), &step, depth + 1);
    }
  }

  void list(const Json& desired, const Json& live, const OwnedFields& owned, const FieldSchema* schema, const Step* at,
            int depth) {
    const ListShape shape = shape_of(schema, owned);
    const FieldSchema* inner = schema_element(schema);
    if (shape.kind != ListShape::Kind::atomic) {
      const auto wanted = named(desired, shape.keys, inner);
      const auto there = named(live, shape.keys, inner);
      if (wanted && there) return merged(desired, live, *wanted, *there, owned, schema, at, depth);
      if (desired != live) report(at, owned, live, desired);
      return;
    }
    if (desired.size() != live.size()) {
      report(at, owned, live, desired);
      return;
    }
    for (std::size_t i = 0; i < desired.size(); ++i) {
      const Step step{.up = at, .index = i};
      value(desired[i], live[i], owned, inner, &step, true, depth + 1);
    }
  }

  /// Lists that are merged element by element: by their keys, or sets of plain values.
  void merged(const Json& desired, const Json& live, const Named& wanted, const Named& there, const OwnedFields& owned,
              const FieldSchema* schema, const Step* at, int depth) {
    const FieldSchema* inner = schema_element(schema);
    const auto tag_of = [](const Json& key) { return (key.is_object() ? "k:" : "v:") + dump(key); };
    for (std::size_t i = 0; i < desired.size(); ++i) {
      const Json& key = wanted.order[i];
      const Step step{.up = at, .index = i, .key = &key};
      const OwnedFields below = owned.step(tag_of(key));
      if (const auto found_at = there.at.find(key); found_at == there.at.end()) {
        report(&step, below, std::nullopt, desired[i]);
      } else if (desired[i].is_structured()) {
        value(desired[i], live[found_at->second], below, inner, &step, false, depth + 1);
      }
    }
    for (std::size_t i = 0; i < live.size(); ++i) {
      const Json& key = there.order[i];
      if (wanted.at.contains(key)) continue;
      const Step step{.up = at, .index = i, .key = &key};
      const OwnedFields below = owned.step(tag_of(key));
      if (!manifest_) {
        report(&step, below, live[i], std::nullopt);
      } else if (below.leaving_tree() != nullptr) {
        removed(live[i], below, inner, &step, depth + 1);
      }
    }
    // The server keeps the order of what is applied; what others put in stays where it is among them.
    const std::vector<Json> order = shared(wanted, there);
    if (order != shared(there, wanted)) report_order(order, shared(there, wanted), owned, at);
  }

  void report_order(const std::vector<Json>& desired, const std::vector<Json>& live, const OwnedFields& owned,
                    const Step* at) {
    const auto labels = [](const std::vector<Json>& keys) {
      Json out = Json::array();
      for (const Json& key : keys) out.push_back(element_label({.key = &key}));
      return out;
    };
    report(at, owned, labels(live), labels(desired));
    found.back().path += " (order)";
  }

  bool manifest_;
};

}  // namespace

Result<std::vector<Difference>> differences(const Json& desired, const Json& live, const OwnedFields& owned,
                                            const FieldSchema& schema) {
  Walk walk(true);
  walk.value(desired, live, owned, &schema, nullptr, false, 0);
  if (walk.too_deep) {
    return failure(ErrorKind::invalid_input, fmt::format("nested deeper than {} levels", max_depth));
  }
  return std::move(walk.found);
}

std::vector<Difference> differences_of_states(const Json& before, const Json& after, const OwnedFields& owned,
                                              const FieldSchema& schema) {
  Walk walk(false);
  walk.value(after, before, owned, &schema, nullptr, true, 0);
  return std::move(walk.found);
}

}  // namespace cloudflow
