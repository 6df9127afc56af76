// Names that Kubernetes takes.
#include "planner/project/names.h"

#include <catch2/catch_all.hpp>

namespace cloudflow {
namespace {

struct Row {
  std::string from;
  std::string to;
};

TEST_CASE("an application's id is the label form of its name", "[model][names]") {
  const auto row = GENERATE(values<Row>({
      {"call-records", "call-records"},
      {"Call_Records.App", "call-records-app"},
      {"-a-", "a"},
      {"--a--", "-a-"},
      {"Ärger Größe", "argergroe"},
      {"ﬁnance½", "finance12"},
      {"Việt", "viet"},
      {"ＡＢＣ１", "abc1"},
      {"漢字", ""},
      {std::string(70, 'x'), std::string(63, 'x')},
      {std::string(62, 'x') + "-y", std::string(62, 'x')},
  }));
  CHECK(label_form(row.from) == row.to);
}

TEST_CASE("a secret's name is the subdomain form", "[model][names]") {
  const auto row = GENERATE(values<Row>({
      {"aggregator", "aggregator"},
      {"a_b.C-", "a-b.c"},
      {"-a-.-b-", "a.b"},
      {"a.", "a"},
      {std::string(300, 'x'), std::string(253, 'x')},
  }));
  CHECK(subdomain_form(row.from) == row.to);
}

TEST_CASE("pods and services are named after application and streamlet", "[model][names]") {
  CHECK(pod_name("call-records", "cdr-ingress") == "call-records-cdr-ingress");
  CHECK(pod_name("app", "-x-") == "app--x");
  CHECK(pod_name(std::string(40, 'a'), std::string(40, 'b')) == std::string(40, 'a') + "-" + std::string(22, 'b'));
  CHECK(service_name("call-records", "cdr-ingress") == "call-records-cdr-ingress-service");
  CHECK(service_name(std::string(40, 'a'), std::string(40, 'b')) ==
        std::string(40, 'a') + "-" + std::string(14, 'b') + "-service");
  CHECK(operator_subdomain_form("topic-Call_Stats.1-") == "topic-call-stats.1");
}

TEST_CASE("any version becomes a label value", "[model][names]") {
  const auto row = GENERATE(values<Row>({
      {"1.4.0", "1.4.0"},
      {"1.4.0+build.7", "1.4.0-build.7"},
      {"_1 2_", "1-2"},
      {"+", ""},
      {"é1", "1"},
      {std::string(62, '1') + "++", std::string(62, '1')},
  }));
  CHECK(label_value(row.from) == row.to);
}

TEST_CASE("streamlet names follow the rules of Cloudflow 2", "[model][names]") {
  for (const char* good : {"a", "1-2", "ab--cd"}) CHECK(is_dns_label(good));
  for (const char* bad : {"", "A", "aBcd", "9B", "-ab", "ab-", "a_b", "a/b", "a+b"}) CHECK_FALSE(is_dns_label(bad));
}

}  // namespace
}  // namespace cloudflow
