#include <catch2/catch_all.hpp>

#include "planner/project/read_project.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;
using cloudflow::testing::MemoryTree;

namespace {

struct ReadBack {
  SandboxSettings settings{};
  std::vector<std::string> problems{};
};

ReadBack read(const std::string& sandbox) {
  const MemoryTree tree(std::map<std::string, std::string>{
      {"app/cloudflow.yaml", "application: shop\nblueprint: blueprint.conf\nsandbox:\n" + sandbox},
      {"app/blueprint.conf", ""},
      {"app/local.conf", ""}});
  Diagnostics problems;
  const auto project =
      read_project(tree, "app/cloudflow.yaml", [](std::string_view) { return std::nullopt; }, problems);
  REQUIRE(project);
  ReadBack out{.settings = project->sandbox};
  for (const Diagnostic& one : problems.all()) out.problems.push_back(one.where.text() + ": " + one.message);
  return out;
}

std::vector<std::string> words(const SandboxProcess& process) {
  std::vector<std::string> out;
  for (const PlacedText& word : process.command) out.push_back(word.value);
  return out;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a process of the sandbox is a list of words, a line for the shell, or an object", "[project][sandbox]") {
  const ReadBack read_back = read(
      "  config: [local.conf]\n"
      "  processes:\n"
      "    a: [python3, a.py, --fast]\n"
      "    b: make run | tee log\n"
      "    com.example.C: {command: [./c], folder: sub, environment: {LEVEL: 3}}\n"
      "    com.example.D: {class-path: [target/classes, \"lib/*\"], java: jdk/bin/java, java-options: -Xmx1g}\n"
      "    com.example.E: {class-path-file: target/classpath.txt}\n"
      "  kafka: apache\n");
  CHECK(read_back.problems.empty());
  const SandboxSettings& settings = read_back.settings;
  CHECK(settings.config == std::vector<std::string>{"app/local.conf"});
  CHECK(words(settings.processes.at("a")) == Words{"python3", "a.py", "--fast"});
  CHECK(settings.processes.at("a").folder == "app");
  CHECK(settings.processes.at("a").command.at(1).where.text() == "app/cloudflow.yaml:6:18");
  CHECK(words(settings.processes.at("b")) == Words{"/bin/sh", "-c", "make run | tee log"});
  CHECK(settings.processes.at("com.example.C").folder == "app/sub");
  CHECK(settings.processes.at("com.example.C").environment.at("LEVEL").text() == "3");
  const SandboxProcess& on_java = settings.processes.at("com.example.D");
  CHECK(has_class_path(on_java));
  CHECK(on_java.class_path.at(1).value == "lib/*");
  CHECK(on_java.java == "jdk/bin/java");
  CHECK(on_java.java_options.at(0).value == "-Xmx1g");
  CHECK(settings.processes.at("com.example.E").class_path_file == "target/classpath.txt");
  CHECK_FALSE(has_class_path(settings.processes.at("com.example.C")));
  CHECK(settings.kafka.value == "apache");
}

TEST_CASE("a process has one program", "[project][sandbox]") {
  CHECK(read("  processes:\n    a: {command: [./a], class-path: [lib]}\n    b: {command: [./b], java-options: [-X]}\n")
            .problems ==
        std::vector<std::string>{
            "app/cloudflow.yaml:5:18: process \"a\" of the sandbox has a \"command\", and says how Java runs a class "
            "path",
            "app/cloudflow.yaml:6:18: process \"b\" of the sandbox has a \"command\", and says how Java runs a class "
            "path"});
}

TEST_CASE("mistakes in the sandbox are told with their places", "[project][sandbox]") {
  CHECK(read("  processes:\n    a: []\n    b: {folder: x}\n    c: {command: [{}], colour: red}\n  broker: x\n")
            .problems == std::vector<std::string>{
                             "app/cloudflow.yaml:5:8: the command of \"a\" is empty, wanted a program",
                             "app/cloudflow.yaml:6:8: process \"b\" of the sandbox has no \"command\"",
                             "app/cloudflow.yaml:7:19: a word of the command of \"c\" is an object, wanted a string",
                             "app/cloudflow.yaml:7:18: the command of \"c\" is empty, wanted a program",
                             "app/cloudflow.yaml:7:32: process \"c\" of the sandbox has no member \"colour\"",
                             "app/cloudflow.yaml:8:11: the sandbox has no member \"broker\""});
}
