// What the streamlets of a sandbox print, one after the other on stdout.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cli/views/style.h"

namespace cloudflow {

/// "name  | line", names in colours of their own. Safe from any thread.
class LogLines {
 public:
  LogLines(std::vector<std::string> names, Style style);

  void line(const std::string& name, const std::string& text);
  /// Something about it that it has not printed itself.
  void notice(const std::string& name, const std::string& text);

 private:
  std::string prefix(const std::string& name, char mark) const;

  std::map<std::string, std::size_t> places_{};
  std::size_t width_ = 0;
  Style style_;
  std::mutex mutex_{};
};

}  // namespace cloudflow
