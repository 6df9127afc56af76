// What templates may ask for (templates/README.md lists it).
#pragma once

#include <string>

#include "planner/application/application.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// `application` and `environment` for the templates.
ConfigValue application_data(const Application& application, const Environment& environment);

/// The same with `streamlet`. `digest` is that of what the streamlet reads.
ConfigValue streamlet_data(const ConfigValue& data, const Application& application, const Streamlet& streamlet,
                           const EffectiveStreamlet& effective, const std::string& digest);

/// Labels of the Secrets that hold configuration.
ConfigValue configuration_labels(const Application& application);

/// The service account that pods run as; empty `given` in both places means the application's own.
std::string service_account_of(const Application& application, const Environment& environment);
bool owns_service_account(const Application& application, const Environment& environment);

}  // namespace cloudflow
