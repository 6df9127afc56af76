// The application of tests/fixtures/original/sensors on the real servers: its files, and what Cloudflow 2 made of it.
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/world.h"

namespace cloudflow::testing {

/// In the namespace of a world, prepared for Cloudflow 2: claims and a labelled Kafka cluster secret. Its files are in
/// the world's folder: app.json and app.conf, with topics of its own.
class Sensors {
 public:
  explicit Sensors(World& world);

  /// Runs `kubectl-cloudflow` there; it must end with this status. Operators elsewhere do not matter.
  ProcessOutput cloudflow2(int status, std::vector<std::string> arguments, const std::string& input = "") const;
  /// `deploy` with the arguments that the recording was made with.
  ProcessOutput deploy(std::vector<std::string> more = {}) const;

  /// Creates the recorded objects as Cloudflow 2's programs left them, and the CloudflowApplication that owns them.
  void make_as_original();
  /// A cloudflow.yaml that asks for the same.
  void write_project();
  /// Until the garbage collector watches CloudflowApplications: it hears of new kinds every 30 seconds only, and asks
  /// ever more rarely for the owner of what was made before that.
  void wait_for_collector() const;
  /// Deletes the CloudflowApplication as soon as the garbage collector watches the kind; true when the server did.
  bool delete_original() const;

  /// What the recording says of an object ("Deployment", "sensors-proc"); null when it has none.
  Json recorded(const std::string& kind, const std::string& name) const;
  std::string topic(const std::string& name) const { return world_.application() + "-" + name; }
  World& world() const { return world_; }

 private:
  std::string with_own_names(std::string text) const;
  Json create(const std::string& path, const Json& body) const;

  World& world_;
  Json recording_{};
};

/// Creates something as another program would; gives what the server made of it.
Json create_as(const std::string& manager, const std::string& path, const Json& body);
/// Anything by its path; null when it is not there.
Json read_path(const std::string& path);
bool delete_path(const std::string& path);

}  // namespace cloudflow::testing
