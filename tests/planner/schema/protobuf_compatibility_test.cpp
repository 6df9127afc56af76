// Which Protobuf schemas read what others wrote.
#include "planner/schema/protobuf_compatibility.h"

#include <catch2/catch_all.hpp>

#include "tests/planner/schema/incompatibilities.h"

using namespace cloudflow;

namespace {

ProtoSchema proto(const std::string& text) {
  auto schema = parse_protobuf_schema(text);
  INFO(text);
  if (!schema) FAIL(schema.error().message);
  return *schema;
}

std::string kinds(const std::string& reader, const std::string& writer) {
  return testing::kinds_of(protobuf_incompatibilities(proto(reader), proto(writer)));
}

std::string messages(const std::string& reader, const std::string& writer) {
  return testing::messages_of(protobuf_incompatibilities(proto(reader), proto(writer)));
}

using Row = testing::SchemaRow;

}  // namespace

TEST_CASE("scalars of one group read each other", "[planner][schema][protobuf]") {
  const std::vector<std::pair<std::string, int>> types = {
      {"int32", 1},    {"int64", 1},   {"uint32", 1},   {"uint64", 1}, {"bool", 1},
      {"sint32", 2},   {"sint64", 2},  {"string", 3},   {"bytes", 3},  {"fixed32", 4},
      {"sfixed32", 4}, {"fixed64", 5}, {"sfixed64", 5}, {"float", 6},  {"double", 7}};
  for (const auto& [reader, group] : types) {
    for (const auto& [writer, other] : types) {
      CAPTURE(reader, writer);
      CHECK(kinds("message M { optional " + reader + " f = 3; }", "message M { optional " + writer + " f = 3; }") ==
            (group == other ? "" : "FIELD_SCALAR_KIND_CHANGED@/M/3"));
      CHECK(
          kinds("message M { map<int32, " + reader + "> f = 3; }", "message M { map<int32, " + writer + "> f = 3; }") ==
          (group == other ? "" : "FIELD_SCALAR_KIND_CHANGED@/M/3"));
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
      {"", "required int32 a = 1;", "REQUIRED_FIELD_REMOVED@/M/1"},
      {"optional int32 a = 1;", "required int32 a = 1;", ""},
      {"repeated int32 a = 1;", "optional int32 a = 1;", "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"optional int32 a = 1;", "repeated int32 a = 1;", "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"optional bool a = 1;", "repeated bool a = 1;", "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"repeated double a = 1;", "optional double a = 1;", "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"repeated string a = 1;", "optional string a = 1;", ""},
      {"optional bytes a = 1;", "repeated bytes a = 1;", ""},
      {"repeated N a = 1; message N {}", "optional N a = 1; message N {}", "FIELD_MESSAGE_LABEL_CHANGED@/M/1"},
      {"optional N a = 1; message N {}", "optional N a = 1; message N {}", ""},
      {"optional N a = 1; message N {}", "optional string a = 1;", "FIELD_KIND_CHANGED@/M/1"},
      {"optional string a = 1;", "optional N a = 1; message N {}", "FIELD_KIND_CHANGED@/M/1 MESSAGE_REMOVED@/M.N"},
      {"optional O a = 1; message N {} message O {}", "optional N a = 1; message N {}",
       "FIELD_NAMED_TYPE_CHANGED@/M/1"},
      {"optional E a = 1; enum E { A = 0; }", "optional int32 a = 1;", ""},
      {"optional uint64 a = 1;", "optional E a = 1; enum E { A = 0; }", ""},
      {"optional string a = 1;", "optional E a = 1; enum E { A = 0; }", "FIELD_SCALAR_KIND_CHANGED@/M/1"},
      {"optional E a = 1; enum E { A = 0; }", "repeated E a = 1; enum E { A = 0; }",
       "FIELD_NUMERIC_LABEL_CHANGED@/M/1"},
      {"optional F a = 1; enum F { A = 0; }", "optional E a = 1; enum E { A = 0; }", "FIELD_NAMED_TYPE_CHANGED@/M/1"},
      {"optional N a = 1; message N {}", "optional E a = 1; enum E { A = 0; }", "FIELD_KIND_CHANGED@/M/1"},
      {"optional E a = 1; enum E { A = 0; C = 2; }", "optional E a = 1; enum E { A = 0; B = 1; }", ""},
      {"optional N a = 1; message N { optional int32 x = 1; }",
       "optional N a = 1; message N { optional string x = 1; }", "FIELD_SCALAR_KIND_CHANGED@/M.N/1"},
      {"message N { message O { optional int32 x = 1; } }", "message N { message O { optional float x = 1; } }",
       "FIELD_SCALAR_KIND_CHANGED@/M.N.O/1"},
      {"map<string, int32> a = 1;", "map<string, int32> a = 1;", ""},
      {"map<int64, int32> a = 1;", "map<bool, int32> a = 1;", ""},
      {"map<int64, int32> a = 1;", "map<string, int32> a = 1;", "FIELD_SCALAR_KIND_CHANGED@/M/1"},
      {"map<string, N> a = 1; message N {}", "map<string, N> a = 1; message N {}", ""},
      {"map<string, N> a = 1; message N {}", "map<string, int32> a = 1;", "FIELD_KIND_CHANGED@/M/1"},
      {"repeated int32 a = 1;", "map<string, int32> a = 1;", "FIELD_KIND_CHANGED@/M/1"},
      {"map<string, int32> a = 1;", "repeated N a = 1; message N {}", "FIELD_KIND_CHANGED@/M/1 MESSAGE_REMOVED@/M.N"},
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

TEST_CASE("oneofs", "[planner][schema][protobuf]") {
  const auto row = GENERATE(values<Row>({
      {"oneof o { int32 a = 1; int32 b = 2; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof o { int32 a = 1; int32 b = 2; int32 c = 3; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof o { int32 a = 1; }", "oneof o { int32 a = 1; int32 b = 2; }", "ONEOF_FIELD_REMOVED@/M/2"},
      {"oneof o { int32 a = 1; } optional int32 b = 2;", "oneof o { int32 a = 1; int32 b = 2; }",
       "ONEOF_FIELD_REMOVED@/M/2"},
      {"", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"optional int32 a = 1; optional int32 b = 2;", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"optional int32 a = 1;", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof p { int32 a = 1; int32 b = 2; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof p { int32 a = 1; }", "oneof o { int32 a = 1; int32 b = 2; }", ""},
      {"oneof o { int32 a = 1; }", "", ""},
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
      {"enum E { X = 0; }", "", ""},
      {"", "enum E { X = 0; }", ""},
      {"package p; message A {}", "package p; message A {}", ""},
      {"package q; message A {}", "package p; message A {}", "PACKAGE_CHANGED@/package"},
      {"syntax = \"proto3\"; message A { int32 a = 1; }", "syntax = \"proto2\"; message A { optional int32 a = 1; }",
       ""},
      {"import \"t.proto\"; message A { optional x.T t = 1; }", "import \"t.proto\"; message A { optional x.T t = 1; }",
       ""},
      {"import \"t.proto\"; message A { optional x.U t = 1; }", "import \"t.proto\"; message A { optional x.T t = 1; }",
       "FIELD_NAMED_TYPE_CHANGED@/A/1"},
      {"import \"t.proto\"; message A { optional x.T t = 1; }", "message A { optional int32 t = 1; }",
       "FIELD_KIND_CHANGED@/A/1"},
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

TEST_CASE("incompatible Protobuf schemas say what is wrong and where", "[planner][schema][protobuf]") {
  CHECK(messages("package q; message A { optional string a = 1; }",
                 "package p; message A { optional int32 a = 1; } message B {}") ==
        "PACKAGE_CHANGED /package reader has package \"q\", writer has \"p\"\n"
        "FIELD_SCALAR_KIND_CHANGED /A/1 field \"a\": reader has string, writer has int32\n"
        "MESSAGE_REMOVED /B the reader has no message \"B\"\n");
  CHECK(messages("message A { map<string, int32> a = 1; }", "message A { optional B a = 1; message B {} }") ==
        "FIELD_KIND_CHANGED /A/1 field \"a\": reader has map<string, int32>, writer has message "
        "\"A.B\"\nMESSAGE_REMOVED /A.B the reader has no message \"A.B\"\n");
  CHECK(messages("message A { required int32 a = 1; }", "message A { required int32 b = 2; }") ==
        "REQUIRED_FIELD_REMOVED /A/2 required field \"b\" is written, the reader does not have it\n"
        "REQUIRED_FIELD_ADDED /A/1 the reader requires field \"a\", which is not always written\n");
  CHECK(messages("message A { repeated int32 a = 1; }", "message A { optional int32 a = 1; }") ==
        "FIELD_NUMERIC_LABEL_CHANGED /A/1 field \"a\" is repeated for the reader and single for the writer\n");
  CHECK(messages("message A { oneof o { int32 a = 1; } }", "message A { oneof o { int32 a = 1; int32 b = 2; } }") ==
        "ONEOF_FIELD_REMOVED /A/2 field \"b\" is in oneof \"o\" for the writer, not for the reader\n");
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
}
