// Files over files, includes, the environment, places and secrets.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "planner/config/read_config.h"
#include "tests/planner/config/mistakes.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;
using testing::MemoryTree;

namespace {

std::optional<std::string> environment(std::string_view name) {
  if (name == "USER_NAME") return "ada";
  if (name == "EMPTY") return "";
  if (name == "a.b") return "dotted";
  if (name == "X_0") return "zero";
  if (name == "X_1") return "one";
  if (name == "X_3") return "three";
  return std::nullopt;
}

std::string read(std::map<std::string, std::string> files, const std::vector<std::string>& paths = {"main.conf"}) {
  const MemoryTree tree(std::move(files));
  Diagnostics problems;
  const ConfigValue value = read_config(tree, paths, environment, problems);
  return problems.all().empty() ? value.to_json_text() : testing::mistakes(problems);
}

struct Include {
  std::map<std::string, std::string> files;
  std::string answer;
};

std::string nested(int levels, std::string_view open, std::string_view close) {
  std::string out = "a = ";
  for (int i = 0; i < levels; ++i) out += open;
  out += "1";
  for (int i = 0; i < levels; ++i) out += close;
  return out;
}

std::string mistakes_of(std::string_view text) {
  Diagnostics problems;
  read_hocon_text(text, "t.conf", {}, problems);
  return testing::mistakes(problems);
}

}  // namespace

TEST_CASE("includes do what they do in Cloudflow 2", "[config][include]") {
  const Include row = GENERATE(values<Include>({
      {{{"main.conf", "a { include \"foo.conf\" }"}, {"foo.conf", "x : 10, y : ${x}"}}, R"({"a":{"x":10,"y":10}})"},
      {{{"main.conf", "a : { include \"foo.conf\" }\na : { x : 42 }"}, {"foo.conf", "{ x : 10, y : ${x} }"}},
       R"({"a":{"x":42,"y":42}})"},
      {{{"main.conf", "include \"missing.conf\"\nb=1"}}, R"({"b":1})"},
      {{{"main.conf", "include file(\"sub/foo.conf\")"},
        {"sub/foo.conf", "include \"bar.conf\"\nf=1"},
        {"sub/bar.conf", "bar=1"},
        {"bar.conf", "bar=wrong"}},
       R"({"bar":1,"f":1})"},
      {{{"main.conf", "include \"foo\""}, {"foo.conf", "a=conf,c=1"}, {"foo.json", R"({"a":"json","j":2})"}},
       R"({"a":"conf","c":1,"j":2})"},
      // What Cloudflow 2 answers to these files.
      {{{"main.conf", "include \"x\""},
        {"x.conf", "a.b = conf"},
        {"x.json", R"({"a":{"b":"json","c":"json"}})"},
        {"x.properties",
         "a.b=props\na.d = props\nk:v\\\n  w\n# c\n! d\nq\nuni\\u0041 = z\\ty\nm=1\nm.n=2\n\"p.q\"=3\nr..s=4\n"
         "tr = \\ x  \n"}},
       R"({"\"p":{"q\"":"3"},"a":{"b":"conf","c":"json","d":"props"},"k":"vw","m":{"n":"2"},"q":"","r":{"":{"s":"4"}},)"
       R"("tr":" x  ","uniA":"z\ty"})"},
      {{{"main.conf", "p { include \"x\" }\nq = ${p.a.b}"}, {"x.properties", "a.b = 7\r\na.c=\\u00e9\\\\\r\n"}},
       R"({"p":{"a":{"b":"7","c":"é\\"}},"q":"7"})"},
      {{{"main.conf", "x.y { include \"l.conf\" }\nx.y.l += 3"}, {"l.conf", "l=[1]\nl += 2"}},
       R"({"x":{"y":{"l":[1,2,3]}}})"},
      {{{"main.conf", "base=9\na { include \"foo.conf\" }"}, {"foo.conf", "y : ${base}\nz : ${?base}0"}},
       R"({"a":{"y":9,"z":"90"},"base":9})"},
      {{{"main.conf", "l = [ { include \"foo.conf\" } ]"}, {"foo.conf", "y : 1"}}, R"({"l":[{"y":1}]})"},
      {{{"main.conf", "a { include \"foo.conf\", b = ${a.q}, include \"bar.conf\" }"},
        {"foo.conf", "q : 1\nb=0"},
        {"bar.conf", "b=${?b}7"}},
       R"({"a":{"b":"17","q":1}})"},
      {{{"main.conf", "a { b { include \"foo.conf\" } }\nc = ${a.b}"},
        {"foo.conf", "x { include \"deep.conf\" }\nz=${x.d}"},
        {"deep.conf", "d=${e}\ne=5"}},
       R"({"a":{"b":{"x":{"d":5,"e":5},"z":5}},"c":{"x":{"d":5,"e":5},"z":5}})"},
      {{{"main.conf", "include required(file(\"foo.conf\"))"}, {"foo.conf", "k=1"}}, R"({"k":1})"},
      {{{"main.conf", "include required( \"foo.conf\" )"}, {"foo.conf", "k=1"}}, R"({"k":1})"},
      {{{"main.conf", "include\n  \"foo.conf\""}, {"foo.conf", "k=1"}}, R"({"k":1})"},
      {{{"main.conf", "a=1, include \"foo.conf\", b=2"}, {"foo.conf", "a=5"}}, R"({"a":5,"b":2})"},
      {{{"main.conf", "a { include \"foo.conf\" }\nx=7"}, {"foo.conf", "p=${x}"}}, R"({"a":{"p":7},"x":7})"},
      {{{"main.conf", "a.b=1\na { include \"f.conf\" }"}, {"f.conf", "b=${b}2"}}, R"({"a":{"b":"12"}})"},
      {{{"main.conf", "a { include \"f.conf\" }"}, {"f.conf", "b += 1\nb += 2"}}, R"({"a":{"b":[1,2]}})"},
      {{{"main.conf", "p=1\na { include \"f.conf\" }"}, {"f.conf", "p=${?p}x"}}, R"({"a":{"p":"x"},"p":1})"},
      {{{"main.conf", "a { include \"f.conf\" }"}, {"f.conf", "q=${USER_NAME}"}}, R"({"a":{"q":"ada"}})"},
      {{{"main.conf", "a { include \"f.yaml\" }"}, {"f.yaml", "b.c: 1\n'd.e': 2"}}, R"({"a":{"b":{"c":1},"d.e":2}})"},
      {{{"sub/main.conf", "include \"../f.conf\""}, {"f.conf", "q=1"}, {"main.conf", "include \"sub/main.conf\""}},
       R"({"q":1})"},
  }));
  CHECK(read(row.files) == row.answer);
}

