// Runs another program and collects what it prints.
#include "sdk/support/process.h"

#include <fmt/format.h>

#include "sdk/support/child.h"
#include "sdk/support/text.h"

namespace cloudflow {

Result<ProcessOutput> run_process(const ProcessRequest& request, const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + request.deadline;
  CF_TRY(Child child, start_child(request));
  ProcessOutput out;
  std::size_t sent = 0;
  for (;;) {
    // Asked before the pipes are drained: what it wrote before it ended is then in them.
    const std::optional<int> status = exit_status(child);
    if (child.input.number() >= 0) feed(child.input, request.input, sent);
    if (sent == request.input.size()) child.input.close();
    if (child.output.number() >= 0) drain(child.output, out.output);
    if (child.errors.number() >= 0) drain(child.errors, out.errors);
    if (status) {
      out.status = *status;
      return out;
    }
    if (stop.stop_requested()) {
      end_child(child);
      return failure(ErrorKind::interrupted, "interrupted");
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      end_child(child);
      return failure(ErrorKind::timeout, fmt::format("{} did not end within {} s", quote(request.command.front()),
                                                     std::chrono::duration<double>(request.deadline).count()));
    }
    wait_for_pipes(child, true);
  }
}

}  // namespace cloudflow
