// What a streamlet says of itself: ports, parameters, mounts (docs/compatibility.md, Descriptors).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "planner/schema/port_schema.h"

namespace cloudflow {

struct Port {
  std::string name{};
  PortSchema schema{};
  SourcePos where{};
};

struct ConfigParameter {
  std::string key{};
  std::string description{};
  std::string type{};  ///< bool, int32, double, string, duration, memorysize
  std::optional<std::string> pattern{};
  std::optional<std::string> default_value{};
  SourcePos where{};
};

struct VolumeMount {
  std::string name{};
  std::string path{};
  std::string access_mode{};  ///< ReadWriteMany or ReadOnlyMany
  std::string claim{};        ///< PersistentVolumeClaim it is bound to; empty until an environment binds it
  SourcePos where{};
};

struct Descriptor {
  std::string class_name{};
  std::string runtime{};
  std::string description{};
  std::string project_id{};
  std::string image{};
  std::vector<std::string> labels{};
  std::vector<Port> inlets{};
  std::vector<Port> outlets{};
  std::vector<ConfigParameter> parameters{};
  std::vector<VolumeMount> volume_mounts{};
  std::vector<std::pair<std::string, std::string>> attributes{};  ///< attribute_name, config_path
  SourcePos where{};

  const Port* inlet(std::string_view name) const;
  const Port* outlet(std::string_view name) const;
  const ConfigParameter* parameter(std::string_view key) const;
  bool has_attribute(std::string_view name) const;
};

}  // namespace cloudflow
