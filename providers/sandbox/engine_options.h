// What Java is told so that an engine runs inside of the process of its streamlet, and not on a cluster.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow {

struct EngineOptions {
  std::vector<std::string> java{};
  std::map<std::string, std::string> environment{};
};

/// Of the runtimes "flink" and "spark"; nothing for others. `storage` is a folder of the process.
EngineOptions engine_options(std::string_view runtime, bool has_modules, const std::string& storage);
/// Whether a program `java` knows the options of modules, as every Java from 9 on does. What cannot be told is taken
/// for one that does.
bool has_modules(const std::string& java);

}  // namespace cloudflow
