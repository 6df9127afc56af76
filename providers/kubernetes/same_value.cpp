// When two values mean the same to the API server although they are written differently.
#include "providers/kubernetes/same_value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

namespace cloudflow {
namespace {

/// The factor of a quantity's suffix; nothing when there is no such suffix.
std::optional<long double> suffix_factor(std::string_view suffix) {
  static const std::map<std::string_view, long double> factors = {
      {"", 1.0L},      {"k", 1e3L},     {"M", 1e6L},     {"G", 1e9L},     {"T", 1e12L},    {"P", 1e15L},   {"E", 1e18L},
      {"Ki", 0x1p10L}, {"Mi", 0x1p20L}, {"Gi", 0x1p30L}, {"Ti", 0x1p40L}, {"Pi", 0x1p50L}, {"Ei", 0x1p60L}};
  if (const auto found = factors.find(suffix); found != factors.end()) return found->second;
  return std::nullopt;
}

/// Parts are divided, never multiplied by a fraction, so that equal amounts give the same number bit by bit.
std::optional<long double> divisor_of(std::string_view suffix) {
  if (suffix == "m") return 1e3L;
  if (suffix == "u") return 1e6L;
  if (suffix == "n") return 1e9L;
  return std::nullopt;
}

std::optional<long double> parse_quantity(std::string_view text) {
  std::size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  long double digits = 0;
  long double scale = 1;
  bool point = false;
  bool any = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      digits = digits * 10 + static_cast<long double>(c - '0');
      if (point) scale *= 10;
    } else {
      break;
    }
  }
  if (!any || text.size() > 60) return std::nullopt;
  std::string_view suffix = text.substr(at);
  long double factor = 1;
  if (suffix.size() > 1 && (suffix[0] == 'e' || suffix[0] == 'E') && suffix != "Ei") {
    const std::string exponent(suffix.substr(1));
    char* end = nullptr;
    const long power = std::strtol(exponent.c_str(), &end, 10);
    if (*end != '\0' || power > 30 || power < -30) return std::nullopt;
    (power < 0 ? scale : factor) *= std::pow(10.0L, static_cast<long double>(std::labs(power)));
  } else if (const auto divisor = divisor_of(suffix)) {
    scale *= *divisor;
  } else if (const auto found = suffix_factor(suffix)) {
    factor = *found;
  } else {
    return std::nullopt;
  }
  return (negative ? -1 : 1) * (digits * factor / scale);
}

/// Members under which core kinds hold quantities.
bool holds_quantities(const std::vector<std::string>& path) {
  static constexpr std::array<std::string_view, 8> names = {"requests", "limits",    "capacity", "hard",
                                                            "divisor",  "sizeLimit", "overhead", "allocatedResources"};
  return std::ranges::any_of(path,
                             [](const std::string& name) { return std::ranges::find(names, name) != names.end(); });
}

std::string_view last(const std::vector<std::string>& path, std::size_t back = 0) {
  return path.size() > back ? std::string_view(path[path.size() - 1 - back]) : std::string_view{};
}

}  // namespace

std::optional<long double> quantity(const Json& value) {
  if (value.is_number()) return parse_quantity(value.dump());
  if (value.is_string()) return parse_quantity(value.get_ref<const std::string&>());
  return std::nullopt;
}

bool is_empty_value(const Json& value) {
  return value.is_null() || ((value.is_object() || value.is_array()) && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

bool is_zero_value(const Json& value) {
  return is_empty_value(value) || (value.is_boolean() && !value.get<bool>()) ||
         (value.is_number() && value.get<double>() == 0.0);
}

bool same_plain_value(const Json& desired, const Json& live, const std::vector<std::string>& path) {
  if (desired == live) return true;
  if (is_empty_value(desired) && is_empty_value(live)) return true;
  if (holds_quantities(path)) {
    const auto wanted = quantity(desired);
    const auto found = quantity(live);
    return wanted && found && *wanted == *found;
  }
  return false;
}

bool is_server_default(std::string_view member, const Json& value) {
  static const std::map<std::string_view, std::vector<Json>> defaults = {
      {"apiVersion", {"v1"}},
      {"kind", {"PersistentVolumeClaim"}},
      {"protocol", {"TCP"}},
      {"divisor", {"0"}},
      {"scheme", {"HTTP"}},
      {"volumeMode", {"Filesystem"}},
      {"expirationSeconds", {3600}},
      {"apiGroup", {"rbac.authorization.k8s.io"}},
      {"scope", {"*"}},
      {"operator", {"Equal"}},
      {"pathType", {"ImplementationSpecific"}},
      {"policyTypes", {Json::array({"Ingress"})}},
      {"periodSeconds", {10}},
      {"type", {""}},
  };
  if (is_empty_value(value) || member == "status" || member == "creationTimestamp") return true;
  const auto found = defaults.find(member);
  return found != defaults.end() && std::ranges::find(found->second, value) != found->second.end();
}

std::vector<std::string> merge_keys(const std::vector<std::string>& path) {
  using Keys = std::vector<std::string>;
  static const std::map<std::string_view, Keys> by_name = {
      {"containers", {"name"}},
      {"initContainers", {"name"}},
      {"ephemeralContainers", {"name"}},
      {"volumes", {"name"}},
      {"env", {"name"}},
      {"imagePullSecrets", {"name"}},
      {"volumeMounts", {"mountPath"}},
      {"volumeDevices", {"devicePath"}},
      {"hostAliases", {"ip"}},
      {"ownerReferences", {"uid"}},
      {"readinessGates", {}},
      {"conditions", {"type"}},
      {"topologySpreadConstraints", {"topologyKey", "whenUnsatisfiable"}}};
  const std::string_view name = last(path);
  if (name == "ports") {
    if (last(path, 1) == "spec") return {"port", "protocol"};  // Service; a NetworkPolicy's are one value
    const bool of_container = last(path, 1) == "containers" || last(path, 1) == "initContainers";
    return of_container ? Keys{"containerPort", "protocol"} : Keys{};
  }
  if (name == "secrets" && path.size() == 1) return {"name"};  // ServiceAccount
  if (name == "webhooks" && path.size() == 1) return {"name"};
  const auto found = by_name.find(name);
  return found == by_name.end() ? Keys{} : found->second;
}

bool is_merged_set(const std::vector<std::string>& path) {
  return last(path) == "finalizers" || last(path) == "loadBalancerSourceRanges";
}

}  // namespace cloudflow
