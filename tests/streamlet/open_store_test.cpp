// Changes over what is on disk, against a map.
#include "sdk/streamlet/open_store.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <random>

#include "tests/support/temp_folder.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

std::unique_ptr<Database> database_in(const TempFolder& folder) {
  auto opened = open_rocksdb(folder.path("db"), 16 << 20);
  REQUIRE(opened);
  return *std::move(opened);
}

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries entries(const StorePartition& store, const std::string& from, const std::optional<std::string>& to,
                std::size_t most) {
  Entries out;
  store.scan(from, to, [&](std::string_view key, std::string_view value) {
    out.emplace_back(key, value);
    return out.size() < most;
  });
  return out;
}

}  // namespace

TEST_CASE("a store over its changes reads as a map would, whatever is kept or dropped") {
  const TempFolder folder;
  OpenStore store("log", database_in(folder));
  std::mt19937 random(Catch::rngSeed());
  const auto any = [&](unsigned count) { return random() % count; };
  const auto any_key = [&] { return fmt::format("{}", any(40)); };
  std::map<std::string, std::string> kept;
  std::map<std::string, std::string> now;
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = any_key();
    switch (any(8)) {
      case 0:
        store.put(key, std::nullopt);
        now.erase(key);
        break;
      case 1:
        if (any(20) == 0) {
          store.keep();
          kept = now;
        } else if (any(20) == 0) {
          store.drop();
          now = kept;
        }
        break;
      case 2: {
        const std::optional<std::string> to = any(4) == 0 ? std::nullopt : std::optional(any_key());
        const std::size_t most = 1 + any(10);
        Entries wanted;
        for (auto at = now.lower_bound(key); at != now.end() && (!to || at->first <= *to) && wanted.size() < most; ++at)
          wanted.emplace_back(*at);
        REQUIRE(entries(store, key, to, most) == wanted);
        break;
      }
      case 3: {
        const auto known = now.find(key);
        REQUIRE(store.get(key) == (known == now.end() ? std::nullopt : std::optional(known->second)));
        break;
      }
      default:
        now[key] = fmt::format("value {}", step);
        store.put(key, now[key]);
    }
  }
}

TEST_CASE("changes are sent once for each key, and kept with the offset up to which they arrived") {
  const TempFolder folder;
  {
    OpenStore store("log", database_in(folder));
    store.put("a", "1");
    store.put("a", "2");
    store.put("b", std::nullopt);
    std::vector<std::string> sent;
    store.send(3, [&](const std::string& topic, int partition, const Message& message, void* ticket) {
      sent.push_back(
          fmt::format("{} {} {} {} {}", topic, partition, *message.key, message.value, message.is_tombstone));
      CHECK(ticket == &store);
    });
    CHECK(sent == std::vector<std::string>{"log 3 a 2 false", "log 3 b  true"});
    store.arrived(7);
    store.keep();
    CHECK(store.bytes() == 0);
  }
  const auto database = database_in(folder);
  CHECK(Mark::of(database->mark()).next == 8);
  CHECK(database->get("a") == "2");
}

TEST_CASE("state is of use while the changelog goes on from it, and was not compacted meanwhile") {
  const Mark mark = Mark::of(Mark::text(8));
  CHECK(mark.fits({.first = 8, .end = 8}));
  CHECK(mark.fits({.first = 0, .end = 20}));
  CHECK_FALSE(mark.fits({.first = 9, .end = 20}));  // something between is gone
  CHECK_FALSE(mark.fits({.first = 0, .end = 7}));   // it is another topic
  CHECK_FALSE(Mark{.next = 8, .time = mark.time - 13 * 3600 * 1000}.fits({.first = 0, .end = 20}));
  CHECK_FALSE(Mark::of("").fits({.first = 0, .end = 20}));
}

}  // namespace cloudflow::testing
