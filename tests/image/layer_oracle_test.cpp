// Random trees come out of GNU tar as they went into a layer.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <fstream>
#include <iterator>
#include <random>

#include "sdk/image/layer.h"
#include "tests/image/reading.h"
#include "tests/support/random_search.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
namespace fs = std::filesystem;

namespace {

class RandomTree {
 public:
  explicit RandomTree(unsigned seed) : random_(seed) {}

  void make(const fs::path& folder, int depth) {
    fs::create_directories(folder);
    for (int n = number(1, 6); n > 0; --n) {
      const fs::path path = folder / name();
      if (fs::exists(fs::symlink_status(path))) continue;
      const int kind = number(0, 9);
      if (kind < 2 && depth > 0) {
        make(path, depth - 1);
      } else if (kind < 4) {
        fs::create_symlink(name() + "/" + name(), path);
      } else {
        std::ofstream(path, std::ios::binary) << std::string(static_cast<std::size_t>(number(0, 1600)), 'x');
        if (kind < 6) fs::permissions(path, fs::perms::owner_exec, fs::perm_options::add);
      }
    }
  }

 private:
  int number(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  std::string name() {
    static constexpr std::array<const char*, 12> parts = {"a", "Z",  ".x", " ", "ö", "漢",
                                                          "'", "\\", "\n", "-", "=", "\xff"};
    std::string out;
    for (int n = number(0, 9) == 0 ? number(60, 90) : number(1, 8); n > 0; --n)
      out += parts[static_cast<std::size_t>(number(0, static_cast<int>(parts.size()) - 1))];
    return out == "." || out == ".." ? "dot" : out.substr(0, 250);
  }

  std::mt19937 random_;
};

/// Everything in a folder, in words.
std::map<std::string, std::string> described(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    std::string& what = out[entry.path().lexically_relative(folder).string()];
    if (entry.is_symlink()) {
      what = "-> " + fs::read_symlink(entry.path()).string();
    } else if (entry.is_directory()) {
      what = "folder";
    } else {
      std::ifstream file(entry.path(), std::ios::binary);
      const bool runs = (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
      what = (runs ? "program " : "file ") + std::string{std::istreambuf_iterator<char>(file), {}};
    }
  }
  return out;
}

}  // namespace

TEST_CASE("GNU tar reads every layer", "[image][oracle]") {
  const RandomSearch search = random_search(60, 3000);
  for (int round = 0; round < search.rounds; ++round) {
    const unsigned seed = search.seed + static_cast<unsigned>(round);
    CAPTURE(seed);
    const TempFolder folder;
    RandomTree(seed).make(folder.path("in"), 4);
    LayerFiles files;
    REQUIRE(files.add_tree("/tree", folder.path("in")));
    const Result<Layout> layout = Layout::create(folder.path("layout"));
    REQUIRE(layout);
    const Result<Layer> layer = write_layer(files, {}, *layout, {});
    REQUIRE(layer);
    unpack(layout->path_of(layer->blob).string(), folder.path("out"));
    REQUIRE(described(folder.path("out/tree")) == described(folder.path("in")));
  }
}
