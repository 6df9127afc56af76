// sasl.jaas.config as Kafka's Java clients read it.
#include "providers/kafka/admin/jaas.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <random>

#include "cloudflow/json.h"
#include "sdk/support/text.h"
#include "tests/support/cache.h"
#include "tests/support/oracle_process.h"
#include "tests/support/random_search.h"

namespace cloudflow {
namespace {

using Options = std::map<std::string, std::string>;

Options options_of(const std::string& options) {
  const Result<JaasEntry> entry = read_jaas("x.PlainLoginModule required " + options);
  if (!entry) FAIL(entry.error().message);
  CHECK(entry->module == "x.PlainLoginModule");
  return entry->options;
}

std::string problem(const std::string& text) {
  const Result<JaasEntry> entry = read_jaas(text);
  return entry ? "none" : entry.error().message;
}

/// What an oracle's answer stands for: "module", then "key=value" in order; "refused".
std::string in_words(const Json& answer) {
  if (answer.is_null()) return "refused";
  const auto decoded = [](const std::string& text) {
    std::string out;
    REQUIRE(from_base64(text, out));
    return out;
  };
  Options options;
  for (const auto& [key, value] : answer.at("options").items())
    options.emplace(decoded(key), decoded(value.get<std::string>()));
  std::string out = decoded(answer.at("module").get<std::string>());
  for (const auto& [key, value] : options) {
    if (!key.empty()) out += "\n" + key + "=" + value;
  }
  return out;
}

std::string in_words(const Result<JaasEntry>& entry) {
  if (!entry) return "refused";
  std::string out = entry->module;
  for (const auto& [key, value] : entry->options) {
    if (!key.empty()) out += "\n" + key + "=" + value;
  }
  return out;
}

}  // namespace

TEST_CASE("escapes in quotes are Java's", "[jaas]") {
  CHECK(options_of(R"(a="x\ty" b='\n\r\b\f\\\"\'' c="a\101b\7\60z" d="\477\q";)") ==
        Options{{"a", "x\ty"}, {"b", "\n\r\b\f\\\"'"}, {"c", "aAb\a0z"}, {"d", "'7q"}});
  CHECK(options_of(R"(a="\344\377";)") == Options{{"a", "äÿ"}});
}

TEST_CASE("options need no blanks between them, and comments are none", "[jaas]") {
  CHECK(options_of(R"(username="u"password="p";)") == Options{{"username", "u"}, {"password", "p"}});
  CHECK(options_of("a=b/* c=d */e = f // g=h\n i=j;") == Options{{"a", "b"}, {"e", "f"}, {"i", "j"}});
  CHECK(options_of("a=b / c=d\n e=f;") == Options{{"a", "b"}, {"e", "f"}});
  CHECK(options_of("a=b /\n c=d\n e=f;") == Options{{"a", "b"}, {"e", "f"}});
  CHECK(options_of("a=\"//\" b='/* */';") == Options{{"a", "//"}, {"b", "/* */"}});
}

TEST_CASE("what Java refuses is refused, and no value is named", "[jaas]") {
  const std::string begin = "x.PlainLoginModule required ";
  CHECK(problem("") == "sasl.jaas.config: it names no login module");
  CHECK(problem("// nothing") == "sasl.jaas.config: it names no login module");
  CHECK(problem("x.PlainLoginModule") == "sasl.jaas.config: the login module is not followed by \"required\"");
  CHECK(problem("x.PlainLoginModule needed;") == "sasl.jaas.config: the login module is not followed by \"required\"");
  CHECK(problem(begin + "username=\"u\" password=\"p\"") == "sasl.jaas.config: it does not end with \";\"");
  CHECK(problem(begin + "password=;") == "sasl.jaas.config: \"password\" has no value");
  CHECK(problem(begin + "password=5ecret;") == "sasl.jaas.config: \"password\" has no value");
  CHECK(problem(begin + "password=top secret;") == "sasl.jaas.config: there is no \"=\" after an option");
  CHECK(problem(begin + "a=b; x.PlainLoginModule required;") == "sasl.jaas.config: something stands behind the \";\"");
}

TEST_CASE("Kafka's Java client reads random JAAS lines as we do", "[jaas][oracle]") {
  const testing::RandomSearch search = testing::random_search(2000, 50'000);
  static constexpr std::string_view parts[] = {" ",       " ",        " ",        "=",       "=",
                                               "=",       ";",        ";",        "\"",      "\"",
                                               "'",       "\\",       "/",        "//",      "/*",
                                               "*/",      "\n",       "\r",       "\t",      "a",
                                               "user",    "username", "password", "x.Y",     "x.Y required ",
                                               "-",       "_",        "$",        ".",       "5",
                                               "12",      "\\1",      "\\101",    "\\t",     "ä",
                                               "€",       "required", "optional", "!",       "{}",
                                               "\"a b\"", "'c=d;'",   "a=b ",     "a=\"b\"", "c='d'",
                                               "\\\"",    "\\377",    "\\477",    "*",       "@",
                                               "#"};
  std::vector<std::string> lines;
  std::vector<std::string> questions;
  for (int round = 0; round < search.rounds; ++round) {
    std::mt19937 dice(search.seed + static_cast<unsigned>(round));
    const auto upto = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(dice); };
    std::string line = upto(3) > 0 ? "x.Module required " : "";
    for (std::size_t i = upto(14); i > 0; --i) line += parts[upto(std::size(parts) - 1)];
    if (upto(3) > 0) line += ";";
    questions.push_back(to_base64(line));
    lines.push_back(std::move(line));
  }
  const std::vector<std::string> answers =
      testing::ask(fmt::format("java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '{}/kafka/lib/*' {}",
                               testing::cache_folder(), CLOUDFLOW_SOURCE_DIR "/tests/oracles/kafka/JaasOracle.java"),
                   questions);
  REQUIRE(answers.size() == lines.size());
  int taken = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string theirs = in_words(Json::parse(answers[i]));
    const std::string ours = in_words(read_jaas(lines[i]));
    taken += theirs == "refused" ? 0 : 1;
    if (ours != theirs)
      FAIL_CHECK("seed " << search.seed + i << ": " << quote(lines[i]) << "\nJava: " << theirs << "\nours: " << ours);
  }
  CHECK(taken > search.rounds / 20);
}

}  // namespace cloudflow
