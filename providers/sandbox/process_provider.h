// Streamlets as processes of this machine.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <span>
#include <string>

#include "cloudflow/provider.h"
#include "providers/sandbox/java_launcher.h"
#include "providers/sandbox/supervisor.h"

namespace cloudflow {

/// Where a program finds the folder with its documents, if that is not /etc/cloudflow-runner-secret.
inline constexpr const char* documents_variable = "CLOUDFLOW_RUNNER_SECRET";

/// How processes are compared, whoever runs them.
class ProcessRules : public Provider {
 public:
  std::string_view name() const override { return "sandbox"; }
  Traits traits(const ResourceId& id) const override;
  std::string headline(const Resource& desired) const override;
  Result<Change> compare(const Resource* desired, const Live* live) const override;
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override;
};

/// Resources of provider "sandbox" and kind "Process": {"command": [text …], "folder": text, "environment": {name:
/// text}, "program": digest of the program's files, "documents": {file name: JSON}, "class-path": [text …] or
/// "class-path-file": text, "runtime": "flink" or "spark" where such an engine runs in the process}. Whatever changes
/// of it, the process is ended and started anew. Documents lie in a folder of their own, which only the user may read.
/// A class path, whose entries are relative to the folder, is handed to Java by $CLASSPATH, with the class in front of
/// it that runs streamlets of Cloudflow 2 (Launch.java).
class ProcessProvider final : public ProcessRules {
 public:
  /// `work` is an empty folder for documents; it must outlive the provider.
  ProcessProvider(std::string work, ProcessWatch watch)
      : work_(std::move(work)), launcher_(work_ + "/.java"), supervisor_(std::move(watch)) {}

  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override;
  Result<void> apply(const Change& change, std::stop_token stop) override;
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override;

  /// Ends these processes side by side, each as a change that removes it does; without patience from `now` on.
  void stop(std::span<const std::string> names, const std::stop_token& now);
  ProcessState state(const std::string& name) const { return supervisor_.state(name); }

 private:
  Result<void> start(const Resource& desired, const std::stop_token& stop);
  Result<std::string> class_path(const Json& spec, const std::stop_token& stop);
  Result<std::string> write_documents(const Resource& desired) const;

  const std::string work_;
  mutable std::mutex mutex_{};
  std::map<ResourceId, Resource> running_{};  ///< as they were started
  JavaLauncher launcher_;
  Supervisor supervisor_;
};

}  // namespace cloudflow
