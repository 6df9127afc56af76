// Reads back what was written, by GNU tar.
#include "tests/image/reading.h"

#include <catch2/catch_all.hpp>

#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow::testing {
namespace {

std::string ran(std::vector<std::string> command) {
  const Result<ProcessOutput> out =
      run_process({.command = std::move(command), .environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}}}, {});
  REQUIRE(out);
  INFO(out->errors);
  REQUIRE(out->status == 0);
  return out->output;
}

}  // namespace

std::map<std::string, std::string> listed_by_tar(const std::string& file) {
  std::map<std::string, std::string> out;
  for (const std::string& line : split(ran({"tar", "--list", "--verbose", "--numeric-owner", "--full-time",
                                            "--quoting-style=literal", "--gzip", "--file", file}),
                                       '\n')) {
    if (line.empty()) continue;
    // mode, owner, size, date, time, path
    std::string words;
    std::string_view rest = line;
    for (int n = 0; n < 5; ++n) {
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
      const std::size_t end = std::min(rest.find(' '), rest.size());
      words += std::string(rest.substr(0, end)) + (n < 4 ? " " : "");
      rest.remove_prefix(end);
    }
    out[std::string(rest.substr(1))] = words;
  }
  return out;
}

void unpack(const std::string& file, const std::string& folder) {
  std::filesystem::create_directories(folder);
  ran({"tar", "--extract", "--gzip", "--no-same-owner", "--file", file, "--directory", folder});
}

Json manifest_of(const Layout& layout) {
  const Result<HeldImage> held = layout.held();
  REQUIRE(held);
  const Result<std::string> text = layout.read(held->manifest);
  REQUIRE(text);
  return Json::parse(*text);
}

Json config_of(const Layout& layout) {
  const std::optional<Blob> blob = blob_from(manifest_of(layout)["config"]);
  REQUIRE(blob);
  const Result<std::string> text = layout.read(*blob);
  REQUIRE(text);
  return Json::parse(*text);
}

void unpack_layers(const Layout& layout, const std::string& folder, std::size_t from) {
  const Json layers = manifest_of(layout)["layers"];
  for (std::size_t n = from; n < layers.size(); ++n) unpack(layout.path_of(*blob_from(layers[n])).string(), folder);
}

}  // namespace cloudflow::testing
