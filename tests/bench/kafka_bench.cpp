// What the broker itself needs to show topics: Metadata and DescribeConfigs, nothing else. kafka_bench SERVERS COUNT
// PREFIX PREFIX
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "providers/kafka/admin/librdkafka_admin.h"

int main(int argc, char** argv) {
  using namespace cloudflow;
  if (argc != 4) return fmt::print(stderr, "kafka_bench SERVERS COUNT PREFIX\n"), 1;
  const auto admin = LibrdkafkaAdmin::open("default", argv[1], ClientProperties{});
  if (!admin) return fmt::print(stderr, "{}\n", admin.error().message), 1;
  std::vector<std::string> names;
  for (int i = 0; i < std::atoi(argv[2]); ++i) names.push_back(fmt::format("{}{:05}", argv[3], i));
  const auto cluster = (*admin)->cluster({});
  const auto topics = (*admin)->describe_topics(names, std::nullopt, {});
  const auto configs = (*admin)->describe_configs(names, {});
  std::size_t found = 0;
  for (std::size_t i = 0; i < names.size(); ++i) found += topics && configs && topics->at(i) && configs->at(i) ? 1 : 0;
  fmt::print("{} of {} topics\n", found, names.size());
  return cluster && found == names.size() ? 0 : 1;
}
