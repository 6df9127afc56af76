// Random pairs of Avro schemas, held against the resolver of Avro's own Java library.
#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include "planner/schema/compatibility.h"
#include "planner/schema/schema_file.h"
#include "tests/planner/schema/avro/random_avro.h"
#include "tests/support/cache.h"
#include "tests/support/oracle_process.h"
#include "tests/support/random_search.h"

using namespace cloudflow;

namespace {

struct Pair {
  unsigned seed = 0;
  Json a{};
  Json b{};
};

Pair random_pair(unsigned seed) {
  std::mt19937 random(seed);
  Json a = testing::random_avro(random);
  Json b = random() % 15 == 0 ? testing::random_avro(random) : a;
  const unsigned edits = 1 + static_cast<unsigned>(random() % 3);
  for (unsigned i = 0; i < edits; ++i) testing::edit_avro(b, random);
  if (random() % 8 == 0) testing::edit_avro(a, random);
  return {seed, std::move(a), std::move(b)};
}

std::string shown(const Compatibility& found) {
  std::string out(name_of(found.verdict()));
  for (const Incompatibility& one : found.reasons) out += fmt::format("\n  {} {} {}", one.kind, one.path, one.message);
  return out;
}

/// The specification asks for equal names of records, and for one meaning of an alias. The library looks at the names
/// of records only in unions, not at aliases where both schemas are equal but for them, and at no logical types.
bool is_by_specification(const Compatibility& found) {
  return std::ranges::any_of(found.reasons, [](const Incompatibility& one) {
    return one.kind == "NAME_MISMATCH" || one.kind == "AMBIGUOUS_ALIASES" || one.kind == "AMBIGUOUS_READER_FIELD" ||
           one.kind == "LOGICAL_TYPE_CHANGED";
  });
}

/// Where we are stricter than the library on purpose: a default that is no symbol of its enum fails when it is needed,
/// one of too few bytes is made longer, and a name before its definition is against the specification.
bool is_stricter(const std::string& refusal, const std::string& schema) {
  const bool is_of_union =
      refusal.contains("any branch of the union");  // which does not name the branch that was meant
  return refusal.contains("symbol") || refusal.contains("it must have") || refusal.contains("is not defined") ||
         (is_of_union && (schema.contains("\"fixed\"") || schema.contains("\"enum\"")));
}

struct Tally {
  int refused = 0;
  int compatible = 0;
  int incompatible = 0;
  int by_specification = 0;
  int false_alarms = 0;
  int not_known = 0;
};

void judge(const Pair& pair, const PortSchema& reader, const PortSchema& writer, const Json& witness, Tally& tally) {
  if (witness.is_boolean()) return;  // no value can be written
  const Compatibility found = compare_schemas(reader, writer);
  if (found.compatible()) {
    ++tally.compatible;
    if (!witness.is_null())
      FAIL_CHECK("seed " << pair.seed << ": compatible, and " << witness << "\nreader " << reader.text << "\nwriter "
                         << writer.text);
    return;
  }
  if (found.verdict() == Verdict::not_compared) {
    ++tally.not_known;
    return;
  }
  ++tally.incompatible;
  if (!witness.is_null()) return;
  if (is_by_specification(found)) {
    ++tally.by_specification;
    return;
  }
  ++tally.false_alarms;
  UNSCOPED_INFO("seed " << pair.seed << ": everything was read, said was " << shown(found) << "\nreader " << reader.text
                        << "\nwriter " << writer.text);
}

}  // namespace

TEST_CASE("no compatible Avro schemas lose what Avro's Java library writes", "[planner][schema][oracle]") {
  const testing::RandomSearch search = testing::random_search(500, 5000);
  std::vector<Pair> pairs;
  std::vector<std::string> questions;
  for (int round = 0; round < search.rounds; ++round) {
    pairs.push_back(random_pair(search.seed + static_cast<unsigned>(round)));
    const Pair& pair = pairs.back();
    questions.push_back(Json{{"seed", pair.seed}, {"records", 40}, {"a", pair.a.dump()}, {"b", pair.b.dump()}}.dump());
  }
  const std::string jars = testing::cache_folder() + "/avro";
  const std::vector<std::string> answers = testing::ask(
      fmt::format("java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '{0}/classes:{0}/lib/*' AvroOracle",
                  jars),
      questions);
  REQUIRE(answers.size() == pairs.size());
  Tally tally;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Pair& pair = pairs[i];
    const Json answer = Json::parse(answers[i]);
    std::vector<PortSchema> schemas;
    for (const auto& [name, json] : {std::pair{"a", pair.a}, std::pair{"b", pair.b}}) {
      const auto schema = port_schema(SchemaFormat::avro, json.dump(), "x.avsc");
      if (const auto refused = answer.find("refused"); refused != answer.end() && refused->contains(name)) {
        ++tally.refused;
        continue;
      }
      if (!schema && !is_stricter(schema.error().message, json.dump()))
        FAIL_CHECK("seed " << pair.seed << ": the library takes what we refuse: " << schema.error().message << "\n"
                           << json.dump());
      if (schema) schemas.push_back(*schema);
    }
    if (schemas.size() < 2 || answer.contains("refused")) continue;
    judge(pair, schemas[0], schemas[1], answer.at("ab"), tally);
    judge(pair, schemas[1], schemas[0], answer.at("ba"), tally);
  }
  WARN(fmt::format(
      "{} pairs: {} compatible, {} not compatible (of them without a witness {} by the specification and {} "
      "more), {} not known, {} schemas refused by the library",
      pairs.size(), tally.compatible, tally.incompatible, tally.by_specification, tally.false_alarms, tally.not_known,
      tally.refused));
  CHECK(tally.not_known * 50 <= search.rounds);
  CHECK(tally.false_alarms * 20 <= tally.incompatible);
  CHECK(tally.refused * 4 <= search.rounds);
}
