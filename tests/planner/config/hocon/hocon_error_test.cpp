// What is said about mistakes in HOCON: the whole message with its place and hint.
#include <catch2/catch_all.hpp>

#include "planner/config/read_config.h"
#include "tests/planner/config/mistakes.h"

using namespace cloudflow;

namespace {

struct Row {
  const char* text;
  const char* mistakes;
};

// clang-format off
constexpr Row rows[] = {
    {"a = ${a}",
     "t.conf:1:5: substitutions form a cycle: a → a (hocon-cycle; hint: give one of them a value of its own)"},
    {"a = ${b}, b = ${c}, c = ${a}",
     "t.conf:1:25: substitutions form a cycle: b → c → a → b (hocon-cycle; hint: give one of them a value of its own)"},
    {"a = [1], a = [${a}]",
     "t.conf:1:15: substitutions form a cycle: a → a (hocon-cycle; hint: give one of them a value of its own)"},
    {"a = {b = ${c}}, c = {d = ${a.b}}",
     "t.conf:1:26: substitutions form a cycle: c → a.b → c (hocon-cycle; hint: give one of them a value of its own)"},
    {"a = ${missing}",
     R"(t.conf:1:5: substitution ${missing} has no value: neither the configuration nor the environment sets "missing" (hocon-unresolved; hint: set it, or write ${?missing} if it may be missing))"},
    {R"(kafka { partitions = 6 }
a = ${kafka.partition})",
     R"(t.conf:2:5: substitution ${kafka.partition} has no value: neither the configuration nor the environment sets "kafka.partition" (hocon-unresolved; hint: did you mean "kafka.partitions"?))"},
    {R"(a = x${missing}y
b = ${a})",
     R"(t.conf:1:6: substitution ${missing} has no value: neither the configuration nor the environment sets "missing" (hocon-unresolved; hint: set it, or write ${?missing} if it may be missing))"},
    {"a = 1+2",
     "t.conf:1:6: '+' is not allowed outside quotes (hocon-syntax; hint: put the text in quotes; '+=' adds to a list)"},
    {"a = http://x",
     R"(t.conf:1:9: ':' is not allowed outside quotes, and '//' begins a comment (hocon-syntax; hint: put the address in quotes: "http://x"))"},
    {"a = [http://x]",
     R"(t.conf:1:10: ':' is not allowed outside quotes, and '//' begins a comment (hocon-syntax; hint: put the address in quotes: "http://x"))"},
    {"a = {x = 1}[1]",
     "t.conf:1:12: a list cannot be joined with an object before it (hocon-concatenation; hint: put a comma or a newline between two values; lists join lists, objects merge with objects)"},
    {"a = [1]{x = 1}",
     "t.conf:1:8: an object cannot be joined with a list before it (hocon-concatenation; hint: put a comma or a newline between two values; lists join lists, objects merge with objects)"},
    {"a = [1] x",
     "t.conf:1:9: text cannot be joined with a list before it (hocon-concatenation; hint: put a comma or a newline between two values; lists join lists, objects merge with objects)"},
    {"a = x [1]",
     "t.conf:1:7: a list cannot be joined with text before it (hocon-concatenation; hint: put a comma or a newline between two values; lists join lists, objects merge with objects)"},
    {R"(l = [1]
a = ${l} x)",
     "t.conf:2:10: text cannot be joined with a list before it (hocon-concatenation; hint: put a comma or a newline between two values; lists join lists, objects merge with objects)"},
    {"a = 5, a += 2",
     "t.conf:1:13: '+=' cannot add to this key: a list cannot be joined with a number before it (hocon-concatenation; hint: put a comma or a newline between two values; lists join lists, objects merge with objects)"},
    {"a = [{b += 1}]",
     "t.conf:1:7: '+=' cannot be used inside a list (hocon-append; hint: write the whole list with '=')"},
    {"a = ${n}{x = 1}, n = null",
     "t.conf:1:9: an object cannot be joined with null before it (hocon-concatenation; hint: put a comma or a newline between two values; lists join lists, objects merge with objects)"},
    {"include: 3",
     R"(t.conf:1:8: include must be followed by a file name in quotes, not by ':' (hocon-include; hint: include "common.conf"; a key named include is written "include"))"},
    {"include foo.conf",
     R"(t.conf:1:9: include must be followed by a file name in quotes, not by "foo" (hocon-include; hint: include "common.conf"; a key named include is written "include"))"},
    {R"(include "x.conf")",
     "t.conf:1:9: include works only in files (hocon-include; hint: write the included settings here)"},
    {R"(include url("http://x/y"))",
     "t.conf:1:9: include url(…) is not supported: configuration comes from git only (hocon-include; hint: copy the file next to this one)"},
    {R"(include classpath("reference.conf"))",
     "t.conf:1:9: include classpath(…) is not supported: there is no class path here (hocon-include; hint: copy the file next to this one and include it by name)"},
    {R"(include package("x"))",
     "t.conf:1:9: include cannot be followed by package(…) here (hocon-include; hint: known are file(…), required(…) and required(file(…)))"},
    {R"(include required(required("x")))",
     "t.conf:1:18: include cannot be followed by required(…) here (hocon-include; hint: known are file(…), required(…) and required(file(…)))"},
    {R"(include file("x")",
     "t.conf:1:17: found the end of the file where ')' was expected (hocon-include)"},
    {"include",
     R"(t.conf:1:8: include must be followed by a file name in quotes, not by the end of the file (hocon-include; hint: include "common.conf"; a key named include is written "include"))"},
    {"a..b = 1",
     R"(t.conf:1:3: the path of this key has an empty step (hocon-path; hint: remove the period; write "" for a key that is empty))"},
    {".a = 1",
     R"(t.conf:1:1: the path of this key has an empty step (hocon-path; hint: remove the period; write "" for a key that is empty))"},
    {"a. = 1",
     R"(t.conf:1:1: the path of this key has an empty step (hocon-path; hint: remove the period; write "" for a key that is empty))"},
    {"a = ${b..c}",
     R"(t.conf:1:9: the path of this substitution has an empty step (hocon-path; hint: remove the period; write "" for a key that is empty))"},
    {"a = [1,,2]",
     "t.conf:1:8: found ',' where a value was expected (hocon-syntax; hint: one comma separates two values; remove this one)"},
    {"a = [,1]",
     "t.conf:1:6: found ',' where a value was expected (hocon-syntax; hint: one comma separates two values; remove this one)"},
    {"a = {,b = 1}",
     "t.conf:1:6: found ',' where a key was expected (hocon-syntax; hint: one comma separates two settings; remove this one)"},
    {"a = {b = 1,,}",
     "t.conf:1:12: found ',' where a key was expected (hocon-syntax; hint: one comma separates two settings; remove this one)"},
    {"a =",
     R"(t.conf:1:1: key "a" has no value (hocon-syntax; hint: write "" for an empty text, null for none))"},
    {R"(a =
b = 1)",
     "t.conf:2:3: found '=' after a value (hocon-syntax; hint: the key at line 1 has no value, so this line was taken for it)"},
    {"a = , b = 1",
     R"(t.conf:1:1: key "a" has no value (hocon-syntax; hint: write "" for an empty text, null for none))"},
    {R"(a
b = 1)",
     R"(t.conf:1:1: key "a" has no value (hocon-syntax; hint: write key = value, key : value or key { … }))"},
    {"a b",
     R"(t.conf:1:1: key "a b" has no value (hocon-syntax; hint: write key = value, key : value or key { … }))"},
    {R"(a "b" @ = 1)",
     R"(t.conf:1:7: found '@' after key "a \"b\"" where ':', '=' or '{' was expected (hocon-syntax; hint: put a key with special characters in quotes))"},
    {"a! = 1",
     R"(t.conf:1:2: found '!' after key "a" where ':', '=' or '{' was expected (hocon-syntax; hint: put a key with special characters in quotes))"},
    {"a = 1 b = 2",
     "t.conf:1:9: found '=' after a value (hocon-syntax; hint: the next setting begins on a line of its own or after a comma; a value that holds '=' must be in quotes)"},
    {"a = ${x",
     "t.conf:1:5: this '${' is never closed (hocon-substitution; hint: add a '}' on the same line)"},
    {R"(a = ${x
b = 1)",
     "t.conf:1:5: this '${' is never closed (hocon-substitution; hint: add a '}' on the same line)"},
    {"a = ${}",
     "t.conf:1:5: this substitution names nothing (hocon-substitution; hint: write ${path}, or ${?path} for a value that may be missing)"},
    {"a = ${?}",
     "t.conf:1:5: this substitution names nothing (hocon-substitution; hint: write ${path}, or ${?path} for a value that may be missing)"},
    {"a = ${x.y[0]}",
     "t.conf:1:10: found '[' in the path of a substitution (hocon-substitution; hint: put a step with special characters in quotes)"},
    {"a = ${x${y}}",
     "t.conf:1:8: found a substitution in the path of a substitution (hocon-substitution; hint: put a step with special characters in quotes)"},
    {"${a} = 1",
     "t.conf:1:1: a substitution cannot be a key (hocon-syntax; hint: keys are written out; put '$' in quotes)"},
    {"a = $x",
     "t.conf:1:5: '$' is not allowed outside quotes (hocon-substitution; hint: a substitution is ${path}; put other text with '$' in quotes)"},
    {R"(a = "abc
b = 1)",
     R"(t.conf:1:5: this string is never closed (hocon-string; hint: close it with '"' on the same line; """ begins a string of several lines))"},
    {R"(a = """abc
b = 1)",
     R"(t.conf:1:5: this string is never closed (hocon-string; hint: close it with """))"},
    {R"(a = "\q")",
     R"(t.conf:1:6: '\q' is no escape of a quoted string (hocon-string; hint: write \\ for one backslash; known escapes are \" \\ \/ \b \f \n \r \t \u0000))"},
    {R"(a = "\u12")",
     R"(t.conf:1:6: '\u' must be followed by four hexadecimal digits (hocon-string; hint: for example \u00e4))"},
    {R"(a = "\uD83D")",
     R"(t.conf:1:6: \ud83d is half of a character (hocon-string; hint: write both halves (\ud83d\ude00), or the character itself))"},
    {R"(a = "tab	x")",
     R"(t.conf:1:9: a control character (0x09) cannot stand in a quoted string (hocon-string; hint: write \t))"},
    {"a = 1}",
     "t.conf:1:6: this '}' closes nothing (hocon-syntax; hint: remove it, or add the '{' that it should close)"},
    {"a = 1]",
     "t.conf:1:6: this ']' closes nothing (hocon-syntax; hint: remove it, or add the '[' that it should close)"},
    {"a = {b = 1",
     "t.conf:1:5: this '{' is never closed (hocon-syntax; hint: add a '}')"},
    {"a = {b = [1",
     "t.conf:1:10: this '[' is never closed (hocon-syntax; hint: add a ']')"},
    {R"(a = [1, {b = 2 ]
c = 3)",
     "t.conf:1:16: found ']' inside the object that begins at line 1 (hocon-syntax; hint: close the object with '}' first)"},
    {"a = [1 }",
     "t.conf:1:8: found '}' inside the list that begins at line 1 (hocon-syntax; hint: close the list with ']' first)"},
    {"{a = 1} b",
     "t.conf:1:9: 'b' follows the end of the document's object (hocon-syntax; hint: a file with braces around it holds nothing else; remove the outer braces, or move this inside them)"},
    {"{a = 1}{b = 1}",
     "t.conf:1:8: '{' follows the end of the document's object (hocon-syntax; hint: a file with braces around it holds nothing else; remove the outer braces, or move this inside them)"},
    {"[1] [2]",
     "t.conf:1:5: '[' follows the end of the document's list (hocon-syntax; hint: a file holds one list)"},
    {"a = a*b",
     "t.conf:1:6: '*' is not allowed outside quotes (hocon-syntax; hint: put the text in quotes)"},
    {"a = `x`",
     "t.conf:1:5: '`' is not allowed outside quotes (hocon-syntax; hint: put the text in quotes)"},
    {"a = x, = 5",
     "t.conf:1:8: found '=' where a key was expected (hocon-syntax; hint: put a key with special characters in quotes)"},
    {"a = {x = 1} b = 2",
     "t.conf:1:15: found '=' after a value (hocon-syntax; hint: the next setting begins on a line of its own or after a comma; a value that holds '=' must be in quotes)"},
    {R"(a = @x
b = !y
c = "\z"
d = 4
e = [&]
f = ${d})",
     R"(t.conf:1:5: '@' is not allowed outside quotes (hocon-syntax; hint: put the text in quotes)
