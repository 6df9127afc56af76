// An application whose streamlets and workloads behave as a test says, on the real node, driven by the real binary.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"
#include "providers/kubernetes/api/api_client.h"
#include "sdk/support/process.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

/// A streamlet; `arguments` are those of tests/testbed/node/app.
struct Part {
  std::string arguments{};
  std::string image = "nodebed/app:1";
  std::string more{};    ///< further members of the streamlet in the blueprint, after a comma
  std::string config{};  ///< further members of its container
};

/// One line of what the binary printed, and when.
struct Said {
  std::chrono::steady_clock::time_point when{};
  std::string line{};
};

/// A run of the binary with the moment of each thing it said.
struct StampedOutput {
  int status = 0;
  std::chrono::steady_clock::time_point start{};
  std::chrono::steady_clock::time_point end{};
  std::vector<Said> said{};
};

class NodeApplication {
 public:
  /// `hint` becomes part of the names of application and namespace.
  explicit NodeApplication(std::string_view hint);

  void set(const std::string& streamlet, const Part& part) { parts_[streamlet] = part; }
  void drop(const std::string& streamlet) { parts_.erase(streamlet); }
  void set_topics(const std::string& topics, const std::string& brokers) { topics_ = topics, brokers_ = brokers; }
  void set_replicas(const std::string& replicas) { replicas_ = replicas; }
  void write(const std::string& file, const std::string& text) { folder_->write("repo/" + file, text); }
  /// kubernetes/NAME.yaml with a Deployment of one container, and what its pod has besides.
  void set_deployment(const std::string& name, const std::string& container, const std::string& pod = "",
                      const std::string& spec = "");

  /// Runs the binary after writing the project.
  ProcessOutput run(std::vector<std::string> arguments);
  /// The same, with the moment of each line on stdout or stderr.
  StampedOutput run_stamped(const std::vector<std::string>& arguments);
  /// `apply --yes` with a deadline in seconds.
  ProcessOutput apply(int deadline = 60) { return run({"apply", "--yes", "--deadline", std::to_string(deadline)}); }
  /// `status --detailed-exitcode`
  ProcessOutput status() { return run({"status", "--detailed-exitcode"}); }

  /// Pods in which something may still run.
  std::vector<Json> running_pods() const;
  /// Of these the ones whose name begins so.
  std::vector<Json> running_pods(std::string_view prefix) const;
  const std::string& name() const { return name_; }

 private:
  void write_project();

  std::string name_{};
  std::map<std::string, Part> parts_{};
  std::string topics_{};
  std::string brokers_{};
  std::string replicas_{};
  std::unique_ptr<TempFolder> folder_ = std::make_unique<TempFolder>();
  std::unique_ptr<ApiClient> client_{};
};

}  // namespace cloudflow::testing
