// Keys and values as people read them.
#include "cli/sandbox/record_text.h"

#include <catch2/catch_all.hpp>
#include <random>

using namespace cloudflow;

TEST_CASE("bytes become text and the same bytes again", "[sandbox]") {
  CHECK(text_of_bytes("a b") == "a b");
  CHECK(text_of_bytes("\x01\xFF") == "0x01ff");
  CHECK(bytes_of_text("0x01ff") == "\x01\xFF");
  CHECK(bytes_of_text("0x4142") == "0x4142");  // text that looks so
  CHECK(bytes_of_text("0x1") == "0x1");
  CHECK(bytes_of_text("0xzz") == "0xzz");
  std::mt19937 random(3);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes;
    for (std::size_t n = random() % 6; n > 0; --n)
      bytes += static_cast<char>(random() % 2 == 0 ? random() : 'a' + random() % 6);
    if (random() % 4 == 0) bytes.insert(0, "0x");
    CHECK(bytes_of_text(text_of_bytes(bytes)) == bytes);
  }
}
