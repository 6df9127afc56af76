// Which Avro schemas read what others wrote.
#include "planner/schema/avro/avro_compatibility.h"

#include <catch2/catch_all.hpp>

#include "planner/schema/schema_file.h"
#include "tests/planner/schema/incompatibilities.h"

using namespace cloudflow;

namespace {

AvroSchema avro(std::string_view text) {
  auto schema = parse_avro_schema(text);
  INFO(text);
  if (!schema) FAIL(schema.error().message);
  return *schema;
}

/// "KIND@path" for each reason, separated by blanks; "" when compatible.
std::string kinds(std::string_view reader, std::string_view writer) {
  return testing::kinds_of(avro_incompatibilities(avro(reader), avro(writer)));
}

std::string messages(std::string_view reader, std::string_view writer) {
  return testing::messages_of(avro_incompatibilities(avro(reader), avro(writer)));
}

using Row = testing::SchemaRow;

/// A record R with these fields.
std::string record(const std::string& fields) { return R"({"type":"record","name":"R","fields":[)" + fields + "]}"; }

}  // namespace

TEST_CASE("primitive types read themselves and what promotes to them", "[planner][schema][avro]") {
  const std::vector<std::string> types = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"};
  // One row per reader, one column per writer, in the order above.
  const std::vector<std::string> table = {"+.......", ".+......", "..+.....", "..++....",
                                          "..+++...", "..++++..", "......++", "......++"};
  for (std::size_t r = 0; r < types.size(); ++r) {
    for (std::size_t w = 0; w < types.size(); ++w) {
      CAPTURE(types[r], types[w]);
      const bool reads = table[r][w] == '+';
      const std::string expected =
          reads ? "" : "TYPE_MISMATCH  reader has " + types[r] + ", writer has " + types[w] + "\n";
      CHECK(messages("\"" + types[r] + "\"", "\"" + types[w] + "\"") == expected);
      // The same inside a list, a map, and as a field.
      CHECK(kinds(R"({"type":"array","items":")" + types[r] + "\"}",
                  R"({"type":"array","items":")" + types[w] + "\"}") == (reads ? "" : "TYPE_MISMATCH@/items"));
      CHECK(kinds(R"({"type":"map","values":")" + types[r] + "\"}", R"({"type":"map","values":")" + types[w] + "\"}") ==
            (reads ? "" : "TYPE_MISMATCH@/values"));
      CHECK(kinds(record(R"({"name":"f","type":")" + types[r] + "\"}"),
                  record(R"({"name":"f","type":")" + types[w] + "\"}")) ==
            (reads ? "" : "TYPE_MISMATCH@/fields/0/type"));
    }
  }
}

TEST_CASE("complex types read only their own kind", "[planner][schema][avro]") {
  const std::vector<std::string> types = {
      R"({"type":"array","items":"int"})",           R"({"type":"map","values":"int"})",
      R"({"type":"fixed","name":"N","size":4})",     R"({"type":"enum","name":"N","symbols":["A"]})",
      R"({"type":"record","name":"N","fields":[]})", R"("bytes")"};
  for (const std::string& r : types) {
    for (const std::string& w : types) {
      CAPTURE(r, w);
      CHECK(kinds(r, w) == (r == w ? "" : "TYPE_MISMATCH@"));
    }
  }
}

