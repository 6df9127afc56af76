// Places the nodes of a graph in layers from left to right.
#pragma once

#include <string>
#include <vector>

#include "planner/application/application.h"

namespace cloudflow {

/// A streamlet or a topic.
struct GraphNode {
  std::string label{};
  std::string detail{};  ///< second line; may be empty
  bool topic = false;
  int layer = 0;  ///< column
  int row = 0;    ///< in its column
};

struct GraphEdge {
  std::size_t from = 0;
  std::size_t to = 0;
  std::string port{};
  std::vector<int> bends{};  ///< rows that it passes through in the columns between its ends
};

/// Streamlets first, then topics, both by name; edges in order of their ends.
struct Graph {
  std::vector<GraphNode> nodes{};
  std::vector<GraphEdge> edges{};
  std::size_t streamlets = 0;  ///< how many of the nodes are streamlets
};

/// Nodes and edges, with layers: everything stands right of what it reads from, except where the wires form a circle.
Graph graph_of(const Application& application);

/// Gives every node its row and every long edge to the right its bends, so that few edges cross.
void arrange(Graph& graph);

}  // namespace cloudflow
