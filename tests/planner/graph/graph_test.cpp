// Applications as pictures.
#include "planner/graph/graph.h"

#include <catch2/catch_all.hpp>

#include "planner/graph/graph_layout.h"

namespace cloudflow {
namespace {

struct Wiring {
  std::string streamlet{};
  std::string port{};
  std::string topic{};
  bool writes = false;
};

Application application_of(const std::vector<Wiring>& wires) {
  Application out{.id = "calls", .version = "1.4.0"};
  std::map<std::string, Streamlet> streamlets;
  std::map<std::string, Topic> topics;
  for (const Wiring& wire : wires) {
    Streamlet& streamlet = streamlets[wire.streamlet];
    streamlet.name = wire.streamlet;
    streamlet.runtime = "akka";
    (wire.writes ? streamlet.descriptor.outlets : streamlet.descriptor.inlets).push_back({.name = wire.port});
    streamlet.ports[wire.port].topic = wire.topic;
    Topic& topic = topics[wire.topic];
    topic.id = wire.topic;
    (wire.writes ? topic.producers : topic.consumers).push_back(wire.streamlet + "." + wire.port);
  }
  for (auto& [name, streamlet] : streamlets) out.streamlets.push_back(streamlet);
  for (auto& [id, topic] : topics) out.topics.push_back(topic);
  return out;
}

Application calls() {
  Application out = application_of({{"ingress", "out", "raw", true},
                                    {"split", "in", "raw", false},
                                    {"split", "valid", "good", true},
                                    {"split", "bad", "errors", true},
                                    {"egress", "in", "good", false},
                                    {"egress", "rates", "rates", false}});
  out.streamlets[1].container_port = 3000;
  out.streamlets[2].replicas = 2;
  out.topics[2].cluster = "big";
  return out;
}

TEST_CASE("a program reads from a graph what is wired to what", "[model][graph]") {
  const Json graph = graph_json(calls());
  CHECK(graph.at("application") == "calls");
  REQUIRE(graph.at("streamlets").size() == 3);
  std::map<std::string, Json> streamlets;
  for (const Json& one : graph.at("streamlets")) streamlets[one.at("name")] = one;
  CHECK(streamlets.at("egress").at("topic_of_port") == Json{{"in", "good"}, {"rates", "rates"}});
  CHECK(streamlets.at("split").at("replicas") == 2);
  CHECK(streamlets.at("split").at("server") == false);
  CHECK(streamlets.at("ingress").at("server") == true);
  CHECK(streamlets.at("ingress").at("replicas") == nullptr);
  CHECK(graph.at("topics").at(1) ==
        Json{{"id", "good"}, {"cluster", nullptr}, {"producers", {"split.valid"}}, {"consumers", {"egress.in"}}});
  CHECK(graph.at("topics").at(2).at("cluster") == "big");
}

TEST_CASE("a graph reads from left to right in a terminal", "[model][graph]") {
  CHECK(graph_text(calls()) == R"(calls 1.4.0: 3 streamlets, 4 topics

(outside)
  rates@big → egress.rates

ingress (akka, server)
  out → raw → split.in

split (akka, 2 replicas)
  valid → good → egress.in
  bad   → errors

egress (akka)
)");
}

TEST_CASE("a graph for Graphviz", "[model][graph]") {
  Application application = application_of({{"a", "out", "t\"x", true}, {"b", "in", "t\"x", false}});
  CHECK(graph_dot(application) == R"(digraph "calls" {
  rankdir=LR;
  node [fontname="sans-serif"];
  s0 [label="a\nakka", shape=box];
  s1 [label="b\nakka", shape=box];
  t0 [label="t\"x", shape=ellipse];
  s0 -> t0 [label="out"];
  t0 -> s1 [label="in"];
}
)");
}

TEST_CASE("a graph for Markdown", "[model][graph]") {
  Application application = application_of({{"a", "out", "t\"x", true}, {"b", "in", "t\"x", false}});
  CHECK(graph_mermaid(application) == R"(flowchart LR
  s0["a<br>akka"]
  s1["b<br>akka"]
  t0(["t#quot;x"])
  s0 -->|"out"| t0
  t0 -->|"in"| s1
)");
}

TEST_CASE("what reads stands right of what writes, and circles end", "[model][graph]") {
  const Graph line = graph_of(calls());
  CHECK(line.nodes[1].layer == 0);  // ingress
  CHECK(line.nodes[2].layer == 2);  // split
  CHECK(line.nodes[0].layer == 4);  // egress
  Graph circle = graph_of(application_of(
      {{"a", "in", "y", false}, {"a", "out", "x", true}, {"b", "in", "x", false}, {"b", "out", "y", true}}));
  arrange(circle);
  CHECK(circle.nodes[0].layer == 0);
  CHECK(circle.nodes[1].layer == 2);
  CHECK(graph_svg(application_of({{"a", "in", "x", false}, {"a", "out", "x", true}})).ends_with("</svg>\n"));
  CHECK(graph_svg(Application{.id = "empty"}).ends_with("</svg>\n"));
}

TEST_CASE("nodes of a column stand on rows of their own, and long edges pass between them", "[model][graph]") {
  Graph graph = graph_of(calls());
  arrange(graph);
  std::set<std::pair<int, int>> places;
  for (const GraphNode& node : graph.nodes) CHECK(places.insert({node.layer, node.row}).second);
  // rates stands at the left and egress at the right: its edge passes three columns.
  const auto edge = std::ranges::find_if(graph.edges, [](const GraphEdge& one) { return one.port == "rates"; });
  REQUIRE(edge != graph.edges.end());
  REQUIRE(edge->bends.size() == 3);
  for (std::size_t i = 0; i < edge->bends.size(); ++i)
    CHECK(places.insert({static_cast<int>(i) + 1, edge->bends[i]}).second);
}

TEST_CASE("a drawing escapes what people wrote", "[model][graph]") {
  Application application = application_of({{"a", "out", "<t>&\"", true}});
  const std::string svg = graph_svg(application);
  CHECK(svg.find("&lt;t&gt;&amp;&quot;") != std::string::npos);
  CHECK(svg.find("<t>") == std::string::npos);
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
}

}  // namespace
}  // namespace cloudflow
