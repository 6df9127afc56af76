// An object that can be tried beside the one that it is to replace.
#include "providers/kubernetes/diff/stand_in.h"

#include <fmt/format.h>

#include "sdk/support/digest.h"

namespace cloudflow {
namespace {

/// Takes a member away, and says so.
void leave_out(Json& object, const char* member, const std::string& path, StandIn& out) {
  if (!object.is_object() || object.erase(member) == 0) return;
  out.left_out.push_back(path);
}

void strip_service(StandIn& out) {
  Json& spec = out.body["spec"];
  // None is no address: any number of Services may have it.
  if (string_at(spec, {"clusterIP"}) != "None") {
    leave_out(spec, "clusterIP", "spec.clusterIP", out);
    leave_out(spec, "clusterIPs", "spec.clusterIPs", out);
  }
  leave_out(spec, "healthCheckNodePort", "spec.healthCheckNodePort", out);
  const auto ports = spec.find("ports");
  if (ports == spec.end() || !ports->is_array()) return;
  for (Json& port : *ports) {
    const std::string path = fmt::format("nodePort {}", int_at(port, {"nodePort"}));
    leave_out(port, "nodePort", path, out);
  }
}

/// "widgets.example.com": the plural and the group.
void rename_definition(StandIn& out) {
  Json& spec = out.body["spec"];
  const std::string plural = out.name;
  out.name = fmt::format("{}.{}", plural, string_at(spec, {"group"}));
  Json& names = spec["names"];
  if (!names.is_object()) names = Json::object();
  names["plural"] = plural;
  for (const char* other : {"singular", "shortNames", "categories", "listKind"}) names.erase(other);
}

/// "v1.example.com": the version and the group.
void rename_service(StandIn& out) {
  Json& spec = out.body["spec"];
  const std::string version = out.name;
  out.name = fmt::format("{}.{}", version, string_at(spec, {"group"}));
  spec["version"] = version;
}

}  // namespace

StandIn stand_in_for(const ResourceId& id, const Json& body) {
  StandIn out{
      .body = body, .name = "cloudflow-check-" + sha256_hex(id.name).substr(0, 8), .original = id.name, .left_out = {}};
  for (const char* own : {"uid", "resourceVersion", "generateName"}) out.body["metadata"].erase(own);
  if (id.kind == "Service") strip_service(out);
  if (id.kind == "PriorityClass.scheduling.k8s.io") leave_out(out.body, "globalDefault", "globalDefault", out);
  if (id.kind == "CustomResourceDefinition.apiextensions.k8s.io") rename_definition(out);
  if (id.kind == "APIService.apiregistration.k8s.io") rename_service(out);
  out.body["metadata"]["name"] = out.name;
  return out;
}

}  // namespace cloudflow
