// A streamlet object with the values of its documents.
#pragma once

#include <memory>

#include "sdk/streamlet/documents.h"

namespace cloudflow::streamlet {

/// A new object with its parameters, mounts and port. Errors say what the documents lack, or what the class does.
Result<std::unique_ptr<Streamlet>> bind(const StreamletClass& which, const Documents& documents);

/// What happens with records that cannot be processed: as configured, else as the class says.
Result<OnError> error_policy(const Streamlet& streamlet, const Documents& documents);

/// The settings of the run, with what the class says where the configuration says nothing. An error where the class
/// cannot be run that way.
Result<RunSettings> run_settings(const Streamlet& streamlet, const Documents& documents);

}  // namespace cloudflow::streamlet
