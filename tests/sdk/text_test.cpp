#include "sdk/base/text.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

TEST_CASE("a misspelled word gets the closest known one", "[sdk][text]") {
  const std::vector<std::string> known = {"partitions", "replicas", "managed"};
  CHECK(did_you_mean("partition", known) == "did you mean \"partitions\"?");
  CHECK(did_you_mean("replcias", known) == "did you mean \"replicas\"?");
  CHECK(did_you_mean("retention", known).empty());
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
