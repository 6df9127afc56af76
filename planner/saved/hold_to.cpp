// Holds a plan that was made anew to the one that was approved.
#include "planner/saved/hold_to.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// " (kubectl, 2026-11-30T12:00:00Z)" where the system tells who set a field.
std::string writer_of(const FieldChange& field) {
  if (field.manager.empty()) return "";
  return field.since.empty() ? fmt::format(" ({})", field.manager)
                             : fmt::format(" ({}, {})", field.manager, field.since);
}

std::string shown(const std::optional<Json>& value, bool secret) {
  if (!value) return "absent";
  if (secret) return std::string(hidden_value);
  return value->is_string() ? quote(value->get<std::string>()) : dump(*value);
}

std::string as_asked_for_then(const FieldChange& field) {
  return fmt::format("{} is {}, and was as asked for{}", field.path, shown(field.before, field.secret),
                     writer_of(field));
}

/// What the live thing was when the plan was made and is now, of the first field in which that differs.
std::string how_field_moved(const SavedChange& then, const Change& now) {
  const auto at = [](const std::vector<FieldChange>& fields, const std::string& path) {
    return std::ranges::find(fields, path, &FieldChange::path);
  };
  for (const FieldChange& field : now.fields) {
    const auto before = at(then.fields, field.path);
    if (before == then.fields.end()) return as_asked_for_then(field);
    if (field.secret) continue;
    if (before->before != field.before) {
      return fmt::format("{} is {}, and was {}{}", field.path, shown(field.before, false), shown(before->before, false),
                         writer_of(field));
    }
    if (before->after != field.after) {
      return fmt::format("{} would become {}, and was to become {}", field.path, shown(field.after, false),
                         shown(before->after, false));
    }
    if (field.take_over && (!before->take_over || before->manager != field.manager))
      return fmt::format("{} would be taken from {}", field.path, quote(field.manager));
  }
  for (const FieldChange& field : then.fields) {
    if (at(now.fields, field.path) == now.fields.end())
      return fmt::format("{} is as asked for, and was not", field.path);
  }
  return "";
}

/// The numbers in a text, in order, as digits without leading zeros; and the text with each of them replaced.
struct Numbers {
  std::vector<std::string> values{};
  std::string rest{};
};

Numbers numbers_in(const std::string& text) {
  Numbers out;
  bool in_number = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_separator = c == ',' && in_number && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    if (is_separator) continue;  // "1,204"
    if (is_digit && !in_number) {
      out.values.emplace_back();
      out.rest += '#';
    }
    if (is_digit && (c != '0' || !out.values.back().empty())) out.values.back() += c;
    if (!is_digit) out.rest += c;
    in_number = is_digit;
  }
  return out;
}

bool is_more(const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() > b.size() : a > b; }

/// A loss that nobody has approved: of another kind, or certain by now, or, of a thing that goes, more than it was. A
/// setting that cuts records off a living topic has other numbers at any moment.
std::string unapproved_loss(const SavedChange& then, const Change& now) {
  const bool goes = now.action == Action::remove || now.action == Action::replace;
  for (const Loss& loss : now.losses) {
    const Numbers found = numbers_in(loss.what);
    const auto approves = [&](const Loss& approved) {
      if (loss.certain && !approved.certain) return false;
      const Numbers known = numbers_in(approved.what);
      if (known.rest != found.rest) return false;
      return !goes || std::ranges::equal(found.values, known.values,
                                         [](const auto& a, const auto& b) { return !is_more(a, b); });
    };
    if (!std::ranges::any_of(then.losses, approves))
      return fmt::format("it would lose {}, which the plan does not say", loss.what);
  }
  return "";
}

std::string how_action_moved(const SavedChange& then, const Change& now) {
  if (now.action == Action::create) return "it is gone";
  if (then.action == Action::create)
    return fmt::format("it was made by somebody else{}", [&] {
      for (const FieldChange& field : now.fields) {
        if (!field.manager.empty()) return writer_of(field);
      }
      return now.others.empty() ? std::string() : fmt::format(" ({})", now.others.front().manager);
    }());
  return fmt::format("it would be {}, and was to be {}", done_word(now.action), done_word(then.action));
}

/// Why this is not the change that was approved; empty where it is. `unchecked` where secrets could not be compared.
std::string how_it_moved(const SavedChange& then, const Change& now, const ChangeDigest& digest, bool& unchecked) {
  if (then.action != now.action) return how_action_moved(then, now);
  if (identity_of(then.precondition) != identity_of(now.precondition)) return "it was deleted and made again";
  if (then.stays && !stays_though_removed(now)) return "it was to stay and be let go of, and would be deleted";
  if (now.risk > then.risk) return fmt::format("its risk is {}, and was {}", name_of(now.risk), name_of(then.risk));
  if (std::string loss = unapproved_loss(then, now); !loss.empty()) return loss;
  const bool goes = now.action == Action::remove || now.action == Action::replace;
  if (goes && revision_of(then.precondition) != revision_of(now.precondition))
    return fmt::format("somebody has changed it{}",
                       now.others.empty() ? "" : fmt::format("; it has fields of {}", now.others.front().manager));
  if (then.digest.open != digest.open || then.digest.has_secrets != digest.has_secrets) {
    std::string how = how_field_moved(then, now);
    return how.empty() ? "what is asked for is not what it was: a value from outside the repository, or another "
                         "version of cloudflow"
                       : how;
  }
  if (!then.digest.secrets.empty() && digest.secrets.empty())
    return "its secret values cannot be compared: the key of their digests is gone";
  if (then.digest.has_secrets && (then.digest.secrets.empty() || digest.secrets.empty())) unchecked = true;
  if (!then.digest.secrets.empty() && !digest.secrets.empty() && then.digest.secrets != digest.secrets)
    return "a secret value in it is not what it was, live or as it is asked for";
  return "";
}

/// Why a change is wanted that was not when the plan was made.
std::string how_it_appeared(const Change& now) {
  if (now.action == Action::create) return "it is gone, and was there";
  if (now.action == Action::remove) return "it is there, and was not, or was not to go";
  return now.fields.empty() ? "it was as asked for" : as_asked_for_then(now.fields.front());
}

}  // namespace

HeldTo hold_to(const SavedPlan& approved, const Digester& digester, MovedChanges moved, Plan& plan) {
  HeldTo out;
  std::map<ResourceId, const SavedChange*> then;
  for (const SavedChange& change : approved.changes) then.emplace(change.id, &change);
  for (Change& change : plan.changes) {
    const auto found = then.find(change.id);
    if (found != then.end() && found->second->refused) {
      if (!change.refused) change.refused = "it was refused when the plan was made";
      continue;
    }
    const std::string how =
        found == then.end() ? how_it_appeared(change)
                            : how_it_moved(*found->second, change, digest_of(change, digester), out.secrets_unchecked);
    if (how.empty()) continue;
    // A topic that left the source is no change until somebody names it; the policy makes a note of it.
    const bool waits_to_be_named =
        found == then.end() && change.action == Action::remove && change.traits.removed_by_name;
    if (!waits_to_be_named) out.moved.push_back(change.id);
    if (moved == MovedChanges::refused && !change.refused)
      change.refused = fmt::format("moved since the plan was made: {}", how);
  }
  std::set<ResourceId> now;
  for (const Change& change : plan.changes) now.insert(change.id);
  for (const SavedChange& change : approved.changes) {
    if (!change.refused && !now.contains(change.id)) out.done.push_back(change.id);
  }
  return out;
}

}  // namespace cloudflow
