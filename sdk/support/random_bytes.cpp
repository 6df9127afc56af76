// Bytes that nobody can guess.
#include "sdk/support/random_bytes.h"

#include <random>

namespace cloudflow {

std::string random_bytes(std::size_t count) {
  std::random_device random;
  std::string out;
  while (out.size() < count) out.push_back(static_cast<char>(random() & 0xffU));
  return out;
}

}  // namespace cloudflow
