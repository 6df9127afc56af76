// Rights as manifests of RBAC.
#include "providers/kubernetes/cluster/rbac_manifests.h"

#include <fmt/format.h>

#include <set>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr const char* rbac_group = "rbac.authorization.k8s.io";

}  // namespace

Result<Json> rbac_subject(const std::string& text, const std::string& ns) {
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const std::string name = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (!name.empty() && (kind == "user" || kind == "group"))
    return Json{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", kind == "user" ? "User" : "Group"}, {"name", name}};
  if (!name.empty() && kind == "serviceaccount") {
    const std::size_t slash = name.find('/');
    return Json{{"kind", "ServiceAccount"},
                {"name", slash == std::string::npos ? name : name.substr(slash + 1)},
                {"namespace", slash == std::string::npos ? ns : name.substr(0, slash)}};
  }
  return failure(ErrorKind::invalid_input, fmt::format("--subject {} names nobody", quote(text)),
                 "write user:NAME, group:NAME, serviceaccount:NAME or serviceaccount:NAMESPACE/NAME");
}

std::vector<Json> rbac_manifests(const Rights& rights, const std::string& application, const std::string& own_ns,
                                 const Json& subject) {
  std::set<std::string> namespaces;
  for (const Right& right : rights) namespaces.insert(right.ns);
  std::vector<Json> out;
  for (const std::string& ns : namespaces) {
    const std::string prefix = ns.empty() ? "Cluster" : "";
    // The same application may be in another namespace of the cluster.
    const std::string name = ns.empty() ? fmt::format("cloudflow-{}-{}-deployer", own_ns, application)
                                        : fmt::format("cloudflow-{}-deployer", application);
    Json metadata = {{"name", name}};
    if (!ns.empty()) metadata["namespace"] = ns;
    out.push_back({{"apiVersion", fmt::format("{}/v1", rbac_group)},
                   {"kind", prefix + "Role"},
                   {"metadata", metadata},
                   {"rules", rules_of(rights, ns)}});
    if (subject.is_null()) continue;
    out.push_back({{"apiVersion", fmt::format("{}/v1", rbac_group)},
                   {"kind", prefix + "RoleBinding"},
                   {"metadata", metadata},
                   {"roleRef", {{"apiGroup", rbac_group}, {"kind", prefix + "Role"}, {"name", name}}},
                   {"subjects", Json::array({subject})}});
  }
  return out;
}

}  // namespace cloudflow