TEST_CASE("an environment's numbered variables are a list, as in Cloudflow 2 since 1.4.6", "[config]") {
  CHECK(
      read({{"main.conf",
             "a = ${?X[]}, c = [9] ${?X[]}, d = ${?Y[]}, l = [5], l = ${?X[]}, m = [6], m = ${?Y[]}, e = ${a}, f { g = "
             "${X[]} }"}}) ==
      R"({"a":["zero","one"],"c":[9,"zero","one"],"e":["zero","one"],"f":{"g":["zero","one"]},"l":["zero","one"],)"
      R"("m":[6]})");
  CHECK(read({{"main.conf", "X = [1], a = ${?X[]}, b = ${?\"X[]\"}"}}) == R"({"X":[1],"a":[1]})");
  CHECK(read({{"main.conf", "a = ${Y[]}"}}).starts_with("main.conf:1:5: substitution ${Y[]} has no value"));
  const MemoryTree tree(std::map<std::string, std::string>{{"main.conf", "a = ${X[]}"}});
  Diagnostics problems;
  CHECK(read_config(tree, std::vector<std::string>{"main.conf"}, environment, problems).contains_secret());
}

TEST_CASE("what cannot be included is told", "[config][include]") {
  const Include row = GENERATE(values<Include>({
      {{{"main.conf", "include required(\"missing.conf\")"}},
       "main.conf:1:9: required file \"missing.conf\" does not exist (hocon-include; hint: include \"…\" without "
       "required() may be missing)"},
      {{{"main.conf", "l = [ { include \"foo.conf\" } ]"}, {"foo.conf", "x=1,y : ${x}"}},
       "main.conf:1:9: \"foo.conf\" holds substitutions, so it cannot be included inside a list (hocon-include; hint: "
       "include it outside of the list)"},
      {{{"main.conf", "include \"foo.conf\""}, {"foo.conf", "[1]"}},
       "main.conf:1:9: \"foo.conf\" holds a list; only an object can be included (hocon-include)"},
      {{{"main.conf", "include \"a.conf\""}, {"a.conf", "x { include \"b.conf\" }"}, {"b.conf", "include \"a.conf\""}},
       "b.conf:1:9: files include each other: a.conf → b.conf → a.conf (hocon-include; hint: remove one of these "
       "includes)"},
      {{{"main.conf", "include \"../x.conf\""}},
       "main.conf:1:9: include of \"../x.conf\" leads out of the project (hocon-include; hint: name a file inside it, "
       "relative to this one)"},
      {{{"main.conf", "include \"/etc/passwd\""}},
       "main.conf:1:9: include of \"/etc/passwd\" leads out of the project (hocon-include; hint: name a file inside "
       "it, relative to this one)"},
      {{{"main.conf", "include \"https://x/y.conf\""}},
       "main.conf:1:9: include of a URL is not supported: configuration comes from git only (hocon-include; hint: copy "
       "the file next to this one)"},
      {{{"main.conf", "include \"x\""}, {"x.properties", "a=1\nb=\\u00g0"}},
       "x.properties:2:1: \\u is not followed by four hexadecimal digits (properties-unicode; hint: write the "
       "character "
       "itself: the file is read as UTF-8)"},
      {{{"main.conf", "include \"x.properties\""}},
       "main.conf:1:9: include of \"x.properties\": Cloudflow 2 reads a .properties file as HOCON when it is named "
       "with "
       "its ending (hocon-include; hint: include it without the ending)"},
      {{{"main.conf", "a=1\ninclude \"foo.conf\""}, {"foo.conf", "b = [1\n"}},
       "foo.conf:1:5: this '[' is never closed (hocon-syntax; hint: add a ']')"},
  }));
  CHECK(read(row.files) == row.answer);
}

