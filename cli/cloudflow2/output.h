// Cloudflow 2's output formats (docs/compatibility.md, Command line).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/config/config_value.h"
#include "providers/kubernetes/cluster/applications.h"
#include "providers/kubernetes/cluster/streamlet_status.h"

namespace cloudflow::cloudflow2 {

enum class Format { classic, table, json, yaml };

/// "c", "classic", "t", "table", "json", "yaml" in any case.
std::optional<Format> format_of(std::string_view text);

/// What `status` shows.
struct Status {
  DeployedApplication application{};
  std::string state{};  ///< "Running", "Pending", "CrashLoopBackOff"
  std::vector<StreamletStatus> streamlets{};
};

/// docs/compatibility.md, Status.
std::string state_of(const std::vector<StreamletStatus>& streamlets);

/// Each ends with one line end.
std::string version_text(std::string_view version, Format format);
std::string list_text(const std::vector<DeployedApplication>& applications, Format format);
std::string status_text(const Status& status, Format format);
std::string configuration_text(const ConfigValue& document, Format format);

}  // namespace cloudflow::cloudflow2
