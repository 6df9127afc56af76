// The template language.
#include "planner/render/template.h"

#include <catch2/catch_all.hpp>

#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

using testing::texts;

ConfigValue yaml(const std::string& text, const std::string& name) {
  Diagnostics problems;
  ConfigValue value = parse_yaml(text, name, problems);
  REQUIRE(texts(problems) == "");
  return value;
}

constexpr const char* data = R"(
name: in
port: 3000
yes: true
no: false
empty: []
env: [{name: A, value: a}, {name: B, value: b}]
labels: {team: green}
tree: {a: {b: 1, c: [x, y]}, "d.e": 0.10, f: {g: {}}}
zero: 0
memory: 1.5Gi
)";

/// The expansion as JSON, or the messages.
std::string expanded(const std::string& text) {
  Diagnostics problems;
  const std::optional<ConfigValue> value = expand_template(yaml(text, "t.yaml"), yaml(data, "data.yaml"), problems);
  return problems.empty() ? (value ? value->to_json_text() : "left out") : texts(problems);
}

TEST_CASE("placeholders are typed values", "[template]") {
  CHECK(expanded("a: ${port}") == R"({"a":3000})");
  CHECK(expanded("a: ${env}") == R"({"a":[{"name":"A","value":"a"},{"name":"B","value":"b"}]})");
  CHECK(expanded("a: x-${name}:${port}-y") == R"({"a":"x-in:3000-y"})");
  CHECK(expanded("a: $${name} costs 5$") == R"({"a":"${name} costs 5$"})");
  CHECK(expanded("{a: '${missing?}', b: ['${missing?}', 1]}") == R"({"b":[1]})");
  CHECK(expanded("a: ${empty?}") == "{}");
  CHECK(expanded("a: ${empty}") == R"({"a":[]})");
}

TEST_CASE("a placeholder's value keeps its place", "[template]") {
  Diagnostics problems;
  const auto value = expand_template(yaml("a: ${port}\nb: text", "t.yaml"), yaml(data, "data.yaml"), problems);
  REQUIRE(value);
  CHECK(value->find("a")->where().text() == "data.yaml:3:7");
  CHECK(value->find("b")->where().text() == "t.yaml:2:4");
}

TEST_CASE("interpolating a secret gives a secret", "[template]") {
  Diagnostics problems;
  const ConfigValue secrets = ConfigValue::object({{"p", ConfigValue::secret("hidden")}});
  const auto value = expand_template(yaml("a: x${p}", "t.yaml"), secrets, problems);
  REQUIRE(value);
  CHECK(value->find("a")->is_secret());
}

TEST_CASE("conditions leave maps out", "[template]") {
  CHECK(expanded("{$if: yes, a: 1}") == R"({"a":1})");
  CHECK(expanded("{$if: no, a: 1}") == "left out");
  CHECK(expanded("{$if: '!no', a: 1}") == R"({"a":1})");
  CHECK(expanded("{$if: missing, a: 1}") == "left out");
  CHECK(expanded("{$if: empty, a: 1}") == "left out");
  CHECK(expanded("b: {$if: no, a: 1}") == "{}");
  CHECK(expanded("b: [{$if: no, a: 1}, 2]") == R"({"b":[2]})");
  CHECK(expanded("b: [{$if: no, a: 1}]") == "{}");
  CHECK(expanded("b: []") == R"({"b":[]})");
  CHECK(expanded("b: {$if: yes, $do: '${port}'}") == R"({"b":3000})");
}

TEST_CASE("loops fill the list around them", "[template]") {
  CHECK(expanded("[0, {$for: e in env, $do: '${e.name}=${e.value}'}, 9]") == R"([0,"A=a","B=b",9])");
  CHECK(expanded("a: {$for: e in env, $do: '${e.name}'}") == R"({"a":["A","B"]})");
  CHECK(expanded("a: {$for: l in labels, $do: {k: '${l.key}', v: '${l.value}'}}") ==
        R"({"a":[{"k":"team","v":"green"}]})");
  CHECK(expanded("a: {$for: e in empty, $do: 1}") == R"({"a":[]})");
}