TEST_CASE("later files lie over earlier ones before anything is resolved", "[config]") {
  CHECK(read({{"a.conf", "x = 1\ny = ${x}\nl = [1]\no { p = 1 }"}, {"b.conf", "x = 2\nl = ${l} [2]\no { q = ${o.p} }"}},
             {"a.conf", "b.conf"}) == R"({"l":[1,2],"o":{"p":1,"q":1},"x":2,"y":2})");
  CHECK(read({{"a.conf", "l += 1"}, {"b.conf", "l += 2"}}, {"a.conf", "b.conf"}) == R"({"l":[1,2]})");
  CHECK(read({{"a.conf", "s = 5"}, {"b.yaml", "s: {x: 1}"}, {"c.conf", "s.y = 2"}}, {"a.conf", "b.yaml", "c.conf"}) ==
        R"({"s":{"x":1,"y":2}})");
  CHECK(read({}, {"nowhere.conf"}) == "nowhere.conf: there is no file \"nowhere.conf\" (config-missing)");
  CHECK(read({{"l.conf", "[1]"}}, {"l.conf"}) ==
        "l.conf:1:1: a configuration file must hold settings, not a single value or a list (config-not-object)");
}

TEST_CASE("the environment is the last place to look", "[config]") {
  CHECK(read({{"main.conf", "u = ${USER_NAME}, v = ${?NOT_SET}, e = ${EMPTY}, d = ${a.b}"}}) ==
        R"({"d":"dotted","e":"","u":"ada"})");
  CHECK(read({{"main.conf", "USER_NAME = null, u = ${USER_NAME}"}}) == R"({"USER_NAME":null,"u":null})");
}

TEST_CASE("values from the environment are secret, also in joined text", "[config]") {
  Diagnostics problems;
  const ConfigValue value = read_hocon_text(
      "u = ${USER_NAME}, v = \"user \"${u}, w = ${v}, l = [0] ${?none} [${u}], x = 1", "t.conf", environment, problems);
  CHECK(value.find("u")->is_secret());
  CHECK(value.find("v")->is_secret());
  CHECK(value.find("w")->is_secret());
  CHECK(value.find("l")->items()[1].is_secret());
  CHECK_FALSE(value.find("x")->is_secret());
  CHECK(value.find("u")->where().text() == "t.conf:1:5");
}

TEST_CASE("every value has the place where it was defined", "[config]") {
  Diagnostics problems;
  const ConfigValue value = read_hocon_text(
      "\xEF\xBB\xBFpool {\r\n  ä = \"ö\", size = 5\r\n}\r\nlist = [1\r\n  two, ${pool.size}]\r\ncopy = "
      "${pool}\r\njoined = a ${pool.size}\r\nm = \"\"\"\r\n\"\"\", n = 6",
      "t.conf", {}, problems);
  REQUIRE(testing::mistakes(problems).empty());
  CHECK(value.at({"pool"})->where().text() == "t.conf:1:7");
  CHECK(value.at({"pool", "size"})->where().text() == "t.conf:2:19");
  CHECK(value.at({"list"})->where().text() == "t.conf:4:8");
  CHECK(value.at({"list"})->items()[1].where().text() == "t.conf:5:3");
  CHECK(value.at({"list"})->items()[2].where().text() == "t.conf:2:19");
  CHECK(value.at({"copy", "size"})->where().text() == "t.conf:2:19");
  CHECK(value.at({"joined"})->where().text() == "t.conf:7:10");
  CHECK(value.at({"n"})->where().text() == "t.conf:9:10");
  CHECK(value.at({"m"})->text() == "\r\n");
}

