// One application of its own on the real servers, driven by the real binary.
#pragma once

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

/// The program under test: $CLOUDFLOW_TEST_BINARY, or the one of this build.
std::string binary();

/// The call-records example in a git repository, with a namespace and topic names that nobody else uses.
class World {
 public:
  /// `hint` becomes part of the names. The environment is called "test".
  explicit World(std::string_view hint);
  /// A second application, in the namespace of `other`.
  World(std::string_view hint, const World& other);

  /// Runs `cloudflow` in the repository. Nothing is read from a terminal.
  ProcessOutput run(std::vector<std::string> arguments,
                    std::chrono::milliseconds deadline = std::chrono::minutes(3)) const;
  /// What run() runs.
  ProcessRequest request(std::vector<std::string> arguments) const;
  /// run(), which must end with this status; what it printed is shown when it does not.
  ProcessOutput expect(int status, std::vector<std::string> arguments) const;
  /// `plan` as JSON, which must end with 0.
  Json plan() const;
  /// "create deployment/x" of every change, sorted.
  std::vector<std::string> planned() const;

  void write(const std::string& file, const std::string& text);
  /// Replaces the first occurrence; the text has to be there.
  void replace(const std::string& file, const std::string& from, const std::string& to);
  void commit(const std::string& message);
  /// A project with one container and no topics, committed.
  void make_lonely();
  /// The configuration in which the streamlet store gets a pod that never starts, and the one without that.
  void break_store();
  void mend_store();

  /// An object of the namespace ("apis/apps/v1", "deployments", "web"); null when it is not there.
  Json get(const std::string& api, const std::string& plural, const std::string& name) const;
  Json list(const std::string& api, const std::string& plural) const;
  void merge_patch(const std::string& api, const std::string& path, const Json& patch,
                   const std::string& manager) const;
  void remove(const std::string& api, const std::string& plural, const std::string& name) const;
  /// Creates an object in the namespace, or outside namespaces when `space` is empty.
  void create(const std::string& api, const std::string& plural, const Json& body, const std::string& ns) const;

  /// Creates an object outside namespaces that another test may have created, and waits until it has conditions.
  void create_if_absent(const std::string& api, const std::string& plural, const Json& body) const;

  const std::string& application() const { return application_; }
  const std::string& ns() const { return ns_; }
  const std::string& kubeconfig() const { return kubeconfig_; }
  void use_kubeconfig(const std::string& path) { kubeconfig_ = path; }
  /// An environment variable of every later run.
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }
  /// A file beside the repository, for what must not be committed. Returns its path.
  std::string write_beside(const std::string& file, const std::string& text) { return folder_->write(file, text); }
  /// The bootstrap servers that cloudflow.yaml names.
  static std::string brokers();
  std::string folder() const { return folder_->path("repo"); }
  std::string topic(const std::string& id) const { return application_ + "-" + id; }

 private:
  void make_repository();
  ApiClient& admin() const;

  std::string application_{};
  std::string ns_{};
  std::string kubeconfig_{};
  std::map<std::string, std::string> variables_{};
  std::unique_ptr<TempFolder> folder_ = std::make_unique<TempFolder>();
};

}  // namespace cloudflow::testing
