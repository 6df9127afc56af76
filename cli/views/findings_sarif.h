// What a run found as SARIF 2.1.0, the form in which code scanning takes findings.
#pragma once

#include <string>

#include "cli/views/findings.h"

namespace cloudflow {

/// Results: mistakes in the source, what a plan refuses, violates and loses, each at its place in the repository. What
/// fails outside the source is a notification of the run.
std::string findings_sarif(const Findings& findings);

}  // namespace cloudflow
