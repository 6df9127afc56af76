// Digests of configuration under a key that only readers of Secrets have.
#include "providers/kubernetes/ownership/digest_key.h"

#include <array>
#include <utility>
#include <vector>

#include "sdk/support/digest.h"
#include "sdk/support/random_bytes.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view key_member = "key";
constexpr std::size_t key_size = 32;
constexpr std::size_t digest_size = 32;  // hex digits
constexpr std::array<std::string_view, 2> digest_names = {"cloudflow/config-digest", "cloudflow/adopted-config-digest"};
constexpr int deepest = 100;

/// Where digests stand: annotations of pods, wherever a kind has its pods, and a label of what was adopted.
void find_digests(const Json& value, const std::string& pointer, int depth, std::vector<std::string>& out) {
  if (depth > deepest) return;
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      find_digests(value[i], pointer + "/" + std::to_string(i), depth + 1, out);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items()) {
    const std::string place = pointer + "/" + pointer_step(name);
    if (name == "annotations" || name == "labels") {
      for (const std::string_view digest : digest_names) {
        if (const Json* there = find(member, {digest}); there != nullptr && there->is_string())
          out.push_back(place + "/" + pointer_step(std::string(digest)));
      }
    } else if (member.is_structured()) {
      find_digests(member, place, depth + 1, out);
    }
  }
}

std::vector<std::string> digests_in(const Json& manifest) {
  std::vector<std::string> out;
  find_digests(manifest, "", 0, out);
  return out;
}

/// What the live object has by one of the names; a digest stands in one of two places.
std::optional<std::string> any_live_digest(const std::string& document) {
  const Json live = Json::parse(document, nullptr, false);
  for (const std::string& pointer : digests_in(live)) return live.at(Json::json_pointer(pointer)).get<std::string>();
  return std::nullopt;
}

std::string under(const DigestKey& key, const std::string& digest) {
  return hex(hmac_sha256(key.bytes, digest)).substr(0, digest_size);
}

/// What a digest becomes. Digests have 128 bits: one that is anywhere in the live object is that object's.
std::string keyed(const std::string& digest, const Live* live, const DigestKey& key) {
  const auto has = [&](const std::string& text) {
    return live != nullptr && live->document.find('"' + text + '"') != std::string::npos;
  };
  if (key.bytes.empty()) return live == nullptr ? digest : any_live_digest(live->document).value_or(digest);
  std::string own = under(key, digest);
  return !has(own) && has(digest) ? digest : own;
}

}  // namespace

std::string digest_key_name(const ApplySet& set) { return set.parent() + "-digest-key"; }

std::string random_key() { return random_bytes(key_size); }

Json digest_key_secret(const ApplySet& set, const std::string& bytes) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "Opaque"},
          {"immutable", true},
          {"metadata",
           {{"name", digest_key_name(set)},
            {"namespace", set.ns},
            {"labels",
             {{std::string(part_of_label), set.id()},
              {"app.kubernetes.io/part-of", set.application},
              {"app.kubernetes.io/managed-by", "cloudflow"}}}}},
          {"data", {{std::string(key_member), to_base64(bytes)}}}};
}

std::optional<std::string> key_in(const Json& secret) {
  std::string bytes;
  if (!from_base64(string_at(secret, {"data", key_member}), bytes) || bytes.size() < key_size) return std::nullopt;
  return bytes;
}

bool may_carry_digest(std::string_view kind) {
  // The first two can be large.
  return kind != "Secret" && kind != "ConfigMap" && kind != "Namespace";
}

bool carries_digest(const Json& manifest) {
  return may_carry_digest(string_at(manifest, {"kind"})) && !digests_in(manifest).empty();
}

std::optional<Resource> with_keyed_digests(const Resource& desired, const Live* live, const DigestKey& key) {
  if (!may_carry_digest(desired.id.kind) || (key.bytes.empty() && !key.hidden)) return std::nullopt;
  const std::vector<std::string> places = digests_in(desired.spec);
  if (places.empty()) return std::nullopt;
  Resource out = desired;
  for (const std::string& place : places) {
    Json& digest = out.spec.at(Json::json_pointer(place));
    digest = keyed(digest.get<std::string>(), live, key);
    out.secrets.push_back(place);
  }
  return out;
}

PlainDigests plain_digests(const Resource& desired, const Resource& keyed) {
  PlainDigests out;
  for (const std::string& place : digests_in(desired.spec)) {
    const Json::json_pointer at(place);
    if (keyed.spec.at(at) != desired.spec.at(at))
      out.emplace(keyed.spec.at(at).get<std::string>(), desired.spec.at(at).get<std::string>());
  }
  return out;
}

Resource with_digests_under(Resource keyed, const PlainDigests& plain, const DigestKey& key) {
  for (const std::string& place : digests_in(keyed.spec)) {
    Json& digest = keyed.spec.at(Json::json_pointer(place));
    if (const auto found = plain.find(digest.get<std::string>()); found != plain.end())
      digest = under(key, found->second);
  }
  return keyed;
}

}  // namespace cloudflow
