// What we compress, others unpack; and it is the same however it came.
#include "sdk/image/deflate.h"

#include <zlib.h>

#include <catch2/catch_all.hpp>

#include "sdk/support/digest.h"
#include "sdk/support/process.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

std::string gzip_of(const std::string& text, std::size_t step) {
  std::string out;
  GzipWriter writer([&out](std::string_view bytes) { out += bytes; });
  for (std::size_t at = 0; at < text.size(); at += step) writer.add(std::string_view(text).substr(at, step));
  writer.finish();
  return out;
}

/// Half of it repeats what came before, half of it does not.
std::string text_of_size(std::size_t size) {
  std::string out;
  unsigned number = 1;
  while (out.size() < size) {
    number = number * 1664525U + 1013904223U;
    out += (number >> 31U) == 0 ? std::string("the same words again and again, ") : std::to_string(number);
  }
  out.resize(size);
  return out;
}

}  // namespace

TEST_CASE("gzip unpacks what was compressed, whatever its size", "[image]") {
  constexpr std::size_t mega = 1U << 20U;
  const std::size_t size = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{mega - 1}, std::size_t{mega},
                                    std::size_t{mega + 1}, std::size_t{2 * mega}, std::size_t{9 * mega + 5});
  CAPTURE(size);
  const std::string text = text_of_size(size);
  const std::string packed = gzip_of(text, 100'000);
  const TempFolder folder;
  const auto ran = run_process({.command = {"gzip", "-dc", folder.write("x.gz", packed)}}, {});
  REQUIRE(ran);
  CHECK(ran->errors.empty());
  CHECK(ran->status == 0);
  CHECK(sha256_hex(ran->output) == sha256_hex(text));
  CHECK(packed.substr(0, 10) == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
  // However it came.
  CHECK(sha256_hex(gzip_of(text, 7 * mega)) == sha256_hex(packed));
}

TEST_CASE("pieces know what came before them", "[image]") {
  const std::string text = text_of_size(8U << 20U);
  const std::string packed = gzip_of(text, text.size());
  std::string whole(compressBound(text.size()), '\0');
  uLongf size = whole.size();
  compress2(reinterpret_cast<Bytef*>(whole.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size(), 6);
  CHECK(packed.size() < size + size / 100);
}
