// An application as text, as JSON, for Graphviz and for Markdown.
#include "planner/graph/graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/graph/graph_layout.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string topic_text(const Topic& topic) { return topic.cluster.empty() ? topic.id : topic.id + "@" + topic.cluster; }

std::string readers_of(const Topic& topic) {
  return topic.consumers.empty() ? "" : " → " + join(topic.consumers, ", ");
}

/// Streamlets by how far right they stand, then by name.
std::vector<const Streamlet*> in_order(const Application& application) {
  const Graph graph = graph_of(application);
  std::vector<std::pair<int, const Streamlet*>> ranked;
  for (std::size_t i = 0; i < graph.streamlets; ++i)
    ranked.emplace_back(graph.nodes[i].layer, &application.streamlets[i]);
  std::ranges::stable_sort(ranked, {}, &std::pair<int, const Streamlet*>::first);
  std::vector<const Streamlet*> out;
  for (const auto& [layer, streamlet] : ranked) out.push_back(streamlet);
  return out;
}

std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '"' ? std::string("#quot;") : std::string(1, c);
  return out;
}

std::string node_id(const Graph& graph, std::size_t index) {
  return index < graph.streamlets ? fmt::format("s{}", index) : fmt::format("t{}", index - graph.streamlets);
}

}  // namespace

std::string graph_text(const Application& application) {
  std::string out =
      fmt::format("{}{}: {}, {}\n", application.id, application.version.empty() ? "" : " " + application.version,
                  counted(static_cast<long long>(application.streamlets.size()), "streamlet"),
                  counted(static_cast<long long>(application.topics.size()), "topic"));
  for (const Topic& topic : application.topics) {
    if (topic.producers.empty()) out += fmt::format("\n(outside)\n  {}{}\n", topic_text(topic), readers_of(topic));
  }
  for (const Streamlet* streamlet : in_order(application)) {
    out +=
        fmt::format("\n{} ({}{}{})\n", streamlet->name, streamlet->runtime, streamlet->container_port ? ", server" : "",
                    streamlet->replicas ? fmt::format(", {}", counted(*streamlet->replicas, "replica")) : "");
    std::size_t width = 0;
    for (const Port& port : streamlet->descriptor.outlets) width = std::max(width, port.name.size());
    for (const Port& port : streamlet->descriptor.outlets) {
      const auto mapping = streamlet->ports.find(port.name);
      const Topic* topic = mapping == streamlet->ports.end() ? nullptr : application.topic(mapping->second.topic);
      if (topic != nullptr)
        out += fmt::format("  {:<{}} → {}{}\n", port.name, width, topic_text(*topic), readers_of(*topic));
    }
  }
  return out;
}

Json graph_json(const Application& application) {
  Json streamlets = Json::array();
  for (const Streamlet* streamlet : in_order(application)) {
    Json wires = Json::object();
    for (const auto& [port, mapping] : streamlet->ports) wires[port] = mapping.topic;
    streamlets.push_back({{"name", streamlet->name},
                          {"runtime", streamlet->runtime},
                          {"class", streamlet->class_name},
                          {"image", streamlet->image},
                          {"server", streamlet->container_port.has_value()},
                          {"replicas", streamlet->replicas ? Json(*streamlet->replicas) : Json()},
                          {"topic_of_port", std::move(wires)}});
  }
  Json topics = Json::array();
  for (const Topic& topic : application.topics) {
    topics.push_back({{"id", topic.id},
                      {"cluster", topic.cluster.empty() ? Json() : Json(topic.cluster)},
                      {"producers", topic.producers},
                      {"consumers", topic.consumers}});
  }
  return {{"format_version", "1.0"},
          {"application", application.id},
          {"version", application.version},
          {"streamlets", std::move(streamlets)},
          {"topics", std::move(topics)}};
}

std::string graph_dot(const Application& application) {
  const Graph graph = graph_of(application);
  std::string out =
      fmt::format("digraph {} {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n", quote(application.id));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    const std::string label = node.detail.empty() ? quote(node.label) : quote(node.label + "\n" + node.detail);
    out += fmt::format("  {} [label={}, shape={}];\n", node_id(graph, i), label, node.topic ? "ellipse" : "box");
  }
  for (const GraphEdge& edge : graph.edges) {
    out +=
        fmt::format("  {} -> {} [label={}];\n", node_id(graph, edge.from), node_id(graph, edge.to), quote(edge.port));
  }
  return out + "}\n";
}

std::string graph_mermaid(const Application& application) {
  const Graph graph = graph_of(application);
  std::string out = "flowchart LR\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    const std::string label =
        mermaid_text(node.label) + (node.detail.empty() ? "" : "<br>" + mermaid_text(node.detail));
    out += fmt::format("  {}{}\"{}\"{}\n", node_id(graph, i), node.topic ? "([" : "[", label, node.topic ? "])" : "]");
  }
  for (const GraphEdge& edge : graph.edges) {
    out += fmt::format("  {} -->|\"{}\"| {}\n", node_id(graph, edge.from), mermaid_text(edge.port),
                       node_id(graph, edge.to));
  }
  return out;
}

}  // namespace cloudflow