TEST_CASE("maps and lists are merged", "[template]") {
  CHECK(expanded("{$merge: '${labels}', b: 1}") == R"({"b":1,"team":"green"})");
  CHECK(expanded("{$merge: '${labels}', team: red}") == R"({"team":"red"})");
  CHECK(expanded("{$merge: [{a: {x: 1, y: 1}}, {a: {y: 2}}]}") == R"({"a":{"x":1,"y":2}})");
  CHECK(expanded("[1, {$merge: '${env}'}]") == R"([1,{"name":"A","value":"a"},{"name":"B","value":"b"}])");
  CHECK(expanded("e: {$by: name, $merge: [[{name: B, value: x}, {name: C}], '${env}']}") ==
        R"({"e":[{"name":"B","value":"b"},{"name":"C"},{"name":"A","value":"a"}]})");
  CHECK(expanded("e: {$merge: '${missing?}'}") == "{}");
}

TEST_CASE("mistakes in templates name their place", "[template]") {
  CHECK(expanded("a: ${prot}") == "t.yaml:1:4: error: \"prot\" has no value (did you mean \"port\"?)\n");
  CHECK(expanded("a:\n  b: x${name") == "t.yaml:2:6: error: \"${\" is not closed (write $$ for a dollar sign)\n");
  CHECK(expanded("a: x${env}") == "t.yaml:1:4: error: \"env\" is not text; it can only stand alone\n");
  CHECK(expanded("{$iff: yes}") == "t.yaml:1:8: error: templates have no \"$iff\" (did you mean \"$if\"?)\n");
  CHECK(expanded("{$for: env, $do: 1}") == "t.yaml:1:8: error: a loop is $for: NAME in PATH, with $do: beside it\n");
  CHECK(expanded("{$merge: ['${env}', '${labels}']}") ==
        "t.yaml:1:10: error: $merge takes objects, beside other keys, or lists alone\n");
}

TEST_CASE("functions of placeholders", "[template]") {
  struct Row {
    const char* text;
    const char* result;
  };
  const auto row = GENERATE(values<Row>({
      {"${missing | default x}", R"("x")"},
      {"${empty | default two words}", R"("two words")"},
      {"${port | default x}", "3000"},
      {"${missing | default $port}", "3000"},
      {"${missing | default $gone | default last}", R"("last")"},
      {"${tree | flat}", R"({"a.b":"1","a.c":"x,y","d.e":"0.10"})"},
      {"${tree | flat ;}", R"({"a.b":"1","a.c":"x;y","d.e":"0.10"})"},
      {"${tree | lift a | at b}", "1"},
      {"${tree | lift none | at d.e}", "0.10"},
      {"${tree | lift a}", R"({"b":1,"c":["x","y"],"d.e":0.10,"f":{"g":{}}})"},
      {"${env | named B}", R"("b")"},
      {"${port | times 2}", "6000"},
      {"${missing | default flink:1.20.5 | version-of flink}", R"("1.20")"},
      {"${name | version-of flink | default none}", R"("none")"},
      {"${missing | default 1.20.5 | minor}", R"("1.20")"},
      {"${name | minor | default none}", R"("none")"},
      {"${missing | default 1.9 | before 1.19}", "true"},
      {"${missing | default 1.19 | before 1.19 | default no}", R"("no")"},
      {"${missing | default 1.20 | dots-as _}", R"("1_20")"},
      {"${port | divided-by 2000}", "2"},
      {"${port | divided-by $port}", "1"},
      {"${port | at-most 1}", "1"},
      {"${zero | at-most 1}", "0"},
      {"${zero | at-least 1}", "1"},
      {"${memory | bytes}", "1610612736"},
      {"${missing | default 2E | bytes}", "2000000000000000000"},
      {"${name | default 500m}", R"("in")"},
      {"${missing | default 500m | number}", "0.5"},
      {"${name | suffix -end}", R"("in-end")"},
      {"${missing | default aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff | suffix -end}",
       R"("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff-end")"},
      {"${labels | digest}", R"("aa84c8fdc0b516ff6aba5f726dd7c4ac")"},
  }));
  CAPTURE(row.text);
  CHECK(expanded(std::string("a: '") + row.text + "'") == std::string(R"({"a":)") + row.result + "}");
}

