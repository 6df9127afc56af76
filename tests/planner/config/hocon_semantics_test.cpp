// What HOCON texts mean, as the original library (1.4.2) answers; every row was run through it.
#include <catch2/catch_all.hpp>

#include "planner/config/read_config.h"
#include "sdk/base/text.h"

using namespace cloudflow;

namespace {

std::string answer(std::string_view text) {
  Diagnostics problems;
  const ConfigValue value = read_hocon_text(text, "t.conf", {}, problems);
  if (!problems.has_errors()) return value.to_json_text();
  const Diagnostic& first = problems.all().front();
  return first.where.text() + ": " + first.message;
}

struct Row {
  const char* text;
  const char* json;
};

}  // namespace

TEST_CASE("HOCON means what the original says", "[config][hocon]") {
  const Row row = GENERATE(values<Row>({
      {"a=1,b=${a},a=${b}", R"({"a":1,"b":1})"},
      {"a=[1],a=[${?a}]", R"({"a":[]})"},
      {"a=${?a}", "{}"},
      {"a=${?a}foo", R"({"a":"foo"})"},
      {"PATH=${?PATH}x", R"({"PATH":"x"})"},
      {"HOME=1,HOME=${HOME}x", R"({"HOME":"1x"})"},
      {"a=${?x} foo", R"({"a":" foo"})"},
      {"a=foo ${?x}", R"({"a":"foo "})"},
      {"a=foo ${?x} bar", R"({"a":"foo  bar"})"},
      {"a=${?x} ${?y}", R"({"a":" "})"},
      {"a=${?x}${?y}", "{}"},
      {"n=null, a=${n}x, b=${n}", R"({"a":"nullx","b":null,"n":null})"},
      {"a . b = 1", R"({"a ":{" b":1}})"},
      {"a b.c d : 1", R"({"a b":{"c d":1}})"},
      {"a=12345678901234567890", R"({"a":"12345678901234567890"})"},
      {"e=1.2.3, f=2020-01-01, g=-, i=.5, j=5.0f, k=0x10",
       R"({"e":"1.2.3","f":"2020-01-01","g":"-","i":".5","j":"5.0f","k":"0x10"})"},
      {"a={x:1} {y:2}, b=[1] [2], c=[0]${b}", R"({"a":{"x":1,"y":2},"b":[1,2],"c":[0,1,2]})"},
      {R"(a={"0":x,"2":z,"1":y} [w], b=[w]{"0":q})", R"({"a":["x","y","z","w"],"b":["w","q"]})"},
      {"a+=1,a+=2", R"({"a":[1,2]})"},
      {"a=${?b}, b=${?a}", "{}"},
      {"a={x=1},a=null,a={y=2}", R"({"a":{"y":2}})"},
      {"a={x=1},a=${?z},a={y=2}", R"({"a":{"x":1,"y":2}})"},
      {"a={x=1},a=${z},z=5,a={y=2}", R"({"a":{"y":2},"z":5})"},
      {"bar : { foo : 42, baz : ${bar.foo} }", R"({"bar":{"baz":42,"foo":42}})"},
      {"a={b=1}, a=${a}{c=2}, a=${a}{d=${a.c}}", R"({"a":{"b":1,"c":2,"d":2}})"},
      {"a.b=1, c=${a}, a.b=2", R"({"a":{"b":2},"c":{"b":2}})"},
      {"a=${b.c}, b={c=1,d=${a}}", R"({"a":1,"b":{"c":1,"d":1}})"},
      {"a={c=${a.d}},a.d={e=1}", R"({"a":{"c":{"e":1},"d":{"e":1}}})"},
      {"foo : { a : 2, c : 1 }\nfoo : { a : ${foo.c}, c : 3 }", R"({"foo":{"a":3,"c":3}})"},
      {"bar : { foo : 42, baz : ${bar.foo} }, bar : { foo : 43 }", R"({"bar":{"baz":43,"foo":43}})"},
      {"a : { b : { c : 1 } }, a.b.c = ${a.b.c}2", R"({"a":{"b":{"c":"12"}}})"},
      {"a={b:1\nc:2}\nd\n=\n5", R"({"a":{"b":1,"c":2},"d":5})"},
      {R"(a="x" "y"'z')", R"({"a":"x y'z'"})"},
      {"a = \"\"\"ab\"c\"\"\"\" , b=\"\"\"\nx\n\"\"\"", R"({"a":"ab\"c\"","b":"\nx\n"})"},
      {R"("a.b".c=1, "".d=2)", R"({"":{"d":2},"a.b":{"c":1}})"},
      {"a=[1,2,]", R"({"a":[1,2]})"},
      {"a=true b, c=nullable, d=null, e=true", R"({"a":"true b","c":"nullable","d":null,"e":true})"},
      {"a = x # y", R"({"a":"x"})"},
      {"a = x//y", R"({"a":"x"})"},
      {"a=/x, b=a/b", R"({"a":"/x","b":"a/b"})"},
      {"a=${x.y}, x.y=${x.z}, x.z={k=1}", R"({"a":{"k":1},"x":{"y":{"k":1},"z":{"k":1}}})"},
  }));
  CAPTURE(row.text);
  CHECK(answer(row.text) == row.json);
}
