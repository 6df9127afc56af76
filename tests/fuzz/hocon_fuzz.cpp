// Any bytes as configuration: read, resolved, printed and read again without a crash, a hang or another meaning.
#include <cstdint>
#include <cstdlib>

#include "planner/config/print_config.h"
#include "planner/config/read_config.h"
#include "planner/config/units.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;

namespace {

std::optional<std::string> environment(std::string_view name) { return name == "HOME" ? std::optional<std::string>("/home") : std::nullopt; }

/// What was read without a mistake must survive printing.
void check_round_trip(const ConfigValue& value) {
  Diagnostics problems;
  const ConfigValue again = read_hocon_text(print_json(value, true), "again", {}, problems);
  if (problems.has_errors() || again.to_json_text() != value.to_json_text()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  Diagnostics problems;
  switch (data[0] % 4) {
    case 0: {
      const ConfigValue value = read_hocon_text(text, "fuzz.conf", {}, problems);
      if (!problems.has_errors() && size < 2000) check_round_trip(value);
      break;
    }
    case 1: {
      const ConfigValue value = parse_yaml(text, "fuzz.yaml", problems);
      value.to_json_text();
      break;
    }
    case 2: {
      // The first half includes the second, by any name.
      const testing::MemoryTree tree({{"a.conf", text.substr(0, text.size() / 2)}, {"b.conf", text.substr(text.size() / 2)}, {"c.yaml", text}});
      const std::vector<std::string> paths = {"a.conf", "b.conf", "c.yaml"};
      read_config(tree, paths, environment, problems).to_json_text();
      break;
    }
    default:
      static_cast<void>(parse_duration(text));
      static_cast<void>(parse_size(text));
      static_cast<void>(parse_period(text));
      parse_hocon(text, "fuzz.conf", problems);
  }
  return 0;
}