TEST_CASE("functions find nothing, or do not fit", "[template]") {
  struct Row {
    const char* text;
    const char* result;
  };
  const auto row = GENERATE(values<Row>({
      {"${env | named C ?}", "{}"},
      {"${missing | flat | at x ?}", "{}"},
      {"${env | named C}", "t.yaml:1:4: error: \"env | named C\" has no value\n"},
      {"${port | tims 2}", "t.yaml:1:4: error: templates have no function \"tims\" (did you mean \"times\"?)\n"},
      {"${port | times}", "t.yaml:1:4: error: times takes an argument\n"},
      {"${port | bytes 2}", "t.yaml:1:4: error: bytes takes no argument\n"},
      {"${port | times two}", "t.yaml:1:4: error: times wants two whole numbers, not \"3000\" and \"two\"\n"},
      {"${port | times $prot}", "t.yaml:1:4: error: \"prot\" has no value (did you mean \"port\"?)\n"},
      {"${port | divided-by 0}", "t.yaml:1:4: error: divided-by has no result for 3000 and 0\n"},
      {"${name | bytes}", "t.yaml:1:4: error: \"in\" is no amount of bytes (write one like 512Mi)\n"},
      {"${missing | default nan | bytes}", "t.yaml:1:4: error: \"nan\" is no amount of bytes (write one like 512Mi)\n"},
      {"${missing | default inf | number}", "t.yaml:1:4: error: \"inf\" is no number\n"},
      {"${tree | bytes}", "t.yaml:1:4: error: an object is no amount of bytes (write one like 512Mi)\n"},
      {"${name | number}", "t.yaml:1:4: error: \"in\" is no number\n"},
      {"${port | flat}", "t.yaml:1:4: error: flat wants an object, not \"3000\"\n"},
  }));
  CAPTURE(row.text);
  CHECK(expanded(std::string("a: '") + row.text + "'") == row.result);
}

TEST_CASE("conditions compare texts", "[template]") {
  CHECK(expanded("{$if: name == in, a: 1}") == R"({"a":1})");
  CHECK(expanded("{$if: name == out, a: 1}") == "left out");
  CHECK(expanded("{$if: missing == out, a: 1}") == "left out");
  CHECK(expanded("{$if: port == 3000, a: 1}") == R"({"a":1})");
}

TEST_CASE("a tree as text", "[template]") {
  CHECK(expanded("a: {$text: settings, b.c: '${port}', $merge: ['${labels}']}") ==
        R"({"a":"b.c: 3000\nteam: green\n"})");
  CHECK(expanded("a: {$text: properties, b: 'x\\y=z'}") == R"({"a":"b=x\\\\y=z\n"})");
  CHECK(expanded("a: {$text: properties, 'b c=d': ' x #1'}") == R"({"a":"b\\ c\\=d=\\ x #1\n"})");
  CHECK(expanded("a: {$text: json, b: ['${port}'], c: {$if: no}}") == R"({"a":"{\"b\":[3000]}"})");
  CHECK(expanded("a: {$text: json, $if: no, b: 1}") == "{}");
  CHECK(expanded("a: {$text: xml, b: 1}") ==
        "t.yaml:1:12: error: there is no format \"xml\", wanted json, settings, lines or properties\n");
  CHECK(expanded("a: {$text: settings, b: [1]}") ==
        "t.yaml:1:12: error: $text: settings wants texts, and \"b\" is none\n");
  CHECK(expanded("a: {$text: settings, b: \"x\\ny: z\"}") == "t.yaml:1:12: error: \"b\" cannot hold a line break\n");
  CHECK(expanded("a: {$text: lines, b: \"x#y = z\", c: 1}") == R"({"a":"b: x#y = z\nc: 1\n"})");
  CHECK(expanded("a: {$text: lines, b: \"x\\ny: z\"}") == "t.yaml:1:12: error: \"b\" cannot hold a line break\n");
  CHECK(expanded("a: {$text: settings, b: \"x#y\"}") ==
        "t.yaml:1:12: error: \"b\" cannot hold a \"#\", which begins a comment\n");
}

TEST_CASE("text made from a secret is a secret", "[template]") {
  Diagnostics problems;
  const ConfigValue secrets = ConfigValue::object({{"t", ConfigValue::object({{"p", ConfigValue::secret("hidden")}})}});
  const auto value = expand_template(yaml("a: {$text: settings, $merge: '${t | flat}'}", "t.yaml"), secrets, problems);
  REQUIRE(value);
  CHECK(value->find("a")->is_secret());
}

TEST_CASE("nesting is limited", "[template]") {
  ConfigValue deep = ConfigValue::string("x");
  for (int i = 0; i < 200; ++i) deep = ConfigValue::list({deep});
  Diagnostics problems;
  CHECK(!expand_template(deep, ConfigValue::object({}), problems));
  CHECK(texts(problems) == "error: the template is nested too deeply\n");
}

}  // namespace
}  // namespace cloudflow
