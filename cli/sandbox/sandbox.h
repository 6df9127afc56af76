// The application on this machine: a broker, every streamlet as a process, and changes applied while it runs.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/pipeline/planning.h"
#include "cli/pipeline/source.h"
#include "cli/pipeline/step.h"
#include "cli/sandbox/flow_page.h"
#include "cli/sandbox/log_lines.h"
#include "cli/sandbox/sandbox_broker.h"
#include "cli/sandbox/sandbox_source.h"
#include "cli/sandbox/work_folder.h"
#include "cli/views/view.h"
#include "planner/apply/executor.h"
#include "providers/sandbox/local_port.h"
#include "providers/sandbox/process_provider.h"

namespace cloudflow {

/// One run of a sandbox. Its plans are made and carried out as those of a cluster are, by providers of its own.
class Sandbox {
 public:
  static Result<std::unique_ptr<Sandbox>> start(const Host& host, View& view, const BrokerChoice& broker);

  /// Lets others find it.
  void announce(const SandboxSource& source);
  /// Where a browser shows what flows; empty where no port was free.
  std::string page() const { return page_ == nullptr ? "" : page_->address(); }
  const SandboxBroker& broker() const { return *broker_; }
  /// The source, configured for the broker of this sandbox.
  Step<SandboxSource> read(Step<Source> source);
  /// What would change here.
  Step<Planned> plan(const SandboxSource& source);
  /// Makes it so, and shows that.
  void apply(const SandboxSource& source, const Plan& plan);
  /// Where the streamlets that are servers listen.
  const std::map<std::string, int>& ports() const { return ports_; }
  /// Those that do not run, or that have ended by themselves since they were told to run, with why.
  std::vector<std::string> not_running(const SandboxSource& source) const;
  /// Ends the processes, those before whom nobody writes first.
  void stop(const SandboxSource& source);
  /// From now on lines are printed.
  void show_lines_of(const std::vector<std::string>& streamlets);

 private:
  Sandbox(const Host& host, View& view, WorkFolder work);
  Result<std::map<std::string, std::string>> volumes_of(const Source& source,
                                                        const std::map<std::string, PlacedText>& given);
  std::string own_volumes() const { return data_ + "/volumes"; }
  void choose_ports(const Application& application);
  Result<void> connect(const BrokerChoice& choice);
  std::vector<Provider*> providers();
  void record(const SandboxSource& source, const Plan& plan, const Outcome& outcome);
  void write_state(const SandboxSource& source, bool is_at_work);
  void open_page();
  Json states(const std::vector<std::string>& streamlets) const;

  const Host& host_;
  View& view_;
  WorkFolder work_;
  std::unique_ptr<LogLines> lines_{};
  std::string key_{};   ///< for secret values in what others read
  std::string data_{};  ///< a folder on disk; empty until it is needed
  std::unique_ptr<SandboxBroker> broker_{};
  Inventory record_{};                  ///< what was made here is all there is
  ProcessProvider processes_;           ///< uses what is above
  std::map<std::string, int> ports_{};  ///< of servers
  std::map<std::string, int> http_{};   ///< of metrics
  std::vector<LocalPort> taken_ports_{};
  std::unique_ptr<FlowPage> page_{};  ///< asks what is above
};

}  // namespace cloudflow
