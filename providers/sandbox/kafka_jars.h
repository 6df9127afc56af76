// Where the jars of Apache Kafka are.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// The folder with the jars of `version`, below `cache`; fetched there by Maven if it is not there yet. `progress` is
/// told before that. not_found, unavailable: there is no Maven, or it could not fetch them.
Result<std::string> kafka_jars(const std::string& cache, const std::string& version,
                               const std::function<void(const std::string&)>& progress, const std::stop_token& stop);

}  // namespace cloudflow
