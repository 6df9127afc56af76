// Reading Protobuf schemas in both notations.
#include "planner/schema/protobuf/protobuf_schema.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {

std::string outcome(std::string_view text) {
  const auto schema = parse_protobuf_schema(text);
  if (schema) return protobuf_canonical_form(*schema);
  const Error& error = schema.error();
  return std::to_string(error.where->line) + ":" + std::to_string(error.where->column) + " " + error.message +
         (error.hint.empty() ? "" : " [" + error.hint + "]");
}

struct Row {
  const char* text;
  const char* expected;
};

constexpr const char* order_file = R"(// An order.
syntax = "proto3";
package shop.v1;
import public "google/protobuf/timestamp.proto";
option java_package = "x.y";
option (custom) = { a: 1 b { c: ";" } };

message Order {
  option deprecated = true;
  string id = 1 [json_name = "ID", (validate.rules).string = {min_len: 1}];
  repeated Line lines = 3;
  /* The payment. */
  oneof payment {
    Card card = 4;
    string iban = 5;
  }
  map<string, int32> counts = 6;
  optional State state = 2;
  google.protobuf.Timestamp at = 7;
  reserved 10, 20 to 29, 100 to max;
  reserved "old", 'older';
  message Line { int64 amount = 1; Order.Card paid_with = 2; }
  message Card { string number = 1; }
  enum State { option allow_alias = true; NEW = 0; OPEN = 0; DONE = 1 [deprecated = true]; reserved 5; }
}
service Orders { rpc Place(Order) returns (Order) { option (http) = { post: "/o" }; } }
extend google.protobuf.FieldOptions { string x = 50000; }
)";

constexpr const char* order_canonical = R"(syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
message Order {
  optional string id = 1;
  optional .shop.v1.Order.State state = 2;
  repeated .shop.v1.Order.Line lines = 3;
  oneof payment {
    .shop.v1.Order.Card card = 4;
    string iban = 5;
  }
  map<string, int32> counts = 6;
  optional .google.protobuf.Timestamp at = 7;
  reserved 10;
  reserved 20 to 29;
  reserved 100 to 536870911;
  reserved "old";
  reserved "older";
  message Card {
    optional string number = 1;
  }
  message Line {
    optional int64 amount = 1;
    optional .shop.v1.Order.Card paid_with = 2;
  }
  enum State {
    NEW = 0;
    OPEN = 0;
    DONE = 1;
  }
}
)";

// As Cloudflow 2 stores a message: the text form of its descriptor.
constexpr const char* order_text = R"(name: "Order"
field { name: "id" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING json_name: "id" }
field { name: "lines" number: 3 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".shop.v1.Order.Line" }
field { name: "card" number: 4 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".shop.v1.Order.Card" oneof_index: 0 }
field { name: "iban" number: 5 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 }
field { name: "counts" number: 6 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".shop.v1.Order.CountsEntry" }
field { name: "note" number: 8 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 1 proto3_optional: true }
nested_type { name: "Line" field { name: "amount" number: 1 label: LABEL_OPTIONAL type: TYPE_INT64 } }
nested_type { name: "Card" field { name: "number" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING } }
nested_type {
  name: "CountsEntry"
  field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_INT32 }
  options { map_entry: true }
}
oneof_decl { name: "payment" }
oneof_decl { name: "_note" }
reserved_range { start: 20 end: 30 }
reserved_name: "old"
)";

}  // namespace

TEST_CASE("a .proto file is read without its comments, options and services", "[planner][schema][protobuf]") {
  CHECK(outcome(order_file) == order_canonical);
  // What was printed reads back as the same.
  CHECK(outcome(order_canonical) == order_canonical);
  const auto schema = parse_protobuf_schema(order_file);
  REQUIRE(schema);
  CHECK(schema->first == "Order");
  CHECK(schema->main().imports == std::vector<std::string>{"google/protobuf/timestamp.proto"});
  CHECK(schema->not_found.empty());
  const ProtoMessage& order = schema->messages.at("shop.v1.Order");
  CHECK(order.field(7)->type == ProtoType{ProtoKind::message, "google.protobuf.Timestamp"});
  CHECK(order.field(2)->type == ProtoType{ProtoKind::enum_, "shop.v1.Order.State"});
  CHECK(order.field(1)->implicit);
  CHECK_FALSE(order.field(2)->implicit);
  CHECK(order.field(11) == nullptr);
  CHECK(order.is_reserved(25));
  CHECK_FALSE(order.is_reserved(30));
  CHECK(order.is_reserved("older"));
}

