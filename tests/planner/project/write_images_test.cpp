// A digest is written into cloudflow.yaml, and nothing else changes.
#include "planner/project/write_images.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {

std::string written(const std::string& text, const std::map<std::string, std::string>& images) {
  const Result<std::string> out = with_images(text, "cloudflow.yaml", images);
  return out ? *out : "error: " + out.error().message + " | " + out.error().hint;
}

}  // namespace

TEST_CASE("only the values of images change", "[project]") {
  CHECK(written(
            "# größe\napplication: shop   # ours\nimages:\n  # by streamlet\n  a: r/a:1   # keep\n  'b':   \"r/b:1\"\n"
            "  c: 'r/c:1'\nversion: 1.0.0\r\n",
            {{"a", "r.example.com/a:1@sha256:12"}, {"b", "x"}, {"c", "a-longer-one"}}) ==
        "# größe\napplication: shop   # ours\nimages:\n  # by streamlet\n  a: r.example.com/a:1@sha256:12   # keep\n"
        "  'b':   \"x\"\n  c: 'a-longer-one'\nversion: 1.0.0\r\n");
  CHECK(written("images: {a: r/a:1, b: \"r/b\", ö: r/a:1} # flow", {{"a", "r/a:1@sha256:1"}, {"b", "s"}, {"ö", "t"}}) ==
        "images: {a: r/a:1@sha256:1, b: \"s\", ö: t} # flow");
  CHECK(written("images:\n  com:\n    example: {A: old}\n", {{"com.example.A", "new"}}) ==
        "images:\n  com:\n    example: {A: new}\n");
  CHECK(written("images:\n  com.example.A: old\n", {{"com.example.A", "new"}}) == "images:\n  com.example.A: new\n");
  CHECK(written("images: {a: same}\n", {{"a", "same"}}) == "images: {a: same}\n");
}

TEST_CASE("what is missing is added", "[project]") {
  CHECK(written("application: shop", {{"a", "r/a:1"}, {"b", "r/b:1"}}) ==
        "application: shop\nimages:\n  a: r/a:1\n  b: r/b:1\n");
  CHECK(written("images:\n    # comment\n    b: r/b:1\nversion: 1\n", {{"a", "r/a:1"}, {"b", "r/b:2"}}) ==
        "images:\n    # comment\n    a: r/a:1\n    b: r/b:2\nversion: 1\n");
  CHECK(written("", {{"a", "r/a:1"}}) == "images:\n  a: r/a:1\n");
}

TEST_CASE("a text that cannot be changed without more is left alone, with what to write", "[project]") {
  const std::string hint = " | write under `images:`\n  a: new";
  const std::string cannot = "error: cannot write the images into cloudflow.yaml without touching more" + hint;
  const std::string text = GENERATE("images: {b: r/b}\n",                     // a flow map has no lines
                                    "images:\n",                              // nothing tells its indentation
                                    "images:\n  a: &x old\n  b: *x\n",        // another entry would change, too
                                    "images:\n  a: >-\n    old\n    text\n",  // a text of several lines
                                    "{application: shop}\n", "images:\n  a: \"o\\x6cd\"\n");
  CHECK(written(text, {{"a", "new"}}) == cannot);
  CHECK(written("images: [", {{"a", "new"}}) == "error: cloudflow.yaml is no YAML any more | cloudflow validate");
}
