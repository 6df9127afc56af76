// YAML to values: scalars, aliases, keys as names and as paths, and what is said about mistakes.
#include <catch2/catch_all.hpp>

#include "planner/config/read_config.h"
#include "tests/planner/config/mistakes.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;

namespace {

struct Row {
  const char* text;
  const char* expected;
};

// clang-format off
constexpr Row values[] = {
    {"", "{}"},
    {"# only a comment", "{}"},
    {"a: true\nb: False\nc: yes\nd: 'true'\ne: on", R"({"a":true,"b":false,"c":"yes","d":"true","e":"on"})"},
    {"a: 1\nb: 1.50\nc: 0x1F\nd: 0o17\ne: 1e3\nf: +5\ng: .5\nh: '7'\ni: -0.10", R"({"a":1,"b":1.50,"c":31,"d":15,"e":1e3,"f":5,"g":0.5,"h":"7","i":-0.10})"},
    {"a: 1.2.3\nb: 10s\nc: .inf\nd: 2020-01-01\ne: 1_000\nf: 12345678901234567890", R"({"a":"1.2.3","b":"10s","c":".inf","d":"2020-01-01","e":"1_000","f":12345678901234567890})"},
    {"a: null\nb: ~\nc:\nd: 'null'\ne: \"\"", R"({"a":null,"b":null,"c":null,"d":"null","e":""})"},
    {"a: !!str 5\nb: !!int 6", R"({"a":"5","b":6})"},
    {"base: &base {x: 1, y: 2}\nother: *base\nmerged:\n  <<: *base\n  y: 3", R"({"base":{"x":1,"y":2},"merged":{"x":1,"y":3},"other":{"x":1,"y":2}})"},
    {"a: |\n  one\n  two\nb: >\n  one\n  two", R"({"a":"one\ntwo\n","b":"one two"})"},
    {"a.b: 1\n'c.d': 2\n1: x\ntrue: y", R"({"1":"x","a.b":1,"c.d":2,"true":"y"})"},
    {"a: ${b}", R"({"a":"${b}"})"},
    {"- 1\n- {a: b}", R"([1,{"a":"b"}])"},
    {"\xEF\xBB\xBF" "a: \xC3\xA4\r\nb: 2\r\n", "{\"a\":\"\xC3\xA4\",\"b\":2}"},
};

constexpr Row wrong[] = {
    {R"(a: 1
a: 2)",
     R"(t.yaml:2:1: key "a" is given twice (yaml-duplicate-key; hint: the value of the first is at line 1))"},
    {"a: [1, 2",
     "t.yaml:1:4: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence (yaml-syntax)"},
    {R"(a: 1
---
b: 2)",
     "t.yaml:3:1: the file holds 2 YAML documents where one was expected (yaml-documents; hint: remove the '---' lines between them, or make several files)"},
    {"a: *x",
     R"(t.yaml:1:4: not valid YAML: no value has the anchor "x" (yaml-syntax))"},
    {R"(? [x]
: 1)",
     "t.yaml:1:3: a key must be text, not a list or an object (yaml-key)"},
    {"a: !custom 5",
     R"(t.yaml:1:4: the tag "!custom" is not supported (yaml-tag; hint: write the value without it))"},
    {R"(a:
	- 1)",
     "t.yaml:2:1: not valid YAML: found character that cannot start any token while scanning for the next token (yaml-syntax; hint: indent with spaces: YAML takes no tabs there)"},
    {R"(a: "x)",
     "t.yaml:1:4: not valid YAML: found unexpected end of stream while scanning a quoted scalar (yaml-syntax)"},
    {"a: b: c",
     "t.yaml:1:5: not valid YAML: mapping values are not allowed in this context (yaml-syntax; hint: check the indentation; put a text with ': ' in it in quotes)"},
    {"{a: 1, a: 2}",
     R"(t.yaml:1:8: key "a" is given twice (yaml-duplicate-key; hint: the value of the first is at line 1))"},
    {"a: &x [*x]",
     "t.yaml:1:4: nested more than 500 levels deep (config-too-deep)"},
    {"a: @x",
     "t.yaml:1:4: not valid YAML: found character that cannot start any token while scanning for the next token (yaml-syntax; hint: put a text that begins like this in quotes)"},
    {R"(- a
b: 1)",
     "t.yaml:2:1: not valid YAML: did not find expected '-' indicator while parsing a block collection (yaml-syntax; hint: the list begins at line 1; a list and keys cannot stand side by side)"},
    {R"(a:
  b: 1
 c: 2)",
     "t.yaml:3:2: not valid YAML: did not find expected key while parsing a block mapping (yaml-syntax; hint: the object begins at line 1; check the indentation)"},
    {R"([1]
b: 1)",
     "t.yaml:2:1: this line does not continue what stands above it (yaml-syntax; hint: check the indentation; a list and keys cannot stand side by side)"},
    {R"(%YAML 3.0
---
a: 1)",
     "t.yaml:1:1: not valid YAML: found incompatible YAML document (yaml-syntax)"},
    {R"(a: "\q")",
     "t.yaml:1:5: not valid YAML: found unknown escape character while parsing a quoted scalar (yaml-syntax)"},
    {"a: {<<: 5}",
     "t.yaml:1:5: '<<' takes an object or a list of objects (yaml-key; hint: put the key in quotes if it is meant as a name)"},
    {"a: 'x",
     "t.yaml:1:4: not valid YAML: found unexpected end of stream while scanning a quoted scalar (yaml-syntax)"},
    {"}",
     "t.yaml:1:1: not valid YAML: did not find expected node content while parsing a block node (yaml-syntax)"},
    {R"(a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e])",
     "t.yaml:1:4: the aliases of this file stand for too many values (config-too-deep)"},
    {"a: !!set {x}",
     R"(t.yaml:1:4: the tag "tag:yaml.org,2002:set" is not supported (yaml-tag; hint: write the value without it))"},
};
// clang-format on

}  // namespace

