// Runs another program and collects what it prints.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

struct ProcessRequest {
  std::vector<std::string> command{};                ///< program (searched in PATH) and arguments; never secrets
  std::map<std::string, std::string> environment{};  ///< added to, or replacing parts of, our own
  std::vector<std::string> without{};                ///< variables of our own environment that it must not see
  std::string directory{};                           ///< working directory; empty for ours
  std::string input{};                               ///< what it reads on standard input
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
};

struct ProcessOutput {
  int status = 0;  ///< exit status; 128 + signal when a signal ended it
  std::string output{};
  std::string errors{};
};

/// Runs to the end. An error means that it could not be started, took too long (it is then killed) or `stop` came.
Result<ProcessOutput> run_process(const ProcessRequest& request, const std::stop_token& stop);

}  // namespace cloudflow
