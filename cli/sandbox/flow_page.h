// The application's graph with what flows, for a browser.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/sandbox/flow.h"
#include "cli/sandbox/page_server.h"
#include "planner/application/application.h"

namespace cloudflow {

/// The page itself: complete, nothing is loaded from elsewhere.
std::string flow_page_html(const Application& application);

/// Serves it while it is there. The broker is asked only while somebody looks, twice a second at most.
class FlowPage {
 public:
  /// How the processes of these streamlets are: an array of {"name", "state", "restarts", "reason"}.
  using States = std::function<Json(const std::vector<std::string>& streamlets)>;
  /// `states` is called by threads of the server.
  static Result<std::unique_ptr<FlowPage>> open(LocalPort port, States states);
  FlowPage(const FlowPage&) = delete;
  FlowPage& operator=(const FlowPage&) = delete;

  /// What is shown from now on.
  void show(const Application& application, const RunningSandbox& sandbox);
  std::string address() const { return server_->address(); }

 private:
  explicit FlowPage(States states) : states_(std::move(states)) {}
  std::string data();

  States states_;
  std::mutex mutex_{};
  std::string html_{};
  int version_ = 0;  ///< of the graph
  RunningSandbox sandbox_{};
  std::vector<std::string> streamlets_{};
  std::unique_ptr<FlowMeter> meter_{};
  Flow flow_{};
  std::chrono::steady_clock::time_point asked_{};
  std::string data_{};
  std::unique_ptr<PageServer> server_{};  ///< ends first: it calls what is above
};

}  // namespace cloudflow
