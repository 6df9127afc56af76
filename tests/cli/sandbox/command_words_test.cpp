#include "cli/sandbox/command_words.h"

#include <catch2/catch_all.hpp>

#include "tests/support/temp_folder.h"

using namespace cloudflow;
using cloudflow::testing::TempFolder;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("files that a command names are part of its program", "[sandbox]") {
  const TempFolder folder;
  folder.write("a.py", "");
  folder.write("run.log", "");
  struct Row {
    Words command;
    Words files;
  };
  const auto row = GENERATE(values<Row>({
      {{"python3", "a.py"}, {"a.py"}},
      {{"sh", "-c", "true\npython3 'a.py' > run.log 2>&1; echo"}, {"a.py"}},
      {{"sh", "-c", "(\"a.py\";true) >>run.log"}, {"a.py"}},
      {{"sh", "-c", "tee < run.log"}, {"run.log"}},
      {{"build/later"}, {"build/later"}},
      {{"nowhere", "."}, {}},
  }));
  CAPTURE(row.command);
  std::set<std::string> files;
  for (const std::string& file : row.files) files.insert(folder.path(file));
  CHECK(program_files(folder.path(""), row.command) == files);
}

TEST_CASE("a Java program is one where a command begins", "[sandbox]") {
  const auto line = [](const std::string& text) { return Words{"/bin/sh", "-c", text}; };
  for (const Words& command : {Words{"java", "-jar", "a"}, Words{"/usr/bin/java"}, line("exec java -version"),
                               line("(java)"), line("\"$JAVA_HOME/bin/java\" -jar a"), line("X=1 env Y=2 java"),
                               line("true\njava;"), line("cd x && nohup java")}) {
    CAPTURE(command);
    CHECK(runs_java(command));
  }
  for (const Words& command : {Words{}, Words{"sleep", "100", "java"}, line("cat /etc/java"), line("echo > java"),
                               line("exec javac a"), Words{"sh", "java"}}) {
    CAPTURE(command);
    CHECK_FALSE(runs_java(command));
  }
}
