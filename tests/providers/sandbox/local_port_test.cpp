// Ports that only one sandbox takes.
#include "providers/sandbox/local_port.h"

#include <catch2/catch_all.hpp>
#include <set>
#include <vector>

#include "sdk/support/parallel.h"

using namespace cloudflow;

TEST_CASE("a port is taken by one, though nobody listens on it, until it goes", "[sandbox]") {
  int number = 0;
  {
    std::optional<LocalPort> port = LocalPort::take_any();
    REQUIRE(port);
    number = port->number();
    CHECK(is_port_free(number));
    CHECK_FALSE(LocalPort::take(number));
    const std::optional<LocalPort> next = LocalPort::take_from(number, 50);
    REQUIRE(next);
    CHECK(next->number() > number);
    const LocalPort moved = *std::move(port);
    CHECK_FALSE(LocalPort::take(number));
  }
  CHECK(LocalPort::take(number));
}

TEST_CASE("many that ask at once get different ports", "[sandbox]") {
  std::vector<std::optional<LocalPort>> ports(40);
  const int first = LocalPort::take_any()->number();
  parallel_for(ports.size(), 8, [&](std::size_t i) { ports[i] = LocalPort::take_from(first, 1000); });
  std::set<int> numbers;
  for (const auto& port : ports) {
    REQUIRE(port);
    numbers.insert(port->number());
  }
  CHECK(numbers.size() == ports.size());
}