t.conf:2:5: '!' is not allowed outside quotes (hocon-syntax; hint: put the text in quotes)
t.conf:3:6: '\z' is no escape of a quoted string (hocon-string; hint: write \\ for one backslash; known escapes are \" \\ \/ \b \f \n \r \t \u0000)
t.conf:5:6: '&' is not allowed outside quotes (hocon-syntax; hint: put the text in quotes))"},
    {R"(ä = "ö" ü = 1)",
     "t.conf:1:11: found '=' after a value (hocon-syntax; hint: the next setting begins on a line of its own or after a comma; a value that holds '=' must be in quotes)"},
    {R"(a = 	^)",
     "t.conf:1:6: '^' is not allowed outside quotes (hocon-syntax; hint: put the text in quotes)"},
    {R"(a = "")",
     R"(t.conf:1:7: a control character (0x01) cannot stand in a quoted string (hocon-string; hint: write \u0001))"},
    {R"(a = "http://x" , b = http://x, c = 5)",
     R"(t.conf:1:26: ':' is not allowed outside quotes, and '//' begins a comment (hocon-syntax; hint: put the address in quotes: "http://x"))"},
    {"a = {b = [1 } , c = ${}",
     R"(t.conf:1:13: found '}' inside the list that begins at line 1 (hocon-syntax; hint: close the list with ']' first)
t.conf:1:21: this substitution names nothing (hocon-substitution; hint: write ${path}, or ${?path} for a value that may be missing))"},
    {R"(a = {b = 1 ]
c = 2 })",
     "t.conf:1:12: this ']' closes nothing (hocon-syntax; hint: remove it, or add the '[' that it should close)"},
};
// clang-format on

}  // namespace

TEST_CASE("mistakes in HOCON are told with place, message and hint", "[config][hocon]") {
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics problems;
    read_hocon_text(row.text, "t.conf", {}, problems);
    CHECK(testing::mistakes(problems) == row.mistakes);
  }
}
