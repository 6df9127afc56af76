// Places the nodes of a graph in layers from left to right.
#include "planner/graph/graph_layout.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace cloudflow {
namespace {

std::string detail_of(const Streamlet& streamlet) {
  return streamlet.container_port ? streamlet.runtime + ", server" : streamlet.runtime;
}

/// Marks the edges that close a circle: those that lead back to a node on the way from the start.
std::vector<bool> closing_edges(const Graph& graph) {
  enum class State { unseen, open, done };
  std::vector<std::vector<std::size_t>> out(graph.nodes.size());
  for (std::size_t i = 0; i < graph.edges.size(); ++i) out[graph.edges[i].from].push_back(i);
  std::vector<State> state(graph.nodes.size(), State::unseen);
  std::vector<bool> closing(graph.edges.size(), false);
  struct Visit {
    std::size_t node = 0;
    std::size_t next = 0;
  };
  // From where nothing comes in first: a circle is then closed by the edge that leads back to its entrance.
  std::vector<bool> entered(graph.nodes.size(), false);
  for (const GraphEdge& edge : graph.edges) entered[edge.to] = true;
  std::vector<std::size_t> starts(graph.nodes.size());
  std::iota(starts.begin(), starts.end(), std::size_t{0});
  std::ranges::stable_partition(starts, [&](std::size_t node) { return !entered[node]; });
  for (const std::size_t start : starts) {
    if (state[start] != State::unseen) continue;
    std::vector<Visit> way{{start, 0}};
    state[start] = State::open;
    while (!way.empty()) {
      Visit& visit = way.back();
      if (visit.next == out[visit.node].size()) {
        state[visit.node] = State::done;
        way.pop_back();
        continue;
      }
      const std::size_t edge = out[visit.node][visit.next++];
      const std::size_t to = graph.edges[edge].to;
      closing[edge] = state[to] == State::open;
      if (state[to] != State::unseen) continue;
      state[to] = State::open;
      way.push_back({to, 0});
    }
  }
  return closing;
}

/// The longest way from the left, without the edges that close a circle.
void assign_layers(Graph& graph) {
  const std::vector<bool> closing = closing_edges(graph);
  bool moved = true;
  for (std::size_t round = 0; moved && round <= graph.nodes.size(); ++round) {
    moved = false;
    for (std::size_t i = 0; i < graph.edges.size(); ++i) {
      if (closing[i]) continue;
      GraphNode& to = graph.nodes[graph.edges[i].to];
      const int wanted = graph.nodes[graph.edges[i].from].layer + 1;
      if (to.layer >= wanted) continue;
      to.layer = wanted;
      moved = true;
    }
  }
}

/// A place in a column: a node, or where a long edge passes.
struct Slot {
  std::size_t node = 0;
  std::size_t edge = 0;
  bool passes = false;
  double weight = 0;
  std::vector<std::size_t> left{};  ///< slots of the column before
  std::vector<std::size_t> right{};
};

using Columns = std::vector<std::vector<std::size_t>>;

struct Arrangement {
  std::vector<Slot> slots{};
  Columns columns{};
};

Arrangement slots_of(const Graph& graph) {
  Arrangement out;
  int last = 0;
  for (const GraphNode& node : graph.nodes) last = std::max(last, node.layer);
  out.columns.resize(static_cast<std::size_t>(last) + 1);
  const auto add = [&](Slot slot, int layer) {
    out.slots.push_back(std::move(slot));
    out.columns[static_cast<std::size_t>(layer)].push_back(out.slots.size() - 1);
    return out.slots.size() - 1;
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) add({.node = i}, graph.nodes[i].layer);
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const std::size_t before = graph.edges[i].from;
    const std::size_t after = graph.edges[i].to;
    if (graph.nodes[before].layer >= graph.nodes[after].layer) continue;  // leads back: drawn below everything
    std::size_t at = before;
    for (int layer = graph.nodes[before].layer + 1; layer < graph.nodes[after].layer; ++layer) {
      const std::size_t next = add({.edge = i, .passes = true}, layer);
      out.slots[at].right.push_back(next);
      out.slots[next].left.push_back(at);
      at = next;
    }
    out.slots[at].right.push_back(after);
    out.slots[after].left.push_back(at);
  }
  return out;
}

/// Orders a column by the mean row of the neighbours on one side.
void order_column(Arrangement& all, std::vector<std::size_t>& column, bool by_left, const std::vector<int>& rows) {
  for (std::size_t row = 0; row < column.size(); ++row) {
    Slot& slot = all.slots[column[row]];
    const std::vector<std::size_t>& neighbours = by_left ? slot.left : slot.right;
    slot.weight = static_cast<double>(row);
    if (neighbours.empty()) continue;
    double sum = 0;
    for (const std::size_t neighbour : neighbours) sum += rows[neighbour];
    slot.weight = sum / static_cast<double>(neighbours.size());
  }
  std::ranges::stable_sort(column, {}, [&](std::size_t slot) { return all.slots[slot].weight; });
}

}  // namespace

Graph graph_of(const Application& application) {
  Graph out;
  std::map<std::string, std::size_t> streamlets;
  std::map<std::string, std::size_t> topics;
  for (const Streamlet& streamlet : application.streamlets) {
    streamlets[streamlet.name] = out.nodes.size();
    out.nodes.push_back({.label = streamlet.name, .detail = detail_of(streamlet)});
  }
  out.streamlets = out.nodes.size();
  for (const Topic& topic : application.topics) {
    topics[topic.id] = out.nodes.size();
    out.nodes.push_back({.label = topic.id, .detail = topic.cluster, .topic = true});
  }
  for (const Streamlet& streamlet : application.streamlets) {
    for (const auto& [port, mapping] : streamlet.ports) {
      const auto topic = topics.find(mapping.topic);
      if (topic == topics.end()) continue;
      const std::size_t here = streamlets[streamlet.name];
      const bool writes = streamlet.descriptor.outlet(port) != nullptr;
      out.edges.push_back({.from = writes ? here : topic->second, .to = writes ? topic->second : here, .port = port});
    }
  }
  std::ranges::stable_sort(out.edges, {}, [](const GraphEdge& edge) { return std::pair(edge.from, edge.to); });
  assign_layers(out);
  return out;
}

void arrange(Graph& graph) {
  if (graph.nodes.empty()) return;
  constexpr int rounds = 8;
  Arrangement all = slots_of(graph);
  std::vector<int> rows(all.slots.size());
  const auto number = [&](const std::vector<std::size_t>& column) {
    for (std::size_t row = 0; row < column.size(); ++row) rows[column[row]] = static_cast<int>(row);
  };
  for (const auto& column : all.columns) number(column);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < all.columns.size(); ++i) {
      const bool rightward = round % 2 == 0;
      auto& column = all.columns[rightward ? i : all.columns.size() - 1 - i];
      order_column(all, column, rightward, rows);
      number(column);
    }
  }
  for (std::size_t i = 0; i < all.slots.size(); ++i) {
    if (all.slots[i].passes) {
      graph.edges[all.slots[i].edge].bends.push_back(rows[i]);
    } else {
      graph.nodes[all.slots[i].node].row = rows[i];
    }
  }
}

}  // namespace cloudflow
