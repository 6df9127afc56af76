// A broker that goes away while it is asked.
#include <catch2/catch_all.hpp>
#include <chrono>
#include <ctime>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {

TEST_CASE("waiting for a broker that is gone takes little processor time", "[servers][alone][slow]") {
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  REQUIRE(bed);
  const auto admin = LibrdkafkaAdmin::open("default", (*bed)->bootstrap(), *client_properties({}));
  REQUIRE(admin);
  REQUIRE((*admin)->cluster({}));
  (*bed)->stop_broker();
  const std::vector<std::string> topics{"calls"};
  CHECK_FALSE((*admin)->describe_configs(topics, {}));  // finds it gone
  const std::clock_t begun = std::clock();
  const auto since = std::chrono::steady_clock::now();
  CHECK_FALSE((*admin)->describe_configs(topics, {}));
  const double busy = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - since;
  CAPTURE(busy, waited.count());
  CHECK(waited.count() > 1);
  CHECK(busy < waited.count() / 5);
}

}  // namespace cloudflow::testing
