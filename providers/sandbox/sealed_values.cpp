// Values that may be compared and not read.
#include "providers/sandbox/sealed_values.h"

#include <algorithm>

#include "sdk/support/digest.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct Sealing {
  std::span<const std::string> secrets{};
  std::string_view key{};
  std::span<const std::string> except{};

  static bool has(std::span<const std::string> parents, const std::string& pointer) {
    return std::ranges::any_of(parents, [&](const std::string& one) { return is_pointer_below(pointer, one); });
  }

  void seal(Json& value, const std::string& pointer) const {
    if (value.is_object()) {
      for (auto& [name, member] : value.items()) seal(member, pointer + "/" + pointer_step(name));
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) seal(value[i], pointer + "/" + std::to_string(i));
    } else if (has(secrets, pointer) && !has(except, pointer)) {
      value = hex(hmac_sha256(key, dump(value)));
    }
  }
};

}  // namespace

Json with_sealed(const Json& spec, std::span<const std::string> secrets, std::string_view key,
                 std::span<const std::string> except) {
  Json out = spec;
  Sealing{.secrets = secrets, .key = key, .except = except}.seal(out, "");
  return out;
}

}  // namespace cloudflow