TEST_CASE("YAML scalars follow YAML 1.2", "[config][yaml]") {
  for (const Row& row : values) {
    CAPTURE(row.text);
    Diagnostics problems;
    CHECK(parse_yaml(row.text, "t.yaml", problems).to_json_text() == row.expected);
    CHECK(testing::mistakes(problems).empty());
  }
}

TEST_CASE("mistakes in YAML are told with place, message and hint", "[config][yaml]") {
  for (const Row& row : wrong) {
    CAPTURE(row.text);
    Diagnostics problems;
    parse_yaml(row.text, "t.yaml", problems);
    CHECK(testing::mistakes(problems) == row.expected);
  }
}

TEST_CASE("control characters in YAML are told", "[config][yaml]") {
  Diagnostics problems;
  parse_yaml(std::string_view("a: 1\n,a[,\0=2]", 13), "t.yaml", problems);
  CHECK(testing::mistakes(problems) == "t.yaml:2:5: not valid YAML: control characters are not allowed (yaml-syntax)");
}

TEST_CASE("YAML that is not UTF-8 is told", "[config][yaml]") {
  Diagnostics problems;
  parse_yaml("a: \xFF", "t.yaml", problems);
  CHECK(testing::mistakes(problems) ==
        "t.yaml:1:1: the file is not valid UTF-8 (config-encoding; hint: save it as UTF-8)");
}

TEST_CASE("a YAML value has the place where it begins", "[config][yaml]") {
  Diagnostics problems;
  const ConfigValue value = parse_yaml("a:\n  b: [1, two]\n  c:\n", "t.yaml", problems);
  CHECK(value.at({"a"})->where().text() == "t.yaml:2:3");
  CHECK(value.at({"a", "b"})->where().text() == "t.yaml:2:6");
  CHECK(value.at({"a", "b"})->items()[1].where().text() == "t.yaml:2:10");
  CHECK(value.at({"a", "c"})->where().line == 3);
}

TEST_CASE("in configuration files an unquoted YAML key is a path", "[config][yaml]") {
  const testing::MemoryTree tree(
      {{"a.yaml",
        "cloudflow.topics.orders.partitions: 6\n'x.y': 1\ncloudflow:\n  topics:\n    calls: {managed: false}\n"},
       {"b.conf", "cloudflow.topics.orders.partitions = ${n}\nn = 12\n"},
       {"bad.yaml", "a..b: 1\n"}});
  Diagnostics problems;
  const std::vector<std::string> paths = {"a.yaml", "b.conf"};
  const ConfigValue value = read_config(tree, paths, {}, problems);
  CHECK(value.to_json_text() ==
        R"({"cloudflow":{"topics":{"calls":{"managed":false},"orders":{"partitions":12}}},"n":12,"x.y":1})");
  CHECK(value.at({"cloudflow", "topics", "orders", "partitions"})->where().text() == "b.conf:2:5");
  CHECK(value.at({"cloudflow", "topics", "calls", "managed"})->where().text() == "a.yaml:5:22");
  CHECK(parse_config_file(tree, "a.yaml", problems).find("cloudflow.topics.orders.partitions") != nullptr);
  CHECK(testing::mistakes(problems).empty());
  const std::vector<std::string> bad = {"bad.yaml"};
  read_config(tree, bad, {}, problems);
  CHECK(testing::mistakes(problems) ==
        "bad.yaml:1:1: the path \"a..b\" has an empty step (yaml-key; hint: put a key with such periods in quotes)");
}
