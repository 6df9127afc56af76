// What a run found as test results in JUnit's form, which every CI server shows.
#pragma once

#include <string>

#include "cli/views/diagnostic_text.h"
#include "cli/views/findings.h"

namespace cloudflow {

/// A test for each change, which fails where it is refused; one for each violation, rejection and mistake, which fail;
/// and one for each failure of the world, which is an error. There is always one test: servers take none for a mistake.
std::string findings_junit(const Findings& findings, const FileText& file_text);

}  // namespace cloudflow
