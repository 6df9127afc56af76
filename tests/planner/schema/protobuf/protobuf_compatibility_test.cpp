// Which Protobuf schemas read what others wrote.
#include "planner/schema/protobuf/protobuf_compatibility.h"

#include <catch2/catch_all.hpp>
#include <set>

#include "planner/schema/schema_file.h"
#include "tests/planner/schema/incompatibilities.h"

using namespace cloudflow;

namespace {

ProtoSchema proto(const std::string& text) {
  auto schema = parse_protobuf_schema(text);
  INFO(text);
  if (!schema) FAIL(schema.error().message);
  return *schema;
}

Compatibility compare(const std::string& reader, const std::string& writer) {
  return compare_protobuf_schemas(proto(reader), proto(writer));
}

/// The kinds of what is wrong, and "?path" for what was not compared.
std::string kinds(const std::string& reader, const std::string& writer) {
  const Compatibility found = compare(reader, writer);
  std::string out = testing::kinds_of(found.reasons);
  for (const NotCompared& part : found.not_compared) out += (out.empty() ? "?" : " ?") + part.where;
  return out;
}

std::string messages(const std::string& reader, const std::string& writer) {
  const Compatibility found = compare(reader, writer);
  std::string out = testing::messages_of(found.reasons);
  for (const NotCompared& part : found.not_compared) out += "? " + part.text() + "\n";
  return out;
}

using Row = testing::SchemaRow;

}  // namespace

TEST_CASE("scalars of one group read each other as far as they hold the same values", "[planner][schema][protobuf]") {
  // Types of one group look alike on the wire; a reader holds every value of the writers that stand behind it.
  struct Scalar {
    const char* name;
    int group;
    std::set<std::string> holds;
  };
  const std::vector<Scalar> types = {{"int32", 1, {"bool"}},    {"int64", 1, {"int32", "uint32", "bool"}},
                                     {"uint32", 1, {"bool"}},   {"uint64", 1, {"uint32", "bool"}},
                                     {"bool", 1, {}},           {"sint32", 2, {}},
                                     {"sint64", 2, {"sint32"}}, {"string", 3, {}},
                                     {"bytes", 3, {"string"}},  {"fixed32", 4, {}},
                                     {"sfixed32", 4, {}},       {"fixed64", 5, {}},
                                     {"sfixed64", 5, {}},       {"float", 6, {}},
                                     {"double", 7, {}}};
  for (const Scalar& reader : types) {
    for (const Scalar& writer : types) {
      CAPTURE(reader.name, writer.name);
      const bool all = std::string(reader.name) == writer.name || reader.holds.contains(writer.name);
      const char* expected = reader.group != writer.group ? "FIELD_SCALAR_KIND_CHANGED@/M/3" : all ? "" : "?/M/3";
      const auto field = [](const std::string& type) { return "message M { optional " + type + " f = 3; }"; };
      const auto map = [](const std::string& type) { return "message M { map<int32, " + type + "> f = 3; }"; };
      CHECK(kinds(field(reader.name), field(writer.name)) == expected);
      CHECK(kinds(map(reader.name), map(writer.name)) == expected);
    }
  }
}

