// The parts of a tar file: POSIX.1-2001 (pax), with its extended headers only where the old ones have no room.
#include "sdk/image/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace cloudflow {
namespace {

constexpr std::size_t block = 512;
constexpr std::size_t longest_name = 100;
constexpr long long largest_size = 077777777777;

void put(std::string& header, std::size_t at, std::string_view text) { header.replace(at, text.size(), text); }

std::string header_of(std::string_view name, char type, unsigned mode, long long size, long long time,
                      std::string_view target) {
  std::string out(block, '\0');
  put(out, 0, name.substr(0, longest_name));
  put(out, 100, fmt::format("{:07o}", mode));
  put(out, 108, "0000000");  // root
  put(out, 116, "0000000");
  put(out, 124, fmt::format("{:011o}", std::min(size, largest_size)));
  put(out, 136, fmt::format("{:011o}", time));
  put(out, 148, "        ");
  out[156] = type;
  put(out, 157, target.substr(0, longest_name));
  put(out, 257, std::string_view("ustar\00000", 8));
  put(out, 329, "0000000");
  put(out, 337, "0000000");
  unsigned sum = 0;
  for (const char c : out) sum += static_cast<unsigned char>(c);
  put(out, 148, fmt::format("{:06o}", sum));
  out[154] = '\0';
  return out;
}

/// "LENGTH key=value\n", where the length counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + fmt::formatted_size("{}", rest);
  length = rest + fmt::formatted_size("{}", length);
  return fmt::format("{} {}={}\n", length, key, value);
}

bool fits(std::string_view name) {
  return name.size() <= longest_name && std::ranges::all_of(name, [](char c) { return c > 0; });
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
  const bool is_folder = entry.kind == TarEntry::Kind::folder;
  const std::string name = is_folder && !entry.path.ends_with('/') ? entry.path + "/" : entry.path;
  const long long size = entry.kind == TarEntry::Kind::file ? entry.size : 0;
  std::string extended;
  if (!fits(name)) extended += pax_record("path", name);
  if (!fits(entry.target)) extended += pax_record("linkpath", entry.target);
  if (size > largest_size) extended += pax_record("size", fmt::format("{}", size));
  std::string out;
  if (!extended.empty()) {
    const auto length = static_cast<long long>(extended.size());
    out = header_of("pax", 'x', 0644, length, 0, "") + extended + tar_padding(length);
  }
  const char type = is_folder ? '5' : entry.kind == TarEntry::Kind::link ? '2' : '0';
  return out + header_of(name, type, entry.mode, size, entry.time, entry.target);
}

std::string tar_padding(long long size) {
  const auto over = static_cast<std::size_t>(size) % block;
  return std::string(over == 0 ? 0 : block - over, '\0');
}

std::string tar_end() { return std::string(2 * block, '\0'); }

}  // namespace cloudflow
