// What builds for Cloudflow 2 write, small.
#pragma once

#include <string>

#include "cloudflow/json.h"

namespace cloudflow::testing {

/// A streamlet's descriptor with one parameter that has no default, and one volume mount. `out` or `in` is its port.
inline Json cloudflow2_descriptor(const std::string& class_name, bool writes) {
  const Json port = {{{"name", writes ? "out" : "in"},
                      {"schema",
                       {{"name", "meters.Reading"},
                        {"schema", R"({"type":"record","name":"Reading","fields":[{"name":"watts","type":"long"}]})"},
                        {"fingerprint", "eXj4bmVMpJzTmkJGp3Zo6ZJ8uS0rZkTq8gQm8h4p4fA="},
                        {"format", "avro"}}}}};
  Json out = {{"class_name", class_name},
              {"runtime", "akka"},
              {"labels", Json::array()},
              {"description", ""},
              {"inlets", writes ? Json::array() : port},
              {"outlets", writes ? port : Json::array()},
              {"config_parameters", Json::array()},
              {"attributes", Json::array()},
              {"volume_mounts", Json::array()}};
  if (!writes) {
    out["config_parameters"] = {{{"key", "max-watts"}, {"description", ""}, {"validation_type", "int32"}}};
    out["volume_mounts"] = {{{"name", "rules"}, {"path", "/rules"}, {"access_mode", "ReadOnlyMany"}, {"pvc_name", ""}}};
  }
  return out;
}

/// The file that sbt buildApp writes: `meter` writes the topic `readings`, `check` reads it.
inline std::string cloudflow2_application(const std::string& name, const std::string& topic = "readings") {
  Json streamlets = Json::array();
  Json deployments = Json::array();
  for (const bool writes : {true, false}) {
    const std::string streamlet = writes ? "meter" : "check";
    const std::string class_name = writes ? "meters.Meter" : "meters.Check$";
    const Json descriptor = cloudflow2_descriptor(class_name, writes);
    streamlets.push_back({{"name", streamlet}, {"descriptor", descriptor}});
    deployments.push_back(
        {{"class_name", class_name},
         {"config", Json::object()},
         {"image", "registry.example.com/meters:2.0.0"},
         {"name", name + "." + streamlet},
         {"port_mappings", {{writes ? "out" : "in", {{"id", "readings"}, {"config", {{"topic", {{"name", topic}}}}}}}}},
         {"runtime", "akka"},
         {"secret_name", streamlet},
         {"streamlet_name", streamlet},
         {"volume_mounts", descriptor.at("volume_mounts")},
         {"replicas", 1}});
  }
  return Json{{"apiVersion", "cloudflow.lightbend.com/v1alpha1"},
              {"kind", "CloudflowApplication"},
              {"metadata", {{"name", name}}},
              {"spec",
               {{"app_id", name},
                {"app_version", "2.0.0"},
                {"version", "6"},
                {"library_version", "2.3.2"},
                {"agent_paths", {{"prometheus", "/prometheus/agent.jar"}}},
                {"streamlets", streamlets},
                {"deployments", deployments}}}}
      .dump(1);
}

}  // namespace cloudflow::testing