TEST_CASE("fields meet by number", "[planner][schema][protobuf]") {
  const auto row = GENERATE(values<Row>({
      {"optional int32 a = 1;", "optional int32 a = 1;", ""},
      {"optional int32 renamed = 1;", "optional int32 a = 1;", ""},
      {"optional int32 a = 1; optional int32 b = 2;", "optional int32 a = 1;", ""},
      {"optional int32 a = 1;", "optional int32 a = 1; optional int32 b = 2;", ""},
      {"optional int32 a = 2;", "optional int32 a = 1;", ""},
      {"optional int32 a = 1; optional string b = 2;", "optional string b = 1; optional int32 a = 2;",
       "FIELD_SCALAR_KIND_CHANGED@/M/1 FIELD_SCALAR_KIND_CHANGED@/M/2"},
      {"required int32 a = 1;", "required int32 a = 1;", ""},
      {"required int32 a = 1;", "", "REQUIRED_FIELD_ADDED@/M/1"},
      {"required int32 a = 1;", "optional int32 a = 1;", "REQUIRED_FIELD_ADDED@/M/1"},
      {"", "required int32 a = 1;", ""},
      {"optional int32 a = 1;", "required int32 a = 1;", ""},
      {"repeated int32 a = 1;", "optional int32 a = 1;", ""},
      {"optional int32 a = 1;", "repeated int32 a = 1;", "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"optional bool a = 1;", "repeated bool a = 1;", "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"optional double a = 1;", "repeated double a = 1 [packed = true];", "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"repeated double a = 1 [packed = true];", "repeated double a = 1 [packed = false];", ""},
      {"repeated string a = 1;", "optional string a = 1;", ""},
      {"optional bytes a = 1;", "repeated bytes a = 1;", "FIELD_STRING_LABEL_CHANGED@/M/1"},
      {"repeated N a = 1; message N {}", "optional N a = 1; message N {}", ""},
      {"optional N a = 1; message N {}", "repeated N a = 1; message N {}", "FIELD_MESSAGE_LABEL_CHANGED@/M/1"},
      {"optional N a = 1; message N {}", "optional N a = 1; message N {}", ""},
      {"optional N a = 1; message N {}", "optional string a = 1;", "FIELD_KIND_CHANGED@/M/1"},
      {"optional string a = 1;", "optional N a = 1; message N {}", "FIELD_KIND_CHANGED@/M/1"},
      {"optional O a = 1; message O { optional int32 x = 1; }", "optional N a = 1; message N { optional int32 y = 1; }",
       ""},
      {"optional O a = 1; message O { optional float x = 1; }", "optional N a = 1; message N { optional int32 y = 1; }",
       "FIELD_SCALAR_KIND_CHANGED@/M.O/1"},
      {"optional E a = 1; enum E { A = 0; }", "optional int32 a = 1;", "?/M/1"},
      {"optional uint64 a = 1;", "optional E a = 1; enum E { A = 0; }", ""},
      {"optional uint64 a = 1;", "optional E a = 1; enum E { A = 0; B = -1; }", "ENUM_VALUES_CHANGED@/M/1"},
      {"optional bool a = 1;", "optional E a = 1; enum E { A = 0; B = 1; }", ""},
      {"optional bool a = 1;", "optional E a = 1; enum E { A = 0; B = 2; }", "ENUM_VALUES_CHANGED@/M/1"},
      {"optional string a = 1;", "optional E a = 1; enum E { A = 0; }", "FIELD_SCALAR_KIND_CHANGED@/M/1"},
      {"optional E a = 1; enum E { A = 0; }", "repeated E a = 1; enum E { A = 0; }",
       "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"optional F a = 1; enum F { X = 0; }", "optional E a = 1; enum E { A = 0; }", ""},
      {"optional N a = 1; message N {}", "optional E a = 1; enum E { A = 0; }", "FIELD_KIND_CHANGED@/M/1"},
      {"optional E a = 1; enum E { A = 0; C = 2; }", "optional E a = 1; enum E { A = 0; B = 1; }",
       "ENUM_VALUES_MISSING@/M/1"},
      {"optional E a = 1; enum E { A = 0; B = 1; C = 2; }", "optional E a = 1; enum E { A = 0; B = 1; }", ""},
      {"repeated E a = 1; enum E { A = 0; }", "optional bool a = 1;", "?/M/1"},
      {"map<int32, E> a = 1; enum E { A = 0; }", "map<int32, E> a = 1; enum E { A = 0; B = 1; }",
       "ENUM_VALUES_MISSING@/M/1"},
      {"optional N a = 1; message N { optional int32 x = 1; }",
       "optional N a = 1; message N { optional string x = 1; }", "FIELD_SCALAR_KIND_CHANGED@/M.N/1"},
      {"message N { message O { optional int32 x = 1; } }", "message N { message O { optional float x = 1; } }",
       "FIELD_SCALAR_KIND_CHANGED@/M.N.O/1"},
      {"map<string, int32> a = 1;", "map<string, int32> a = 1;", ""},
      {"map<int64, int32> a = 1;", "map<bool, int32> a = 1;", ""},
      {"map<bool, int32> a = 1;", "map<int32, int32> a = 1;", "?/M/1"},
      {"map<int64, int32> a = 1;", "map<string, int32> a = 1;", "FIELD_SCALAR_KIND_CHANGED@/M/1"},
      {"map<string, N> a = 1; message N {}", "map<string, N> a = 1; message N {}", ""},
      {"map<string, N> a = 1; message N {}", "map<string, int32> a = 1;", "FIELD_KIND_CHANGED@/M/1"},
      {"repeated int32 a = 1;", "map<string, int32> a = 1;", "FIELD_KIND_CHANGED@/M/1"},
      {"map<string, int32> a = 1;", "repeated N a = 1; message N {}", "FIELD_KIND_CHANGED@/M/1"},
      {"repeated N a = 1; message N { required string k = 1; optional int64 v = 2; }", "map<string, int32> a = 1;", ""},
      {"repeated N a = 1; message N { optional string k = 1; optional string v = 2; }", "map<string, int32> a = 1;",
       "FIELD_SCALAR_KIND_CHANGED@/M.N/2"},
      {"optional N a = 1; message N { optional string k = 1; }", "map<string, int32> a = 1;",
       "FIELD_KIND_CHANGED@/M/1"},
      {"optional int32 b = 5;", "reserved 5;", "RESERVED_FIELD_REUSED@/M/5"},
      {"optional int32 b = 5;", "reserved 3 to 9;", "RESERVED_FIELD_REUSED@/M/5"},
      {"optional int32 b = 5;", "reserved \"b\";", "RESERVED_FIELD_REUSED@/M/5"},
      {"reserved 5;", "optional int32 b = 5;", ""},
      {"reserved 5; reserved \"b\";", "reserved 5;", ""},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds("message M { " + std::string(row.reader) + " }", "message M { " + std::string(row.writer) + " }") ==
        row.expected);
}

TEST_CASE("a oneof loses what the writer sets together", "[planner][schema][protobuf]") {
  const auto row = GENERATE(values<Row>({
      {"oneof o { int32 a = 1; int32 b = 2; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof o { int32 a = 1; int32 b = 2; int32 c = 3; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      // A member that the reader does not know is like any other field that it does not know.
      {"oneof o { int32 a = 1; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      // Out of a oneof nothing is lost.
      {"oneof o { int32 a = 1; } optional int32 b = 2;", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"optional int32 a = 1; optional int32 b = 2;", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"optional int32 a = 1;", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof p { int32 a = 1; int32 b = 2; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof p { int32 a = 1; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof o { int32 a = 1; }", "", ""},
      // A single field into a oneof of its own, or of fields that are not written.
      {"oneof o { int32 a = 1; }", "optional int32 a = 1;", ""},
      {"oneof o { int32 a = 1; int32 n = 9; }", "optional int32 a = 1;", ""},
      {"oneof o { int32 a = 1; int32 b = 2; }", "optional int32 a = 1; optional int32 b = 2;",
       "MULTIPLE_FIELDS_MOVED_TO_ONEOF@/M/1"},
      {"oneof o { int32 a = 1; int32 b = 2; int32 c = 3; }",
       "oneof o { int32 a = 1; int32 b = 2; } optional int32 c = 3;", "FIELD_MOVED_TO_EXISTING_ONEOF@/M/3"},
      {"oneof o { int32 a = 1; int32 b = 2; int32 c = 3; }",
       "oneof o { int32 a = 1; } optional int32 b = 2; optional int32 c = 3;", "MULTIPLE_FIELDS_MOVED_TO_ONEOF@/M/2"},
      {"oneof q { int32 a = 1; int32 b = 2; }", "oneof o { int32 a = 1; } oneof p { int32 b = 2; }",
       "MULTIPLE_FIELDS_MOVED_TO_ONEOF@/M/1"},
      {"oneof o { string a = 1; }", "oneof o { int32 a = 1; }", "FIELD_SCALAR_KIND_CHANGED@/M/1"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds("message M { " + std::string(row.reader) + " }", "message M { " + std::string(row.writer) + " }") ==
        row.expected);
}

TEST_CASE("messages, packages and notations", "[planner][schema][protobuf]") {
  const auto row = GENERATE(values<Row>({
      {"message A {} message B {}", "message A {}", ""},
      {"message A {}", "message A {} message B {}", "MESSAGE_REMOVED@/B"},
      {"message A {}", "message A { message B {} }", "MESSAGE_REMOVED@/A.B"},
      // What only fields hold is no record of its own.
      {"message A {}", "message A { optional B b = 1; } message B {}", ""},
      {"enum E { X = 0; }", "", ""},
      {"", "enum E { X = 0; }", ""},
      {"package p; message A {}", "package p; message A {}", ""},
      // The wire has no names: another package, or the only record under another name, reads the same.
      {"package q; message A { optional int32 a = 1; }", "package p; message A { optional int32 a = 1; }", ""},
      {"package q; message A { optional string a = 1; }", "package p; message A { optional int32 a = 1; }",
       "FIELD_SCALAR_KIND_CHANGED@/A/1"},
      {"message Order { optional int32 a = 1; }", "message Purchase { optional int32 a = 1; }", ""},
      {"message Order { optional float a = 1; }", "message Purchase { optional int32 a = 1; }",
       "FIELD_SCALAR_KIND_CHANGED@/Order/1"},
      {"syntax = \"proto3\"; message A { int32 a = 1; }", "syntax = \"proto2\"; message A { optional int32 a = 1; }",
       ""},
      // Types of imports that are not there.
      {"import \"t.proto\"; message A { optional x.T t = 1; }", "import \"t.proto\"; message A { optional x.T t = 1; }",
       "?/A/1"},
      {"import \"t.proto\"; message A { optional x.U t = 1; }", "import \"t.proto\"; message A { optional x.T t = 1; }",
       "?/A/1"},
      {"import \"t.proto\"; message A { optional x.T t = 1; }", "message A { optional int32 t = 1; }", "?/A/1"},
      {"import \"t.proto\"; message A { optional x.T t = 1; }", "message A { optional string t = 1; }",
       "FIELD_KIND_CHANGED@/A/1"},
      {"message A { optional B t = 1; message B {} }", "import \"t.proto\"; message A { optional x.T t = 1; }",
       "?/A/1"},
      // Google's own files are known.
      {"import \"google/protobuf/timestamp.proto\"; message A { optional google.protobuf.Timestamp t = 1; }",
       "message A { optional T t = 1; message T { optional int64 seconds = 1; optional int32 nanos = 2; } }", ""},
      {"import \"google/protobuf/timestamp.proto\"; message A { optional google.protobuf.Timestamp t = 1; }",
       "import \"google/protobuf/wrappers.proto\"; message A { optional google.protobuf.StringValue t = 1; }",
       "FIELD_SCALAR_KIND_CHANGED@/Timestamp/1"},
      {"name: \"A\" field { name: \"t\" number: 1 type: TYPE_MESSAGE type_name: \".google.protobuf.Timestamp\" }",
       "message A { optional T t = 1; message T { optional string seconds = 1; } }",
       "FIELD_SCALAR_KIND_CHANGED@/Timestamp/1"},
      {"name: \"A\" field { name: \"a\" number: 1 label: LABEL_OPTIONAL type: TYPE_INT64 }",
       "message A { optional int32 a = 1; }", ""},
      {"name: \"A\" field { name: \"a\" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }",
       "name: \"A\" field { name: \"a\" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 }",
       "FIELD_SCALAR_KIND_CHANGED@/A/1"},
      {"message A { optional A next = 1; }", "message A { optional A next = 1; }", ""},
      {"package p; message A { optional B b = 1; } message B {}",
       "package p; message A { optional .p.B b = 1; } message B {}", ""},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
}

TEST_CASE("editions and older syntaxes meet by what the wire loses", "[planner][schema][protobuf]") {
  const auto row = GENERATE(values<Row>({
      // Delimited against length-prefixed: lost in both directions without an error.
      {"edition = \"2023\"; message M { N n = 1 [features.message_encoding = DELIMITED]; } message N {}",
       "edition = \"2023\"; message M { N n = 1; } message N {}", "FIELD_ENCODING_CHANGED@/M/1"},
      {"edition = \"2024\"; option features.message_encoding = DELIMITED; message M { N n = 1; } message N {}",
       "edition = \"2023\"; message M { N n = 1; } message N {}", "FIELD_ENCODING_CHANGED@/M/1"},
      {"edition = \"2023\"; message M { N n = 1; } message N {} option features = { message_encoding: DELIMITED };",
       "edition = \"2023\"; message M { N n = 1 [features = { message_encoding: DELIMITED }]; } message N {}", ""},
      {"edition = \"2023\"; option features.message_encoding = DELIMITED; message M { N n = 1 "
       "[features.message_encoding = LENGTH_PREFIXED]; } message N {}",
       "message M { optional N n = 1; } message N {}", ""},
      {"edition = \"2023\"; message M { G g = 1 [features.message_encoding = DELIMITED]; message G { int32 a = 2; } }",
       "message M { optional group G = 1 { optional int32 a = 2; } }", ""},
      {"message M { optional G g = 1; message G { optional int32 a = 2; } }",
       "message M { repeated group G = 1 { optional int32 a = 2; } }", "FIELD_ENCODING_CHANGED@/M/1"},
      {"message M { oneof o { group G = 1 { optional int32 a = 2; } int32 b = 3; } }",
       "message M { optional group G = 1 { optional string a = 2; } }", "FIELD_SCALAR_KIND_CHANGED@/M.G/2"},
      // Maps keep their encoding, and so do the messages in them.
      {"edition = \"2023\"; option features.message_encoding = DELIMITED; message M { map<int32, N> n = 1; } message N "
       "{}",
       "message M { map<int32, N> n = 1; } message N {}", ""},
      {"edition = \"2023\"; message M { int32 a = 1 [features.field_presence = LEGACY_REQUIRED]; }",
       "edition = \"2023\"; message M { int32 a = 1; }", "REQUIRED_FIELD_ADDED@/M/1"},
      {"edition = \"2023\"; message M { int32 a = 1 [features.field_presence = LEGACY_REQUIRED]; }",
       "message M { required int32 a = 1; }", ""},
      {"edition = \"2023\"; option features.enum_type = CLOSED; message M { E e = 1; } enum E { A = 1; }",
       "edition = \"2023\"; message M { E e = 1; } enum E { Z = 0; A = 1; }", "ENUM_VALUES_MISSING@/M/1"},
      {"edition = \"2023\"; message M { E e = 1; } enum E { option features.enum_type = OPEN; Z = 0; }",
       "edition = \"2023\"; message M { E e = 1; } enum E { Z = 0; A = 1; }", ""},
      {"syntax = \"proto3\"; message M { E e = 1; } enum E { Z = 0; }",
       "message M { optional E e = 1; } enum E { A = 1; }", ""},
      // A zero that is not written becomes the reader's default.
      {"message M { optional int32 a = 1 [default = 5]; }", "syntax = \"proto3\"; message M { int32 a = 1; }",
       "ZERO_BECOMES_DEFAULT@/M/1"},
      {"message M { optional int32 a = 1 [default = 0]; }", "syntax = \"proto3\"; message M { int32 a = 1; }", ""},
      {"message M { optional int32 a = 1 [default = 5]; }", "syntax = \"proto3\"; message M { optional int32 a = 1; }",
       ""},
      {"message M { optional int32 a = 1 [default = 5]; }", "message M { optional int32 a = 1; }", ""},
      {"message M { optional string a = 1 [default = \"\"]; }", "syntax = \"proto3\"; message M { string a = 1; }", ""},
      {"message M { optional string a = 1 [default = \"x\"]; }", "syntax = \"proto3\"; message M { string a = 1; }",
       "ZERO_BECOMES_DEFAULT@/M/1"},
      {"message M { optional double a = 1 [default = -0.0e5]; }", "syntax = \"proto3\"; message M { double a = 1; }",
       ""},
      {"message M { optional double a = 1 [default = inf]; }", "syntax = \"proto3\"; message M { double a = 1; }",
       "ZERO_BECOMES_DEFAULT@/M/1"},
      {"message M { optional E a = 1; } enum E { B = 1; A = 0; }",
       "syntax = \"proto3\"; message M { E a = 1; } enum E { A = 0; B = 1; }", "ZERO_BECOMES_DEFAULT@/M/1"},
      {"edition = \"2023\"; message M { int32 a = 1 [default = 5]; }",
       "edition = \"2023\"; option features.field_presence = IMPLICIT; message M { int32 a = 1; }",
       "ZERO_BECOMES_DEFAULT@/M/1"},
      // Extensions are fields.
      {"message M { extensions 5 to 9; } extend M { optional string x = 5; }",
       "message M { extensions 5 to 9; } extend M { optional int32 y = 5; }", "FIELD_SCALAR_KIND_CHANGED@/M/5"},
      {"message M { optional int32 x = 5; }", "message M { extensions 5 to 9; } extend M { optional int32 y = 5; }",
       ""},
      {"message M { extensions 5 to 9; }", "message M { extensions 5 to 9; } extend M { optional int32 y = 5; }", ""},
      {"message M { extensions 5; extend M { optional group G = 5 { optional int32 a = 1; } } }",
       "message M { extensions 5; extend M { optional N n = 5; } } message N {}", "FIELD_ENCODING_CHANGED@/M/5"},
      {"message M { option message_set_wire_format = true; extensions 5; } extend M { optional M x = 5; }",
       "message M { extensions 5; } extend M { optional M x = 5; }", "MESSAGE_SET_CHANGED@/M/0"},
      {"edition = \"2024\"; export message M { local enum E { Z = 0; } E e = 1; local message N {} N n = 2; }",
       "edition = \"2023\"; message M { int32 e = 1; N n = 2; message N {} }", ""},
      {"\xEF\xBB\xBFsyntax = \"proto3\"; message M { string a = 1; }",
       "syntax = \"proto3\"; message M { string a = 1; }", ""},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
  // What is kept of deployed schemas tells as much.
  const std::string reader = protobuf_full_form(proto(row.reader));
  const std::string writer = protobuf_full_form(proto(row.writer));
  CAPTURE(reader, writer);
  CHECK(kinds(reader, writer) == row.expected);
  if (protobuf_canonical_form(proto(row.reader)) == protobuf_canonical_form(proto(row.writer)))
    CHECK(std::string(row.expected).empty());
}

TEST_CASE("incompatible Protobuf schemas say what is wrong and where", "[planner][schema][protobuf]") {
  CHECK(messages("package q; message A { optional string a = 1; }",
                 "package p; message A { optional int32 a = 1; } message B {}") ==
        "MESSAGE_REMOVED /B the reader has no message \"B\"\n"
        "FIELD_SCALAR_KIND_CHANGED /A/1 field \"a\": reader has string, writer has int32\n");
  CHECK(messages("package p; message A { map<string, int32> a = 1; }",
                 "package p; message A { optional B a = 1; message B {} }") ==
        "FIELD_KIND_CHANGED /A/1 field \"a\": reader has map<string, int32>, writer has message \"A.B\"\n");
  CHECK(messages("message A { required int32 a = 1; }", "message A { required int32 b = 2; }") ==
        "REQUIRED_FIELD_ADDED /A/1 the reader requires field \"a\", which is not always written\n");
  CHECK(messages("message A { optional int32 a = 1; }", "message A { repeated int32 a = 1; }") ==
        "FIELD_NUMERIC_LABEL_CHANGED /A/1 field \"a\" is single for the reader and repeated for the writer\n");
  CHECK(messages("message A { oneof o { int32 a = 1; int32 b = 2; } }",
                 "message A { oneof o { int32 a = 1; } optional int32 b = 2; }") ==
        "FIELD_MOVED_TO_EXISTING_ONEOF /A/2 field \"b\" is on its own for the writer, in oneof \"o\" with others for "
        "the reader\n");
  CHECK(messages("message A { oneof o { int32 a = 1; int32 b = 2; } }",
                 "message A { optional int32 a = 1; optional int32 b = 2; }") ==
        "MULTIPLE_FIELDS_MOVED_TO_ONEOF /A/1 fields that the writer can set together exclude each other in oneof \"o\" "
        "of the reader\n");
  CHECK(messages("message A { optional int32 a = 7; }", "message A { reserved 7; }") ==
        "RESERVED_FIELD_REUSED /A/7 field \"a\" has number 7, which the writer reserves\n");
  CHECK(messages("message A { optional int32 a = 7; }", "message A { reserved \"a\"; }") ==
        "RESERVED_FIELD_REUSED /A/7 field \"a\" has a name that the writer reserves\n");
  CHECK(messages("message A { optional B b = 1; } message B {}", "message A { optional group B = 1 {} }") ==
        "FIELD_ENCODING_CHANGED /A/1 field \"b\" is read behind its length and written between tags\n");
  CHECK(messages("message A { optional E e = 1; } enum E { X = 0; }",
                 "message A { optional E e = 1; } enum E { X = 0; Y = 7; Z = -1; }") ==
        "ENUM_VALUES_MISSING /A/1 field \"e\": enum \"E\" has no Y (7), Z (-1)\n");
  CHECK(messages("message A { optional bool e = 1; }", "message A { optional E e = 1; } enum E { X = 0; Y = 7; }") ==
        "ENUM_VALUES_CHANGED /A/1 field \"e\": bool cannot hold Y (7)\n");
  CHECK(messages("message A { optional int32 a = 1 [default = 5]; }",
                 "syntax = \"proto3\"; message A { int32 b = 1; }") ==
        "ZERO_BECOMES_DEFAULT /A/1 field \"b\" is not written when it is zero, and is then 5 for the reader\n");
}

TEST_CASE("names that moved to other numbers are named", "[planner][schema][protobuf]") {
  CHECK(messages("message A { optional int64 qty = 1; optional int64 price = 2; }",
                 "message A { optional int64 price = 1; optional int64 qty = 2; }") ==
        "? field 1 is called \"qty\" by the reader and \"price\" by the writer, which has \"qty\" as 2 (/A/1)\n"
        "? field 2 is called \"price\" by the reader and \"qty\" by the writer, which has \"price\" as 1 (/A/2)\n");
  CHECK(messages("message A { optional E e = 1; } enum E { X = 0; PAID = 1; SENT = 2; }",
                 "message A { optional E e = 1; } enum E { X = 0; SENT = 1; PAID = 2; }") ==
        "? field \"e\": PAID is 1 for the reader and 2 for the writer (/A/1)\n");
  // A new name, a number that nobody has any more, and a second name of a value say nothing else.
  CHECK(messages("message A { optional int64 cost = 1; }",
                 "message A { optional int64 price = 1; optional int64 qty = 2; }")
            .empty());
  CHECK(messages("message A { optional E e = 1; } enum E { X = 0; SETTLED = 1; }",
                 "message A { optional E e = 1; } enum E { X = 0; PAID = 1; }")
            .empty());
  CHECK(messages("message A { optional E e = 1; } enum E { option allow_alias = true; X = 0; SETTLED = 1; PAID = 1; }",
                 "message A { optional E e = 1; } enum E { X = 0; PAID = 1; }")
            .empty());
}

TEST_CASE("a default that another one stands for is named", "[planner][schema][protobuf]") {
  CHECK(messages("message A { optional int32 a = 1 [default = 5]; }",
                 "message A { optional int32 a = 1 [default = 7]; }") ==
        "? field \"a\" is 5 for the reader where it is not written, and 7 for the writer (/A/1)\n");
  CHECK(messages("message A { optional int32 a = 1; }", "message A { optional int32 a = 1 [default = 7]; }") ==
        "? field \"a\" is zero for the reader where it is not written, and 7 for the writer (/A/1)\n");
  CHECK(messages("message A { optional E e = 1 [default = Y]; } enum E { X = 0; Y = 1; Z = 2; }",
                 "message A { optional E e = 1 [default = Z]; } enum E { X = 0; Y = 1; Z = 2; }") ==
        "? field \"e\" is Y (1) for the reader where it is not written, and Z (2) for the writer (/A/1)\n");
  CHECK(
      messages("message A { optional int32 a = 1 [default = 5]; }", "message A { required int32 a = 1 [default = 7]; }")
          .empty());
  CHECK(messages("message A { repeated int32 a = 1; }", "message A { optional int32 a = 1 [default = 7]; }").empty());
  CHECK(messages("message A { optional int32 a = 1; }", "message A { optional int32 a = 1 [default = 0]; }").empty());
}

TEST_CASE("the first message of a file reads the one that was first", "[planner][schema][protobuf]") {
  const std::string a = "message A { optional int32 a = 1; } ";
  const std::string b = "message B { optional string b = 1; } ";
  const std::string c = "message C { optional int32 a = 1; } ";
  CHECK(messages(b + a, a + b) ==
        "RECORD_CHANGED /B the record, which is the first message of the file, is \"B\" for the reader and \"A\" for "
        "the writer\n"
        "FIELD_SCALAR_KIND_CHANGED /B/1 field \"b\": reader has string, writer has int32\n");
  CHECK(messages(c + a, a + c) ==
        "? the record, which is the first message of the file, is \"C\" for the reader and \"A\" for the writer\n");
  CHECK(messages(a + c + b, a + b + c).empty());
  CHECK(messages(a + b, a).empty());
  // A part that is defined before what holds it.
  CHECK(messages("message P { optional string x = 1; } message A { optional P p = 1; }",
                 "message A { optional P p = 1; } message P { optional string x = 1; }")
            .starts_with("RECORD_CHANGED /P "));
}

TEST_CASE("equal fingerprints hide neither defaults nor the first message", "[planner][schema][protobuf]") {
  const auto port = [](const std::string& text) {
    return port_schema(SchemaFormat::protobuf, text, "x.proto").value();
  };
  const auto five = port("message A { optional int32 a = 1 [default = 5]; }");
  const auto seven = port("message A { optional int32 a = 1 [default = 7]; }");
  REQUIRE(five.fingerprint == seven.fingerprint);
  CHECK(compare_schemas(five, seven).verdict() == Verdict::not_compared);
  CHECK(compare_schemas(five, five).compatible());
  const std::string a = "message A { optional int32 a = 1; } ";
  const std::string b = "message B { optional string b = 1; } ";
  REQUIRE(port(a + b).fingerprint == port(b + a).fingerprint);
  CHECK(compare_schemas(port(b + a), port(a + b)).verdict() == Verdict::incompatible);
}

TEST_CASE("what no Protobuf schema says is named", "[planner][schema][protobuf]") {
  CHECK(messages("import \"t.proto\"; message A { optional x.T t = 1; }",
                 "message A { optional B t = 1; message B {} }") ==
        "? field \"t\" has the reader's type \"x.T\", which may be in \"t.proto\", which is not there (/A/1)\n");
  CHECK(messages("name: \"A\" field { name: \"t\" number: 1 type: TYPE_MESSAGE type_name: \".x.T\" }",
                 "name: \"A\" field { name: \"t\" number: 1 type: TYPE_MESSAGE type_name: \".y.T\" }") ==
        "? field \"t\" has the reader's type \"x.T\", which is not part of the schema (/A/1)\n");
  CHECK(messages("message A { optional int32 a = 1; }", "message A { optional int64 a = 1; }") ==
        "? field \"a\": reader has int32, writer has int64: numbers that the reader's type cannot hold become others "
        "(/A/1)\n");
  CHECK(messages("message A { optional string a = 1; }", "message A { optional bytes a = 1; }") ==
        "? field \"a\": reader has string, writer has bytes: bytes that are no UTF-8 text are refused or changed "
        "(/A/1)\n");
  CHECK(messages("message A { optional E a = 1; } enum E { X = 0; }", "message A { optional int32 a = 1; }") ==
        "? field \"a\": reader has enum \"E\", writer has int32: numbers that the enum does not name are dropped "
        "(/A/1)\n");
}