TEST_CASE("named types, enums and fixed", "[planner][schema][avro]") {
  const auto row = GENERATE(values<Row>({
      {R"({"type":"fixed","name":"F","size":4})", R"({"type":"fixed","name":"F","size":4})", ""},
      {R"({"type":"fixed","name":"F","size":4})", R"({"type":"fixed","name":"F","size":8})",
       "FIXED_SIZE_MISMATCH@/size"},
      {R"({"type":"fixed","name":"F","size":4})", R"({"type":"fixed","name":"G","size":4})", "NAME_MISMATCH@/name"},
      {R"({"type":"fixed","name":"F","size":4})", R"({"type":"fixed","name":"G","size":8})",
       "NAME_MISMATCH@/name FIXED_SIZE_MISMATCH@/size"},
      {R"({"type":"fixed","name":"F","aliases":["G"],"size":4})", R"({"type":"fixed","name":"G","size":4})", ""},
      {R"({"type":"fixed","name":"G","size":4})", R"({"type":"fixed","name":"F","aliases":["G"],"size":4})",
       "NAME_MISMATCH@/name"},
      {R"({"type":"fixed","name":"a.F","size":4})", R"({"type":"fixed","name":"b.F","size":4})", ""},
      {R"({"type":"enum","name":"E","symbols":["A","B"]})", R"({"type":"enum","name":"E","symbols":["A"]})", ""},
      {R"({"type":"enum","name":"E","symbols":["B","A"]})", R"({"type":"enum","name":"E","symbols":["A","B"]})", ""},
      {R"({"type":"enum","name":"E","symbols":["A"]})", R"({"type":"enum","name":"E","symbols":["A","B"]})",
       "MISSING_ENUM_SYMBOLS@/symbols"},
      {R"({"type":"enum","name":"E","symbols":["A"],"default":"A"})",
       R"({"type":"enum","name":"E","symbols":["A","B"]})", ""},
      {R"({"type":"enum","name":"E","symbols":["A"]})",
       R"({"type":"enum","name":"E","symbols":["A","B"],"default":"A"})", "MISSING_ENUM_SYMBOLS@/symbols"},
      {R"({"type":"enum","name":"E","symbols":[]})", R"({"type":"enum","name":"E","symbols":[]})", ""},
      {R"({"type":"enum","name":"E","symbols":["A"],"default":"A"})", R"({"type":"enum","name":"F","symbols":["B"]})",
       "NAME_MISMATCH@/name"},
      {R"({"type":"enum","name":"x.E","symbols":["A"]})", R"({"type":"enum","name":"y.z.E","symbols":["A"]})", ""},
      {R"({"type":"enum","name":"E","namespace":"x","aliases":["F"],"symbols":["A"]})",
       R"({"type":"enum","name":"x.F","symbols":["A"]})", ""},
      {R"({"type":"enum","name":"E","namespace":"x","aliases":["F"],"symbols":["A"]})",
       R"({"type":"enum","name":"y.F","symbols":["A"]})", "NAME_MISMATCH@/name"},
      {R"({"type":"enum","name":"E","namespace":"x","aliases":["y.F"],"symbols":["A"]})",
       R"({"type":"enum","name":"y.F","symbols":["A"]})", ""},
      {R"({"type":"record","name":"R","fields":[]})", R"({"type":"record","name":"R","fields":[]})", ""},
      {R"({"type":"record","name":"R","fields":[]})", R"({"type":"record","name":"S","fields":[]})",
       "NAME_MISMATCH@/name"},
      {R"({"type":"record","name":"R","aliases":["S"],"fields":[]})", R"({"type":"record","name":"S","fields":[]})",
       ""},
      {R"({"type":"record","name":"a.R","fields":[]})", R"({"type":"record","name":"R","fields":[]})", ""},
      {R"({"type":"error","name":"R","fields":[]})", R"({"type":"record","name":"R","fields":[]})", ""},
      // Aliases of fields count only where the record has the same full name, or an alias of it.
      {R"({"type":"record","name":"a.R","fields":[{"name":"y","type":"int","aliases":["x"],"default":0}]})",
       R"({"type":"record","name":"b.R","fields":[{"name":"x","type":"int"}]})", "ALIAS_NOT_APPLIED@/fields/0"},
      {R"({"type":"record","name":"a.R","aliases":["b.R"],"fields":[{"name":"y","type":"int","aliases":["x"]}]})",
       R"({"type":"record","name":"b.R","fields":[{"name":"x","type":"int"}]})", ""},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
}

TEST_CASE("fields of records", "[planner][schema][avro]") {
  const auto row = GENERATE(values<Row>({
      {R"()", R"({"name":"a","type":"int"})", ""},
      {R"({"name":"a","type":"int"})", R"()", "READER_FIELD_MISSING_DEFAULT_VALUE@/fields/0"},
      {R"({"name":"a","type":"int","default":1})", R"()", ""},
      {R"({"name":"a","type":"null","default":null})", R"()", ""},
      {R"({"name":"a","type":["null","int"],"default":null})", R"()", ""},
      {R"({"name":"a","type":["null","int"]})", R"()", "READER_FIELD_MISSING_DEFAULT_VALUE@/fields/0"},
      {R"({"name":"a","type":"int"})", R"({"name":"a","type":"int","default":1})", ""},
      {R"({"name":"a","type":"int","default":1})", R"({"name":"a","type":"int"})", ""},
      {R"({"name":"a","type":"int"},{"name":"b","type":"int"})",
       R"({"name":"b","type":"int"},{"name":"a","type":"int"})", ""},
      {R"({"name":"a","type":"long"},{"name":"b","type":"string"})",
       R"({"name":"b","type":"bytes"},{"name":"a","type":"int"})", ""},
      {R"({"name":"a","type":"int"},{"name":"b","type":"string"})",
       R"({"name":"b","type":"int"},{"name":"a","type":"string"})",
       "TYPE_MISMATCH@/fields/0/type TYPE_MISMATCH@/fields/1/type"},
      {R"({"name":"b","type":"int","aliases":["a"]})", R"({"name":"a","type":"int"})", ""},
      {R"({"name":"b","type":"int","aliases":["x","a"]})", R"({"name":"a","type":"int"})", ""},
      {R"({"name":"b","type":"int","aliases":["a"]})", R"({"name":"a","type":"string"})",
       "TYPE_MISMATCH@/fields/0/type"},
      {R"({"name":"b","type":"int"})", R"({"name":"a","type":"int","aliases":["b"]})",
       "READER_FIELD_MISSING_DEFAULT_VALUE@/fields/0"},
      {R"({"name":"b","type":"int","aliases":["a"]})", R"({"name":"a","type":"int"},{"name":"b","type":"int"})",
       "AMBIGUOUS_READER_FIELD@/fields/0"},
      {R"({"name":"c","type":"int","aliases":["a","b"]})", R"({"name":"a","type":"int"},{"name":"b","type":"int"})",
       "AMBIGUOUS_READER_FIELD@/fields/0"},
      {R"({"name":"c","type":"int","aliases":["c","c"]})", R"({"name":"c","type":"int"})", ""},
      // One field of the writer for two of the reader: the alias takes it away from the other.
      {R"({"name":"x","type":"int"},{"name":"y","type":"int","aliases":["x"]})", R"({"name":"x","type":"int"})",
       "WRITER_FIELD_TAKEN@/fields/0"},
      {R"({"name":"y","type":"int","aliases":["x"],"default":0},{"name":"z","type":"int","aliases":["x"]})",
       R"({"name":"x","type":"int"})", "WRITER_FIELD_TAKEN@/fields/0"},
      // An alias that leads to an alias: Java follows it once, others do not.
      {R"({"name":"y","type":"int","aliases":["x"],"default":0},{"name":"z","type":"int","aliases":["y"],"default":0})",
       R"({"name":"x","type":"int"})", "AMBIGUOUS_ALIASES@"},
      // Aliases of types apply all over the writer's schema.
      {R"({"name":"u","type":{"type":"record","name":"C","aliases":["A","B"],"fields":[]}})",
       R"({"name":"u","type":[{"type":"record","name":"A","fields":[]},{"type":"record","name":"B","fields":[]}]})",
       "AMBIGUOUS_ALIASES@"},
      {R"({"name":"u","type":"int","default":0},{"name":"c","type":["null",{"type":"enum","name":"C","aliases":["A","B"],"symbols":[]}],"default":null})",
       R"({"name":"v","type":[{"type":"enum","name":"A","symbols":[]},{"type":"enum","name":"B","symbols":[]}]})",
       "AMBIGUOUS_ALIASES@"},
      // Defaults of later branches (as of Avro 1.12): legal, and not always taken as what they are.
      {R"({"name":"a","type":["null","int"],"default":1})", R"()", ""},
      {R"({"name":"a","type":["int","null"],"default":null})", R"()", ""},
      {R"({"name":"a","type":["int","double"],"default":1.5})", R"()", "DEFAULT_OF_LATER_BRANCH@/fields/0"},
      {R"({"name":"a","type":[{"type":"array","items":"int"},"null"],"default":null})", R"()",
       "DEFAULT_OF_LATER_BRANCH@/fields/0"},
      {R"({"name":"a","type":[{"type":"array","items":"int"},"null"],"default":null})", R"({"name":"a","type":"null"})",
       ""},
      {R"({"name":"A","type":"int"})", R"({"name":"a","type":"int"})", "READER_FIELD_MISSING_DEFAULT_VALUE@/fields/0"},
      // An enum's own default is no default of the field.
      {R"({"name":"e","type":{"type":"enum","name":"E","symbols":["A"],"default":"A"}})", R"()",
       "READER_FIELD_MISSING_DEFAULT_VALUE@/fields/0"},
      {R"({"name":"e","type":{"type":"enum","name":"E","symbols":["A"]},"default":"A"})", R"()", ""},
      {R"({"name":"n","type":{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}})",
       R"({"name":"n","type":{"type":"record","name":"N","fields":[]}})",
       "READER_FIELD_MISSING_DEFAULT_VALUE@/fields/0/type/fields/0"},
      {R"({"name":"n","type":{"type":"array","items":{"type":"map","values":"int"}}})",
       R"({"name":"n","type":{"type":"array","items":{"type":"map","values":"string"}}})",
       "TYPE_MISMATCH@/fields/0/type/items/values"},
      {R"({"name":"n","type":{"type":"array","items":{"type":"fixed","name":"F","size":1}}})",
       R"({"name":"n","type":{"type":"array","items":{"type":"fixed","name":"F","size":2}}})",
       "FIXED_SIZE_MISMATCH@/fields/0/type/items/size"},
      {R"({"name":"a","type":["null","int"]})", R"({"name":"a","type":"int"})", ""},
      {R"({"name":"a","type":"int"})", R"({"name":"a","type":["null","int"]})", "TYPE_MISMATCH@/fields/0/type"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(record(row.reader), record(row.writer)) == row.expected);
}

TEST_CASE("unions", "[planner][schema][avro]") {
  const auto row = GENERATE(values<Row>({
      {R"(["int"])", R"(["int"])", ""},
      {R"(["int","string"])", R"(["string","int"])", ""},
      {R"(["int","string"])", R"(["int"])", ""},
      {R"(["int"])", R"(["int","string"])", "MISSING_UNION_BRANCH@"},
      {R"(["int"])", R"(["string","boolean"])", "MISSING_UNION_BRANCH@ MISSING_UNION_BRANCH@"},
      {R"([])", R"([])", ""},
      {R"(["int"])", R"([])", ""},
      {R"([])", R"(["int"])", "MISSING_UNION_BRANCH@"},
      {R"([])", R"("int")", "MISSING_UNION_BRANCH@"},
      {R"("int")", R"([])", ""},
      {R"("int")", R"(["int"])", ""},
      {R"("long")", R"(["int","long"])", ""},
      {R"("double")", R"(["int","long","float","double"])", ""},
      {R"("int")", R"(["int","long"])", "TYPE_MISMATCH@"},
      {R"("string")", R"(["string","bytes"])", ""},
      {R"("string")", R"(["null","string"])", "TYPE_MISMATCH@"},
      {R"(["null","string"])", R"("string")", ""},
      {R"(["null","string"])", R"("bytes")", ""},
      {R"(["null","long"])", R"("int")", ""},
      {R"(["null","int"])", R"("long")", "MISSING_UNION_BRANCH@"},
      {R"(["null","double"])", R"(["null","float","int"])", ""},
      {R"([{"type":"array","items":"long"}])", R"({"type":"array","items":"int"})", ""},
      {R"([{"type":"array","items":"int"}])", R"({"type":"array","items":"long"})",
       "MISSING_UNION_BRANCH@ TYPE_MISMATCH@/0/items"},
      {R"(["null",{"type":"fixed","name":"F","size":2}])", R"({"type":"fixed","name":"F","size":3})",
       "MISSING_UNION_BRANCH@ FIXED_SIZE_MISMATCH@/1/size"},
      {R"(["null",{"type":"fixed","name":"F","size":2}])", R"({"type":"fixed","name":"G","size":2})",
       "MISSING_UNION_BRANCH@"},
      {R"([{"type":"enum","name":"E","symbols":["A"]},{"type":"enum","name":"F","symbols":["A","B"]}])",
       R"({"type":"enum","name":"F","symbols":["B"]})", ""},
      {R"([{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]},"null"])",
       R"([{"type":"record","name":"R","fields":[]}])",
       "MISSING_UNION_BRANCH@ READER_FIELD_MISSING_DEFAULT_VALUE@/0/fields/0"},
      {R"([{"type":"record","name":"x.R","fields":[]}])", R"([{"type":"record","name":"y.R","fields":[]}])", ""},
      // In a union enums and fixed are found by their full name, unless both unions are the same without namespaces.
      {R"([{"type":"enum","name":"x.E","symbols":["A"]}])", R"({"type":"enum","name":"y.E","symbols":["A"]})",
       "MISSING_UNION_BRANCH@"},
      {R"([{"type":"enum","name":"x.E","symbols":["A"]}])", R"([{"type":"enum","name":"y.E","symbols":["A"]}])", ""},
      {R"([{"type":"enum","name":"x.E","symbols":["A","B"]}])", R"([{"type":"enum","name":"y.E","symbols":["A"]}])",
       "MISSING_UNION_BRANCH@"},
      // The branch of the same name is chosen, even where another one would fit.
      {R"([{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]},
           {"type":"record","name":"S","fields":[]}])",
       R"({"type":"record","name":"R","fields":[]})",
       "MISSING_UNION_BRANCH@ READER_FIELD_MISSING_DEFAULT_VALUE@/0/fields/0"},
      {R"([{"type":"array","items":"string"},"null"])", R"({"type":"array","items":"int"})",
       "MISSING_UNION_BRANCH@ TYPE_MISMATCH@/0/items"},
      {R"({"type":"map","values":["int","null"]})", R"({"type":"map","values":"null"})", ""},
      {R"({"type":"map","values":["int","null"]})", R"({"type":"map","values":"string"})",
       "MISSING_UNION_BRANCH@/values"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
}

TEST_CASE("recursive schemas", "[planner][schema][avro]") {
  const std::string list =
      R"({"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"],"default":null}]})";
  const std::string longs =
      R"({"type":"record","name":"L","fields":[{"name":"v","type":"long"},{"name":"next","type":["null","L"],"default":null}]})";
  const std::string plain = R"({"type":"record","name":"L","fields":[{"name":"v","type":"int"}]})";
  const std::string tree =
      R"({"type":"record","name":"T","fields":[{"name":"sons","type":{"type":"array","items":"T"}},{"name":"x","type":"int"}]})";
  const std::string texts =
      R"({"type":"record","name":"T","fields":[{"name":"sons","type":{"type":"array","items":"T"}},{"name":"x","type":"string"}]})";
  CHECK(kinds(list, list).empty());
  CHECK(kinds(longs, list).empty());
  CHECK(kinds(list, longs) == "TYPE_MISMATCH@/fields/0/type");
  CHECK(kinds(list, plain).empty());
  CHECK(kinds(plain, list).empty());
  CHECK(kinds(tree, tree).empty());
  CHECK(kinds(tree, texts) == "TYPE_MISMATCH@/fields/1/type");
}

TEST_CASE("incompatible schemas say what is wrong and where", "[planner][schema][avro]") {
  CHECK(messages(R"({"type":"record","name":"a.R","fields":[]})", R"({"type":"record","name":"b.S","fields":[]})") ==
        "NAME_MISMATCH /name reader has record \"a.R\", writer has record \"b.S\"\n");
  CHECK(messages(R"({"type":"fixed","name":"F","size":1})", R"({"type":"fixed","name":"F","size":16})") ==
        "FIXED_SIZE_MISMATCH /size fixed \"F\": reader has 1 byte, writer has 16 bytes\n");
  CHECK(messages(R"({"type":"enum","name":"E","symbols":["A"]})",
                 R"({"type":"enum","name":"E","symbols":["A","B","C"]})") ==
        "MISSING_ENUM_SYMBOLS /symbols enum \"E\": the reader lacks B, C and has no default\n");
  CHECK(messages(record(R"({"name":"a","type":"int"})"), record("")) ==
        "READER_FIELD_MISSING_DEFAULT_VALUE /fields/0 field \"a\" of record \"R\" is not written and has no default\n");
  CHECK(messages(record(R"({"name":"a","type":["int","double"],"default":1.5})"), record("")) ==
        "DEFAULT_OF_LATER_BRANCH /fields/0 field \"a\" is not written, and its default cannot be taken: 1.5 is not a "
        "value of type int, the first branch of the union that could be meant\n");
  CHECK(messages(R"([{"type":"fixed","name":"C","aliases":["A","B"],"size":1}])",
                 R"([{"type":"fixed","name":"A","size":1},{"type":"fixed","name":"B","size":1}])") ==
        "AMBIGUOUS_ALIASES  the reader's aliases make branches \"A\" and \"B\" of the writer both \"C\"\n");
  CHECK(messages(record(R"({"name":"c","type":"int","aliases":["a"]})"),
                 record(R"({"name":"a","type":"int"},{"name":"c","type":"int"})")) ==
        "AMBIGUOUS_READER_FIELD /fields/0 field \"c\" takes fields \"c\" and \"a\" of the writer: an alias must lead "
        "to one\n");
  CHECK(messages(R"(["null","int"])", R"(["int","string"])") ==
        "MISSING_UNION_BRANCH  no branch of the reader's union takes string\n");
  CHECK(messages(R"(["null",{"type":"fixed","name":"F","size":2}])", R"({"type":"fixed","name":"F","size":3})") ==
        "MISSING_UNION_BRANCH  no branch of the reader's union takes fixed \"F\"\nFIXED_SIZE_MISMATCH /1/size fixed "
        "\"F\": reader has 2 bytes, writer has 3 bytes\n");
  CHECK(messages(R"({"type":"array","items":{"type":"record","name":"R","fields":[]}})",
                 R"({"type":"array","items":"int"})") ==
        "TYPE_MISMATCH /items reader has record \"R\", writer has int\n");
}

namespace {

std::string logical(const std::string& type, const std::string& name, const std::string& more = "") {
  return R"({"type":")" + type + R"(","logicalType":")" + name + "\"" + more + "}";
}

std::string digits(int precision, int scale) {
  return R"(,"precision":)" + std::to_string(precision) + R"(,"scale":)" + std::to_string(scale);
}

}  // namespace

TEST_CASE("one logical type does not read another", "[planner][schema][avro]") {
  const auto decimal = [](int precision, int scale) { return logical("bytes", "decimal", digits(precision, scale)); };
  CHECK(kinds(decimal(9, 2), decimal(9, 2)).empty());
  CHECK(messages(decimal(9, 4), decimal(9, 2)) ==
        "LOGICAL_TYPE_CHANGED  reader has decimal(9, 4), writer has decimal(9, 2): what is written is read as another "
        "value\n");
  CHECK(kinds(decimal(12, 2), decimal(9, 2)) == "LOGICAL_TYPE_CHANGED@");
  struct Pair {
    std::string reader;
    std::string writer;
  };
  for (const Pair& pair :
       std::vector<Pair>{{logical("long", "timestamp-micros"), logical("long", "timestamp-millis")},
                         {logical("long", "timestamp-nanos"), logical("long", "timestamp-micros")},
                         {logical("long", "local-timestamp-millis"), logical("long", "timestamp-millis")},
                         {logical("long", "time-micros"), logical("long", "timestamp-micros")},
                         {logical("int", "time-millis"), logical("int", "date")},
                         {logical("long", "timestamp-millis"), logical("int", "date")},
                         {logical("long", "time-micros"), logical("int", "time-millis")},
                         {logical("bytes", "big-decimal"), decimal(9, 2)},
                         {decimal(9, 2), logical("string", "uuid")}}) {
    CAPTURE(pair.reader, pair.writer);
    CHECK(kinds(pair.reader, pair.writer) == "LOGICAL_TYPE_CHANGED@");
  }
}

TEST_CASE("a logical type that only one side has changes nothing", "[planner][schema][avro]") {
  for (const std::string& type : {logical("long", "timestamp-millis"), logical("long", "made-up")}) {
    CAPTURE(type);
    CHECK(kinds(type, "\"long\"").empty());
    CHECK(kinds("\"long\"", type).empty());
    CHECK(kinds(type, logical("long", "timestamp-millis")).empty());
  }
  CHECK(kinds("\"bytes\"", logical("bytes", "decimal", digits(9, 2))).empty());
  CHECK(kinds("\"long\"", logical("int", "date")).empty());
}

TEST_CASE("logical types are compared wherever they stand", "[planner][schema][avro]") {
  const std::string millis = logical("long", "timestamp-millis");
  const std::string micros = logical("long", "timestamp-micros");
  const auto field = [](const std::string& type) { return record(R"({"name":"t","type":)" + type + "}"); };
  const auto optional = [](const std::string& type) { return R"(["null",)" + type + "]"; };
  CHECK(kinds(field(micros), field(millis)) == "LOGICAL_TYPE_CHANGED@/fields/0/type");
  CHECK(kinds(field(optional(micros)), field(millis)) == "LOGICAL_TYPE_CHANGED@/fields/0/type/1");
  CHECK(kinds(field(optional(micros)), field(optional(millis))) == "LOGICAL_TYPE_CHANGED@/fields/0/type/1");
  CHECK(kinds(field(optional(millis)), field(optional(millis))).empty());
  CHECK(kinds(field(micros), field("[" + millis + "]")) == "LOGICAL_TYPE_CHANGED@/fields/0/type");
  CHECK(kinds(R"({"type":"map","values":)" + micros + "}", R"({"type":"map","values":)" + millis + "}") ==
        "LOGICAL_TYPE_CHANGED@/values");
  CHECK(kinds(R"({"type":"array","items":)" + optional(micros) + "}",
              R"({"type":"array","items":)" + optional(millis) + "}") == "LOGICAL_TYPE_CHANGED@/items/1");
  CHECK(kinds(optional(field(optional(micros))), optional(field(optional(millis)))) ==
        "LOGICAL_TYPE_CHANGED@/1/fields/0/type/1");
  const auto fixed = [](int scale) {
    return R"({"type":"fixed","name":"F","size":8,"logicalType":"decimal")" + digits(9, scale) + "}";
  };
  CHECK(kinds(fixed(4), fixed(2)) == "LOGICAL_TYPE_CHANGED@");
  const auto list = [](const std::string& type) {
    return R"({"type":"record","name":"L","fields":[{"name":"t","type":)" + type +
           R"(},{"name":"next","type":["null","L"]}]})";
  };
  CHECK(kinds(list(micros), list(millis)) == "LOGICAL_TYPE_CHANGED@/fields/0/type");
}

TEST_CASE("equal fingerprints do not hide other logical types", "[planner][schema][avro]") {
  const auto port = [](const std::string& text) { return port_schema(SchemaFormat::avro, text, "x.avsc").value(); };
  const auto amount = [&](int scale) {
    return port(record(R"({"name":"amount","type":)" + logical("bytes", "decimal", digits(9, scale)) + "}"));
  };
  REQUIRE(amount(2).fingerprint == amount(4).fingerprint);
  CHECK(testing::kinds_of(compare_schemas(amount(4), amount(2)).reasons) == "LOGICAL_TYPE_CHANGED@/fields/0/type");
  CHECK(compare_schemas(amount(2), amount(2)).compatible());
  CHECK(compare_schemas(port(record(R"({"name":"amount","type":"bytes"})")), amount(2)).compatible());
}

// Held against the library by the oracle, which found it.
TEST_CASE("an empty list as the default of a union is read by some versions of the library only",
          "[planner][schema][avro]") {
  const auto doubts = [](const std::string& type, const char* value) {
    const Compatibility found =
        compare_avro_schemas(avro(R"({"type":"record","name":"R","fields":[{"name":"tags","type":)" + type +
                                  R"(,"default":)" + value + "}]}"),
                             avro(R"({"type":"record","name":"R","fields":[]})"));
    CHECK(found.reasons.empty());
    return found.not_compared;
  };
  const std::string strings = R"({"type":"array","items":"string"})";
  CHECK(doubts(strings, "[]").empty());
  CHECK(doubts("[" + strings + R"(,"null"])", R"(["a"])").empty());
  CHECK(doubts(R"(["null",)" + strings + "]", "null").empty());
  for (const std::string& type : {"[" + strings + R"(,"null"])", R"(["null",)" + strings + "]"}) {
    const auto found = doubts(type, "[]");
    REQUIRE(found.size() == 1);
    CHECK(found[0].text() ==
          "field \"tags\" is not written, and the fast reader of Avro's Java library 1.12 ends with \"Not an array\" "
          "where "
          "an empty list is the default of a union (reader record \"R\")");
  }
}

namespace {

/// `count` records that each refer to the next, the last to the first.
std::string ring(int count, const char* leaf) {
  std::string text = "[";
  for (int i = 0; i < count; ++i) {
    // A record may only name what is already there, so the ring is closed through unions of the first one.
    const std::string other = i == 0 ? "\"null\"" : "\"R" + std::to_string(i - 1) + "\"";
    text += std::string(i == 0 ? "" : ",") + R"({"type":"record","name":"R)" + std::to_string(i) +
            R"(","fields":[{"name":"a","type":)" + other + R"(},{"name":"v","type":")" + leaf + "\"}]}";
  }
  return text + "]";
}

}  // namespace

TEST_CASE("hostile schemas end with an answer", "[planner][schema][avro][slow]") {
  CHECK(kinds(ring(300, "int"), ring(300, "int")).empty());
  const auto deep = avro_incompatibilities(avro(ring(3000, "int")), avro(ring(3000, "long")));
  CHECK_FALSE(deep.empty());
  // Every level doubles the number of paths to the leaf; reasons stay few.
  std::string doubling = R"([{"type":"record","name":"R0","fields":[{"name":"v","type":"LEAF"}]})";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "\"R" + std::to_string(i - 1) + "\"";
    doubling += R"(,{"type":"record","name":"R)" + std::to_string(i) + R"(","fields":[{"name":"a","type":)" + before +
                R"(},{"name":"b","type":)" + before + "}]}";
  }
  doubling += "]";
  std::string ints = doubling;
  std::string texts = doubling;
  ints.replace(ints.find("LEAF"), 4, "int");
  texts.replace(texts.find("LEAF"), 4, "string");
  CHECK(kinds(ints, ints).empty());
  CHECK(avro_incompatibilities(avro(ints), avro(texts)).size() == 50);
}
