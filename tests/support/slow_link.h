// A link to a server on which everything comes late: what comes together there, comes together here.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "sdk/support/child.h"
#include "sdk/support/text.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

class SlowLink {
 public:
  /// To "https://HOST:PORT"; `delay` is what a question and its answer take.
  SlowLink(const std::string& server, std::chrono::milliseconds delay) {
    auto child = start_child(
        {.command = {"python3", CLOUDFLOW_SOURCE_DIR "/tests/bench/slow_link", server.substr(server.find("//") + 2),
                     std::to_string(delay.count()), folder_.path("port")}});
    if (!child) throw std::runtime_error(child.error().message);
    child_ = std::move(*child);
    if (!eventually([this] { return folder_.read("port").ends_with('\n'); }))
      throw std::runtime_error("tests/bench/slow_link does not begin");
  }
  ~SlowLink() { end_child(child_); }
  SlowLink(const SlowLink&) = delete;
  SlowLink& operator=(const SlowLink&) = delete;

  std::string url() const { return fmt::format("https://127.0.0.1:{}", trimmed(folder_.read("port"))); }

 private:
  TempFolder folder_{};
  Child child_{};
};

}  // namespace cloudflow::testing