TEST_CASE("parsing alone leaves substitutions as they were written", "[config]") {
  Diagnostics problems;
  const ConfigValue value =
      parse_hocon("a = ${b}, c = x ${?d} y, l = [${e}], o { p = 1 }, o.q = ${a}, k += 7", "t.conf", problems);
  CHECK(value.to_json_text() == R"({"a":"${b}","c":"x ${?d} y","k":[7],"l":["${e}"],"o":{"p":1,"q":"${a}"}})");
  CHECK(testing::mistakes(problems).empty());
}

TEST_CASE("JSON is HOCON", "[config]") {
  const std::string text = R"({"a":[1,-2.5e3,true,false,null,"x\"\\\/\b\f\n\r\t\u00e9😀"],"b":{"c.d":{},"":[]}})";
  Diagnostics problems;
  const ConfigValue value = parse_hocon(text, "t.json", problems);
  REQUIRE(testing::mistakes(problems).empty());
  CHECK(value.to_json() == Json::parse(text));
}

TEST_CASE("nesting has an end, wherever it comes from", "[config]") {
  CHECK(mistakes_of(nested(900, "[", "]")).empty());
  CHECK(mistakes_of(nested(900, "{a:", "}")).empty());
  CHECK(mistakes_of(nested(100000, "[", "]")) == "t.conf:1:1004: nested more than 1000 levels deep (config-too-deep)");
  CHECK(mistakes_of(nested(100000, "{a:", "}")) ==
        "t.conf:1:3003: nested more than 1000 levels deep (config-too-deep)");
  std::string keys = "a";
  for (int i = 0; i < 100000; ++i) keys += ".a";
  CHECK(mistakes_of(keys + "=1") == "t.conf:1:1: nested more than 1000 levels deep (config-too-deep)");
  std::string chain;
  for (int i = 0; i < 20000; ++i) chain += "k" + std::to_string(i) + " = [${k" + std::to_string(i + 1) + "}]\n";
  CHECK_THAT(mistakes_of(chain + "k20000 = 1"), Catch::Matchers::ContainsSubstring("(config-too-deep)"));
  std::string reversed = "k0 = 1\n";
  for (int i = 1; i < 20000; ++i)
    reversed += "k" + std::to_string(100000 - i) + " = [${k" + (i == 1 ? "0" : std::to_string(100001 - i)) + "}]\n";
  CHECK_THAT(mistakes_of(reversed), Catch::Matchers::ContainsSubstring("(config-too-deep)"));
}

TEST_CASE("short texts cannot ask for endless values", "[config]") {
  const std::string part = GENERATE("${a}${a}${a}${a}", "[${a}, ${a}, ${a}, ${a}]", "{x = ${b}, y = ${b}, z = ${b}}");
  std::string text = "a = [1234567890], b = ${a}";
  for (int i = 0; i < 40; ++i) text += "\na = " + part;
  if (part.front() != '$') {
    text = "k0 = 1";
    for (int i = 1; i < 40; ++i) text += fmt::format("\nk{0} = [${{k{1}}}, ${{k{1}}}, {{x = ${{k{1}}}}}]", i, i - 1);
  }
  CHECK_THAT(mistakes_of(text),
             Catch::Matchers::ContainsSubstring("the substitutions of this value make it too large (config-too-deep)"));
}

TEST_CASE("a text that is not UTF-8 is told with its line", "[config]") {
  CHECK(mistakes_of("a = 1\nb = \xC3\x28") ==
        "t.conf:2:1: the file is not valid UTF-8 (config-encoding; hint: save it as UTF-8)");
}

TEST_CASE("after fifty mistakes the rest is not read", "[config]") {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "a = @\n";
  Diagnostics problems;
  read_hocon_text(text, "t.conf", {}, problems);
  REQUIRE(problems.all().size() == 51);
  CHECK(problems.all().back().message == "too many mistakes in this file; the rest of it was not read");
}
