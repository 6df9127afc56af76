// Random pairs of Protobuf schemas, held against Protobuf's own compiler and runtime.
#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include "cloudflow/json.h"
#include "planner/schema/compatibility.h"
#include "planner/schema/schema_file.h"
#include "tests/planner/schema/protobuf/random_proto.h"
#include "tests/support/memory_tree.h"
#include "tests/support/oracle_process.h"
#include "tests/support/random_search.h"

using namespace cloudflow;

namespace {

using Files = std::map<std::string, std::string>;

struct Pair {
  unsigned seed = 0;
  Files a{};
  Files b{};
};

/// Most are a few edits apart, because pairs that have nothing in common say little.
Pair random_pair(unsigned seed) {
  std::mt19937 random(seed);
  testing::RandomProto a = testing::random_proto(random);
  testing::RandomProto b = random() % 12 == 0 ? testing::random_proto(random) : a;
  const unsigned edits = 1 + static_cast<unsigned>(random() % 3);
  for (unsigned i = 0; i < edits; ++i) testing::edit_proto(b, random);
  return {seed, a.files(), b.files()};
}

std::string shown(const Files& files) {
  std::string out;
  for (const auto& [name, text] : files) out += fmt::format("--- {}\n{}", name, text);
  return out;
}

std::string shown(const Compatibility& found) {
  std::string out(name_of(found.verdict()));
  for (const Incompatibility& one : found.reasons) out += fmt::format("\n  {} {} {}", one.kind, one.path, one.message);
  for (const NotCompared& one : found.not_compared) out += "\n  not compared: " + one.text();
  return out;
}

/// What is said for the sake of records that no schema of the pair writes any more, or of other records than the first.
bool is_about_other_records(const Compatibility& found) {
  return std::ranges::all_of(found.reasons, [](const Incompatibility& one) {
    return one.kind == "MESSAGE_REMOVED" || one.kind == "RESERVED_FIELD_REUSED";
  });
}

struct Tally {
  int refused = 0;
  int compatible = 0;
  int incompatible = 0;
  int not_known = 0;
  int false_alarms = 0;
};

void judge(const Pair& pair, const PortSchema& reader, const PortSchema& writer, const Json& witnesses, Tally& tally) {
  const Compatibility found = compare_schemas(reader, writer);
  switch (found.verdict()) {
    case Verdict::compatible:
      ++tally.compatible;
      if (!witnesses.empty())
        FAIL_CHECK("seed " << pair.seed << ": compatible, and lost is " << witnesses.dump() << "\nreader "
                           << reader.text << "\nwriter " << writer.text << "\n"
                           << shown(pair.a) << "=====\n"
                           << shown(pair.b));
      break;
    case Verdict::incompatible:
      ++tally.incompatible;
      if (!witnesses.empty() || is_about_other_records(found)) break;
      ++tally.false_alarms;
      UNSCOPED_INFO("seed " << pair.seed << ": nothing was seen lost, said was " << shown(found));
      break;
    case Verdict::not_compared:
      ++tally.not_known;
      break;
  }
}

}  // namespace

TEST_CASE("no compatible Protobuf schemas lose what Protobuf's own runtime writes", "[planner][schema][oracle]") {
  const testing::RandomSearch search = testing::random_search(400, 5000);
  std::vector<Pair> pairs;
  std::vector<std::string> questions;
  for (int round = 0; round < search.rounds; ++round) {
    pairs.push_back(random_pair(search.seed + static_cast<unsigned>(round)));
    const Pair& pair = pairs.back();
    questions.push_back(Json{{"seed", pair.seed}, {"messages", 60}, {"a", pair.a}, {"b", pair.b}}.dump());
  }
  const std::vector<std::string> answers = testing::ask(testing::oracle_python("protobuf_oracle.py"), questions);
  REQUIRE(answers.size() == pairs.size() + 1);  // the first names the runtime
  Tally tally;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Pair& pair = pairs[i];
    const Json answer = Json::parse(answers[i + 1]);
    std::vector<PortSchema> schemas;
    for (const auto& [name, files] : {std::pair{"a", pair.a}, std::pair{"b", pair.b}}) {
      if (const auto refused = answer.find("refused"); refused != answer.end() && refused->contains(name)) {
        ++tally.refused;
        UNSCOPED_INFO("seed " << pair.seed << ": " << refused->at(name));
        continue;
      }
      const auto schema = read_schema_file(testing::MemoryTree(files), "main.proto");
      if (!schema)
        FAIL_CHECK("seed " << pair.seed << ": the compiler takes what we refuse: " << schema.error().message << "\n"
                           << shown(files));
      if (schema) schemas.push_back(*schema);
    }
    if (schemas.size() < 2) continue;
    judge(pair, schemas[0], schemas[1], answer.at("ab"), tally);
    judge(pair, schemas[1], schemas[0], answer.at("ba"), tally);
  }
  WARN(fmt::format(
      "{} pairs: {} compatible, {} not compatible ({} of them without a witness), {} not known, {} schemas "
      "refused by the compiler",
      pairs.size(), tally.compatible, tally.incompatible, tally.false_alarms, tally.not_known, tally.refused));
  CHECK(tally.false_alarms * 20 <= tally.incompatible);
  CHECK(tally.refused * 10 <= search.rounds);
}
