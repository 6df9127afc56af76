// A program that runs beside us, and its three pipes.
#pragma once

#include <optional>
#include <string>

#include "cloudflow/result.h"
#include "sdk/support/process.h"

namespace cloudflow {

/// Our end of a pipe; closes itself.
class PipeEnd {
 public:
  PipeEnd() = default;
  explicit PipeEnd(int number) : number_(number) {}
  PipeEnd(PipeEnd&& other) noexcept;
  PipeEnd& operator=(PipeEnd&& other) noexcept;
  ~PipeEnd() { close(); }
  void close();
  int number() const { return number_; }  ///< negative once closed

 private:
  int number_ = -1;
};

/// A running program seen from us; none of its pipes blocks. It is not ended with this object: end_child() does that.
struct Child {
  int process = -1;
  PipeEnd input{};
  PipeEnd output{};
  PipeEnd errors{};
};

/// Starts it; `input` and `deadline` of the request are the caller's business.
Result<Child> start_child(const ProcessRequest& request);
/// Takes what is there until `into` has grown to about `most`; closes at the end of it.
void drain(PipeEnd& from, std::string& into, std::size_t most = std::string::npos);
/// Hands over as much of `text` from `sent` on as fits; closes when nobody reads.
void feed(PipeEnd& to, const std::string& text, std::size_t& sent);
/// Waits a moment for something to read, for room to write where asked, or for time to pass.
void wait_for_pipes(const Child& child, bool to_write);
/// Exit status once it has ended; 128 + signal when a signal ended it. To be asked until it has one, not again.
std::optional<int> exit_status(const Child& child);
/// Asks the program, and what it started, to end (SIGTERM).
void ask_to_end(const Child& child);
/// Ends the program and everything it started, and waits for it.
void end_child(const Child& child);

}  // namespace cloudflow
