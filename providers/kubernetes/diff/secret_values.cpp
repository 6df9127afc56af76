// Differences inside Secrets, and which values must never be shown.
#include "providers/kubernetes/diff/secret_values.h"

#include <algorithm>

#include "providers/kubernetes/ownership/applyset.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 200;

/// The JSON object that a value of `data` holds; null for anything else.
Json inner_document(const Json& value) {
  std::string text;
  if (!value.is_string() || !from_base64(value.get_ref<const std::string&>(), text)) return nullptr;
  Json document = Json::parse(text, nullptr, false);
  return document.is_object() ? document : Json();
}

std::string key_text(const std::string& key) {
  const bool plain = !key.empty() && key.find_first_of(". \"/$:=+#") == std::string::npos;
  return plain ? key : quote(key);
}

/// Collects the differing leaves of two documents in one key of a Secret.
class InnerWalk {
 public:
  InnerWalk(const Difference& whole, std::span<const std::string> secrets, std::vector<MarkedDifference>& out)
      : whole_(whole), secrets_(secrets), out_(out) {}

  void object(const Json& desired, const Json& live, const std::string& path, const std::string& pointer, int depth) {
    for (const auto& [key, wanted] : desired.items()) {
      const auto member = live.find(key);
      const std::string at = path.empty() ? key_text(key) : path + "." + key_text(key);
      const std::string to = pointer + "/" + pointer_step(key);
      if (member == live.end()) {
        report(at, to, nullptr, &wanted);
      } else if (wanted.is_object() && member->is_object() && depth < max_depth) {
        object(wanted, *member, at, to, depth + 1);
      } else if (wanted != *member) {
        report(at, to, &*member, &wanted);
      }
    }
    for (const auto& [key, old] : live.items()) {
      if (desired.contains(key)) continue;
      report(path.empty() ? key_text(key) : path + "." + key_text(key), pointer + "/" + pointer_step(key), &old,
             nullptr);
    }
  }

 private:
  void report(const std::string& path, const std::string& pointer, const Json* before, const Json* after) {
    Difference difference = whole_;
    difference.path = whole_.names.back() + ": " + path;
    difference.pointer = whole_.pointer + "#" + pointer;
    difference.before = before == nullptr ? std::nullopt : std::optional(*before);
    difference.after = after == nullptr ? std::nullopt : std::optional(*after);
    // A value that is not plainly asked for now may have been secret when it was written.
    const bool plain_now = after != nullptr && (before == nullptr || before->is_structured() == after->is_structured());
    out_.push_back({.difference = std::move(difference),
                    .secret = !plain_now || covers(secrets_, whole_.pointer + "#" + pointer)});
  }

  const Difference& whole_;
  std::span<const std::string> secrets_;
  std::vector<MarkedDifference>& out_;
};

/// One difference for each key where `data` as a whole is new or gone.
std::vector<Difference> by_key(Difference data) {
  std::vector<Difference> out;
  const Json none = Json::object();
  const Json& before = data.before && data.before->is_object() ? *data.before : none;
  const Json& after = data.after && data.after->is_object() ? *data.after : none;
  for (const Json* side : {&before, &after}) {
    for (const auto& [key, value] : side->items()) {
      Difference one{.path = data.path + (key.find('.') == std::string::npos ? "." + key : "[" + key + "]"),
                     .pointer = data.pointer + "/" + pointer_step(key),
                     .names = data.names,
                     .before = {},
                     .after = {},
                     .owned = data.owned.member(key)};
      one.names.push_back(key);
      (side == &before ? one.before : one.after) = value;
      out.push_back(std::move(one));
    }
  }
  return out;
}

bool opens(const Json& object) {
  const std::string type = string_at(object, {"type"});
  return type.empty() || type == "Opaque";
}

}  // namespace

std::vector<MarkedDifference> open_secret(std::vector<Difference> found, const Json& desired, const Json& live,
                                          std::span<const std::string> secrets) {
  std::vector<std::string> hidden(secrets.begin(), secrets.end());
  const Json past =
      Json::parse(string_at(live, {"metadata", "annotations", secret_values_annotation}, "[]"), nullptr, false);
  if (past.is_array()) {
    for (const Json& pointer : past) {
      if (pointer.is_string()) hidden.push_back(pointer.get<std::string>());
    }
  }
  std::vector<MarkedDifference> out;
  const auto open = [&](Difference difference) {
    const Json before = difference.before ? inner_document(*difference.before) : Json();
    const Json after = difference.after ? inner_document(*difference.after) : Json();
    const std::size_t count = out.size();
    if (before.is_object() && after.is_object() && opens(desired) && opens(live)) {
      InnerWalk(difference, hidden, out).object(after, before, "", "", 0);
    }
    if (out.size() == count) out.push_back({.difference = std::move(difference), .secret = true});
  };
  for (Difference& difference : found) {
    if (difference.pointer == "/data") {
      for (Difference& one : by_key(std::move(difference))) open(std::move(one));
    } else if (difference.pointer.starts_with("/data/")) {
      open(std::move(difference));
    } else {
      const bool secret = covers(secrets, difference.pointer);
      out.push_back({.difference = std::move(difference), .secret = secret});
    }
  }
  return out;
}

}  // namespace cloudflow
