// Where in a JSON document a position is.
#include "cli/views/document_path.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

TEST_CASE("a place in a document that is one long line is told by its path", "[views]") {
  const std::string text =
      R"({"spec": {"deployments": [{"name": "a, {\"b\": 1}", "image": "x"}, {"image": "here"}], "a/b": [[], {"c": 5}]}, "rest": ")" +
      std::string(300, '.') + "\"}\n";
  const auto path_of = [&](std::string_view mark, const std::string& file = "app.json") {
    return document_path(text, {file, 1, static_cast<int>(text.find(mark)) + 1});
  };
  CHECK(path_of("\"x\"") == "/spec/deployments/0/image");
  CHECK(path_of("\"here\"") == "/spec/deployments/1/image");
  CHECK(path_of("5}") == "/spec/a~1b/1/c");
  CHECK(path_of("[{") == "/spec/deployments");
  CHECK(path_of("{\"spec") == "");
  CHECK(path_of("\"here\"", "app.conf") == "");
  CHECK(document_path("{\"short\": 1}", {"app.json", 1, 11}) == "");
  CHECK(document_path("\n" + text, {"app.json", 2, static_cast<int>(text.find("\"x\"")) + 1}) ==
        "/spec/deployments/0/image");
  CHECK(document_path(text, {"app.json", 7, 3}) == "");
}
