// Printed configuration: its form, and that it reads back as the same tree.
#include <catch2/catch_all.hpp>
#include <random>

#include "planner/config/print_config.h"
#include "planner/config/read_config.h"
#include "tests/planner/config/mistakes.h"

using namespace cloudflow;

namespace {

ConfigValue sample() {
  Diagnostics problems;
  const auto environment = [](std::string_view name) {
    return name == "PASSWORD" ? std::optional<std::string>("hunter2") : std::nullopt;
  };
  return read_hocon_text(
      "cloudflow {\n  topics { orders { partitions = 6, retention.ms = 3600000 } }\n  empty {}\n}\n\"a.b\" = [x, 1.50, "
      "null]\npassword = ${PASSWORD}\n",
      "prod.conf", environment, problems);
}

class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}
  ConfigValue value(int depth) {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0:
        return ConfigValue::null({});
      case 1:
        return ConfigValue::boolean(below(2) == 0);
      case 2:
        return ConfigValue::number(below(1000000) - 500000);
      case 3:
        return ConfigValue::number(std::to_string(below(100)) + "." + std::to_string(below(100)));
      case 4:
        return ConfigValue::string(text());
      case 5: {
        ConfigValue::List items;
        for (int i = below(4); i > 0; --i) items.push_back(value(depth - 1));
        return ConfigValue::list(std::move(items));
      }
      default:
        return object(depth - 1);
    }
  }
  ConfigValue object(int depth) {
    ConfigValue::Object members;
    for (int i = below(5); i > 0; --i) members.insert_or_assign(text(), value(depth));
    return ConfigValue::object(std::move(members));
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  std::string text() {
    static const std::vector<std::string> pieces = {"a",  "b1",   ".", " ",  "\"", "\\",     "\n",      "\t",
                                                    "$",  "${x}", "ä", "😀", "//", "#",      "include", "true",
                                                    "-1", "\x01", "=", "}",  "'",  "\"\"\"", "\x7f"};
    std::string out;
    for (int i = below(5); i > 0; --i) out += pieces[random_() % pieces.size()];
    return out;
  }
  std::mt19937 random_;
};

ConfigValue parsed(const std::string& text) {
  Diagnostics problems;
  ConfigValue value = read_hocon_text(text, "printed", {}, problems);
  CHECK(testing::mistakes(problems).empty());
  return value;
}

}  // namespace

TEST_CASE("configuration prints as JSON with its origins", "[config][print]") {
  CHECK(print_json(sample(), true) == R"~({
  "a.b": [
    "x",                  # prod.conf:5:10
    1.50,                 # prod.conf:5:13
    null                  # prod.conf:5:19
  ],
  "cloudflow": {
    "empty": {},          # prod.conf:3:9
    "topics": {
      "orders": {
        "partitions": 6,  # prod.conf:2:34
        "retention": {
          "ms": 3600000   # prod.conf:2:52
        }
      }
    }
  },
  "password": "(secret)"  # prod.conf:6:12
}
)~");
}

TEST_CASE("configuration prints one value a line", "[config][print]") {
  CHECK(print_flat(sample(), false) == R"~("a.b".0 = "x"
"a.b".1 = 1.50
"a.b".2 = null
cloudflow.empty = {}
cloudflow.topics.orders.partitions = 6
cloudflow.topics.orders.retention.ms = 3600000
password = "(secret)"
)~");
  CHECK(print_flat(sample(), true)
            .starts_with("\"a.b\".0 = \"x\"                                     # prod.conf:5:10\n"));
}

TEST_CASE("printed configuration reads back as the same tree", "[config][print][property]") {
  for (unsigned seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    const ConfigValue value = Random(seed).object(4);
    const std::string text = print_json(value, true);
    CAPTURE(text);
    REQUIRE(parsed(text) == value);
    REQUIRE(parsed(value.to_json_text()) == value);
    REQUIRE(value.to_json() == Json::parse(value.to_json_text()));
  }
}
