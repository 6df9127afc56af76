// Whatever the bytes are, reading them ends with a value or with problems.
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "planner/application/load_application.h"
#include "planner/application/read_application_json.h"
#include "planner/project/read_project.h"
#include "tests/support/memory_tree.h"

namespace cloudflow {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(std::string(CLOUDFLOW_SOURCE_DIR) + "/tests/fixtures/" + path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Reads all that can be read; true when it became an application without an error.
bool load(const std::map<std::string, std::string>& files) {
  const testing::MemoryTree tree(files);
  Diagnostics problems;
  const auto project = read_project(tree, "cloudflow.yaml", {}, problems);
  std::optional<Application> application;
  if (project) application = load_application(tree, *project, {}, problems);
  CHECK((application.has_value() || problems.has_errors()));
  return application.has_value();
}

using Files = std::map<std::string, std::string>;

Files with_build() {
  return {{"cloudflow.yaml", "from: app.json\n"}, {"app.json", read_file("original/sensors/app.json")}};
}

Files with_blueprint() {
  return {
      {"cloudflow.yaml",
       "application: demo\nblueprint: b.yaml\ndescriptors: [d.json]\nimages: {a.B: "
       "registry.example.com/x:1}\nenvironments: {prod: {replicas: {x: 1}, kafka: {default: {bootstrap-servers: "
       "k}}}}\n"},
      {"b.yaml",
       "blueprint:\n  streamlets:\n    x: a.B\n    y: {image: i, inlets: {in: s.avsc}, config-parameters: {p: {type: "
       "duration, default: 1 s}}}\n  topics:\n    t: {producers: [x.out], consumers: [y.in], partitions: 3}\n"},
      {"d.json",
       R"({"a.B": {"runtime": "akka", "inlets": [], "outlets": [{"name": "out", "schema": {"name": "n", "schema": "{\"type\":\"string\"}", "fingerprint": "f", "format": "avro"}}], "config_parameters": [{"key": "a", "description": "", "validation_type": "string", "validation_pattern": "[a-z]+", "default_value": "a"}]}})"},
      {"s.avsc", R"({"type": "string"})"},
  };
}

TEST_CASE("the untouched inputs are fine", "[model][robust]") {
  CHECK(load(with_build()));
  CHECK(load(with_blueprint()));
}

TEST_CASE("a file that is cut off anywhere is reported", "[model][robust]") {
  for (const Files& files : {with_build(), with_blueprint()}) {
    for (const auto& [name, text] : files) {
      const std::size_t step = std::max<std::size_t>(1, text.size() / 60);
      for (std::size_t end = 0; end < text.size(); end += step) {
        Files cut = files;
        cut[name] = text.substr(0, end);
        load(cut);
      }
    }
  }
}

TEST_CASE("random bytes in any file are reported", "[model][robust]") {
  constexpr std::string_view bytes = "{}[]:,\"'\\#$&*!|>%@`-=+ \n\t\0\xff\xc3()?.0aZ";
  std::mt19937 random(20261121);
  for (const Files& files : {with_build(), with_blueprint()}) {
    for (int round = 0; round < 400; ++round) {
      Files broken = files;
      auto file = std::next(broken.begin(), static_cast<std::ptrdiff_t>(random() % broken.size()));
      for (auto changes = 1 + random() % 3; changes > 0 && !file->second.empty(); --changes) {
        const std::size_t at = random() % file->second.size();
        if (random() % 2 == 0) {
          file->second[at] = bytes[random() % bytes.size()];
        } else {
          file->second.insert(at, 1, bytes[random() % bytes.size()]);
        }
      }
      load(broken);
    }
  }
}

TEST_CASE("endless nesting is reported", "[model][robust]") {
  for (const std::string open : {"[", "{\"a\":", "{\"type\":"}) {
    std::string deep;
    for (int i = 0; i < 20000; ++i) deep += open;
    for (const char* name : {"b.yaml", "d.json", "s.avsc", "cloudflow.yaml"}) {
      Files files = with_blueprint();
      files[name] = deep;
      CAPTURE(open, name);
      CHECK_FALSE(load(files));
    }
  }
}

}  // namespace
}  // namespace cloudflow
