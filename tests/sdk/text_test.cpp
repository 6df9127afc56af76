#include "sdk/support/text.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

TEST_CASE("a misspelled word gets the closest known one", "[sdk][text]") {
  const std::vector<std::string> known = {"partitions", "replicas", "managed"};
  CHECK(did_you_mean("partition", known) == "did you mean \"partitions\"?");
  CHECK(did_you_mean("replcias", known) == "did you mean \"replicas\"?");
  CHECK(did_you_mean("retention", known).empty());
  CHECK(did_you_mean("part", std::vector<std::string>{"parties"}).empty());
  CHECK(did_you_mean("par", std::vector<std::string>{"parts"}) == "did you mean \"parts\"?");
  const std::vector<std::string> words = {"destroy", "status", "--path", "--full"};
  CHECK(did_you_mean("history", words).empty());
  CHECK(did_you_mean("--watch", words).empty());
  CHECK(did_you_mean("--ful", words) == "did you mean \"--full\"?");
  CHECK(did_you_mean("full", words) == "did you mean \"--full\"?");
  CHECK(did_you_mean("--pa", words) == "did you mean \"--path\"?");
  CHECK(did_you_mean("--pat", words) == "did you mean \"--path\"?");
  CHECK(did_you_mean("ls", words).empty());
  CHECK(did_you_mean("", words).empty());
}

TEST_CASE("base64 gives back what it was given", "[sdk][text]") {
  const std::string bytes = GENERATE("", "a", "ab", "abc", "\xff\x00 \x01");
  std::string back;
  CHECK(from_base64(to_base64(bytes), back));
  CHECK(back == bytes);
  CHECK(to_base64("ab") == "YWI=");
  CHECK_FALSE(from_base64("YWI", back));
  CHECK_FALSE(from_base64("Y=I=", back));
}