TEST_CASE("a descriptor in text format is read like its .proto file", "[planner][schema][protobuf]") {
  CHECK(outcome(order_text) == R"(syntax = "proto2";
message Order {
  optional string id = 1;
  repeated .Order.Line lines = 3;
  oneof payment {
    .Order.Card card = 4;
    string iban = 5;
  }
  map<string, int32> counts = 6;
  optional string note = 8;
  reserved 20 to 29;
  reserved "old";
  message Card {
    optional string number = 1;
  }
  message Line {
    optional int64 amount = 1;
  }
}
)");
  CHECK(outcome(R"(name: "f.proto" package: "p" dependency: ["a.proto", "b.proto"] syntax: "proto3"
message_type <name: "M", field: <name: "e"; number: 1; label: LABEL_OPTIONAL; type: TYPE_ENUM; type_name: ".p.E">;
  field { name: "o" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".other.M" } >
enum_type { name: "E" value { name: "A" number: 0 } value { name: "B" number: -1 } } # the end
options { [some.extension] { x: 1 } java_package: "a" "b" })") == R"(syntax = "proto3";
package p;
import "a.proto";
import "b.proto";
message M {
  optional .p.E e = 1;
  optional .other.M o = 2;
}
enum E {
  A = 0;
  B = -1;
}
)");
}

TEST_CASE("groups, extensions and features are read in every syntax", "[planner][schema][protobuf]") {
  CHECK(
      outcome("\xEF\xBB\xBFpackage p; message A { optional group Line = 1 { optional int32 a = 2; } extensions 5 to 9; "
              "extend A { optional int32 nested = 6; } } extend A { repeated A more = 5 [packed = false]; }") ==
      R"(syntax = "proto2";
package p;
message A {
  optional .p.A.Line line = 1 [features.message_encoding = DELIMITED];
  message Line {
    optional int32 a = 2;
  }
}
extend .p.A {
  repeated .p.A more = 5;
  optional int32 nested = 6;
}
)");
  CHECK(outcome(R"(edition = "2024"; import option "some/options.proto"; import "google/protobuf/descriptor.proto";
option features = { message_encoding: DELIMITED, [pb.cpp] { x: 1 } };
export message A {
  A a = 1; map<string, A> m = 2; repeated A r = 3; A l = 4 [features.message_encoding = LENGTH_PREFIXED];
  int32 i = 5 [features.field_presence = IMPLICIT, default = 7]; int32 q = 6 [features.field_presence = LEGACY_REQUIRED];
  local enum E { option features.enum_type = CLOSED; X = 3; }
}
extend google.protobuf.FieldOptions { int32 mine = 50000; })") == R"(edition = "2023";
import "google/protobuf/descriptor.proto";
message A {
  optional .A a = 1 [features.message_encoding = DELIMITED];
  map<string, .A> m = 2;
  repeated .A r = 3 [features.message_encoding = DELIMITED];
  optional .A l = 4;
  optional int32 i = 5 [features.field_presence = IMPLICIT];
  required int32 q = 6;
  enum E {
    option features.enum_type = CLOSED;
    X = 3;
  }
}
)");
  // A field may be called like the words of editions.
  CHECK(outcome("message local {} message A { optional local export = 1; optional A group = 2; }") ==
        R"(syntax = "proto2";
message A {
  optional .local export = 1;
  optional .A group = 2;
}
message local {
}
)");
  CHECK(outcome(R"(syntax: "editions" edition: EDITION_2023 options { features { field_presence: IMPLICIT } }
message_type { name: "M" field { name: "g" number: 1 label: LABEL_OPTIONAL type: TYPE_GROUP type_name: ".M" }
  field { name: "i" number: 2 label: LABEL_OPTIONAL type: TYPE_INT32 }
  field { name: "e" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32 options { features { field_presence: EXPLICIT } } } }
extension { name: "x" number: 9 label: LABEL_OPTIONAL type: TYPE_STRING extendee: ".M" })") == R"(edition = "2023";
message M {
  optional .M g = 1 [features.message_encoding = DELIMITED];
  optional int32 i = 2 [features.field_presence = IMPLICIT];
  optional int32 e = 3;
}
extend .M {
  optional string x = 9 [features.field_presence = IMPLICIT];
}
)");
}

TEST_CASE("imports are followed, and what is used of them is kept with the file", "[planner][schema][protobuf]") {
  const std::map<std::string, std::string, std::less<>> files = {
      {"shop/line.proto",
       "syntax = \"proto3\"; package shop; import \"money.proto\"; message Line { money.Amount amount = 1; } "
       "message Unused { int32 a = 1; }"},
      {"money.proto",
       "edition = \"2023\"; package money; import \"shop/line.proto\"; message Amount { int64 cents = 1; Kind kind = "
       "2; "
       "} enum Kind { NET = 0; } message Other {}"}};
  const ProtoImports imports = [&](std::string_view import) -> std::optional<ProtoImport> {
    const auto found = files.find(import);
    if (found == files.end()) return std::nullopt;
    return ProtoImport{found->second, "schemas/" + found->first};
  };
  const auto schema = parse_protobuf_schema(
      "package shop; import \"shop/line.proto\"; import \"lost.proto\"; message Order { repeated Line lines = 1; "
      "optional lost.Thing thing = 2; }",
      "schemas/order.proto", imports);
  REQUIRE(schema);
  CHECK(schema->not_found == std::vector<std::string>{"lost.proto"});
  const std::string expected = R"(syntax = "proto2";
package shop;
import "lost.proto";
message Order {
  repeated .shop.Line lines = 1;
  optional .lost.Thing thing = 2;
}
edition = "2023";
package money;
message Amount {
  optional int64 cents = 1;
  optional .money.Kind kind = 2;
}
enum Kind {
  NET = 0;
}
syntax = "proto3";
package shop;
message Line {
  optional .money.Amount amount = 1;
}
)";
  CHECK(protobuf_canonical_form(*schema) == expected);
  CHECK(protobuf_full_form(*schema) == expected);
  CHECK(outcome(expected) == expected);

  const auto broken = parse_protobuf_schema("import \"a.proto\";", "schemas/order.proto", [](std::string_view) {
    return ProtoImport{"message A {\n  int32 a = 0;\n}", "schemas/a.proto"};
  });
  REQUIRE_FALSE(broken);
  CHECK(broken.error().where->text() == "schemas/a.proto:2:13");
  const auto twice = parse_protobuf_schema("import \"a.proto\"; message A {}", "order.proto",
                                           [](std::string_view) { return ProtoImport{"message A {}", "a.proto"}; });
  REQUIRE_FALSE(twice);
  CHECK(twice.error().message == "\"A\" is already defined");
  // Where everything was found, a type that is nowhere is a mistake.
  const auto typo = parse_protobuf_schema("import \"a.proto\"; message B { optional AA a = 1; }", "order.proto",
                                          [](std::string_view) { return ProtoImport{"message A {}", "a.proto"}; });
  REQUIRE_FALSE(typo);
  CHECK(typo.error().message == "the type of field \"a\", \"AA\", is not defined");
}

TEST_CASE("types are looked for from the inside out", "[planner][schema][protobuf]") {
  const auto type_of = [](const char* written) {
    const auto schema =
        parse_protobuf_schema("package p; message T {} message A { message T {} message B { message T {} optional " +
                              std::string(written) + " f = 1; } }");
    REQUIRE(schema);
    return schema->messages.at("p.A.B").field(1)->type.name;
  };
  CHECK(type_of("T") == "p.A.B.T");
  CHECK(type_of("B.T") == "p.A.B.T");
  CHECK(type_of("A.T") == "p.A.T");
  CHECK(type_of(".p.T") == "p.T");
  CHECK(type_of("p.T") == "p.T");
  CHECK(type_of("p.A.B.T") == "p.A.B.T");
  CHECK(type_of(".q.T") == "q.T");
}

TEST_CASE("what is no Protobuf schema is refused with its place", "[planner][schema][protobuf]") {
  const auto row = GENERATE(values<Row>({
      {"mesage A {}", "1:1 expected message, enum, import, option or package, found \"mesage\""},
      {"syntax = \"proto4\";", "1:10 \"proto4\" is not a syntax: \"proto2\" or \"proto3\""},
      {"syntax = proto3;", "1:10 expected \"proto2\" or \"proto3\", found \"proto3\""},
      {"message A {\n  int32 a = 1\n}", "3:1 expected \";\", found \"}\""},
      {"message A {\n  int32 a = 1;", "1:9 message \"A\" is never closed"},
      {"message A.B {}", "1:9 expected the name of the message, found \"A.B\""},
      {"message A {} message A {}", "1:22 \"A\" is already defined"},
      {"message A {} enum A { X = 0; }", "1:19 \"A\" is already defined"},
      {"message A { int32 a = 0; }", "1:23 0 is not a field number: 1 to 536870911, without 19000 to 19999"},
      {"message A { int32 a = 19000; }", "1:23 19000 is not a field number: 1 to 536870911, without 19000 to 19999"},
      {"message A { int32 a = 536870912; }",
       "1:23 536870912 is not a field number: 1 to 536870911, without 19000 to 19999"},
      {"message A { int32 a = 99999999999; }", "1:23 99999999999 is not a 32-bit number"},
      {"message A { int32 a = x; }", "1:23 expected the field's number, found \"x\""},
      {"message A { int32 a = 1; int64 b = 1; }", "1:32 message \"A\": field number 1 is there twice"},
      {"message A { int32 a = 1; int64 a = 2; }", "1:32 message \"A\": field \"a\" is there twice"},
      {"message A { reserved 1 to 3; int32 a = 2; }", "1:36 message \"A\": field \"a\" uses the reserved number 2"},
      {"message A { reserved \"a\"; int32 a = 2; }", "1:33 message \"A\": field \"a\" uses a reserved name"},
      {"message A { Strng a = 1; }",
       "1:19 the type of field \"a\", \"Strng\", is not defined [did you mean \"string\"?]"},
      {"message Line {} message A { Lime a = 1; }",
       "1:34 the type of field \"a\", \"Lime\", is not defined [did you mean \"Line\"?]"},
      {"syntax = \"proto3\"; message A { optional group G = 1 { } }",
       "1:41 proto3 has no groups [use a nested message: it is written in another way]"},
      {"edition = \"2023\"; message A { repeated group G = 1 { } }",
       "1:40 editions have no groups [a nested message with [features.message_encoding = DELIMITED] is written in the "
       "same way]"},
      {"message A { optional group G = 1 { } optional int32 g = 2; }",
       "1:53 message \"A\": field \"g\" is there twice"},
      {"edition = \"2099\"; message A {}", "1:11 edition \"2099\" is not known [2023 and 2024 are]"},
      {"edition = \"2023\"; enum E { A = 1; }",
       "1:24 the first value of enum \"E\" must be 0 unless features.enum_type is CLOSED"},
      {"edition = \"2023\"; option features.field_presence = NEVER;",
       "1:52 \"NEVER\" is not a value of the feature \"field_presence\""},
      {"message A { int32 a = 1; extensions 5; } extend A { int32 b = 1; }",
       "1:59 message \"A\": field number 1 is there twice"},
      {"message A { extensions 5; } extend A { map<int32, int32> b = 5; }", "1:40 a map cannot be an extension"},
      {"message A { map<float, int32> m = 1; }",
       "1:17 \"float\" cannot be the key of a map: an integer, bool or string"},
      {"message A { oneof o { map<int32, int32> m = 1; } }", "1:23 a map cannot be in a oneof"},
      {"message A { oneof o { repeated int32 m = 1; } }", "1:23 a field in a oneof has no label"},
      {"syntax = \"proto3\"; message A { required int32 m = 1; }", "1:32 proto3 has no required fields"},
      {"syntax = \"proto3\"; enum E { A = 1; }", "1:25 the first value of enum \"E\" must be 0 in proto3"},
      {"enum E { }", "1:6 enum \"E\" has no value"},
      {"message A { /* ", "1:13 the comment has no end"},
      {"import \"x", "1:8 the string has no end"},
      {"message A { int32 a = 1 [x = {; }", "1:25 \"[\" is never closed"},
      {"option x = { a;", "1:1 the statement has no end"},
      {"message A { int32 a = 1; $ }", "1:26 \"$\" does not belong here"},
      {"name: \"A\" field { number: 1 }", "1:17 the field has no \"name\""},
      {"name: \"A\" field { name: \"a\" number: x type: TYPE_INT32 }", "1:37 \"number\" must be a number, not \"x\""},
      {"name: \"A\" field { name: \"a\" number: 1 }", "1:17 field \"a\" has no known type"},
      {"name: \"A\" field { name: \"a\" number: 1 type: TYPE_INT32 oneof_index: 0 }",
       "1:17 field \"a\" is in oneof 0, which is not declared"},
      {"name: \"A\" field { name: \"a\"", "1:28 expected \"}\", found the end of the text"},
      {"name: \"A\" field = 1", "1:17 expected \":\" or \"{\", found \"=\""},
  }));
  CAPTURE(row.text);
  CHECK(outcome(row.text) == row.expected);
}

TEST_CASE("hostile Protobuf texts end with an error", "[planner][schema][protobuf]") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "message A{";
  CHECK(outcome(deep) == "1:1009 messages are nested more than 100 levels deep");
  std::string nodes = "name: \"A\" ";
  for (int i = 0; i < 100000; ++i) nodes += "a{";
  CHECK(outcome(nodes) == "1:213 the schema is nested more than 100 levels deep");
  CHECK(outcome(std::string(2000, 'a')) == "1:1 the name has 2000 characters, at most 1000 are read");
  std::string options = "message A { int32 a = 1 ";
  options += std::string(100000, '[');
  CHECK(outcome(options) == "1:25 \"[\" is never closed");
}
