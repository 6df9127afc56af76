// The drawing of a graph inside a page, which styles it and says something of its nodes.
#pragma once

#include <string>
#include <vector>

#include "planner/graph/graph_layout.h"

namespace cloudflow {

/// What a page says of a streamlet or a topic.
struct NodeMark {
  std::string kind{};   ///< a class of its drawing: "create"
  std::string sign{};   ///< in a corner of it: "+"; may be empty
  std::string link{};   ///< where it leads in the page: "#c3"; empty: nowhere
  std::string label{};  ///< for whoever cannot see it: "streamlet ingress: 3 changes"
};

/// An arranged graph with a mark for each of its nodes, in their order. It has no style of its own, and the class
/// "shrinks" where it can still be read when a page makes it somewhat smaller.
std::string marked_graph_svg(const Graph& graph, const std::vector<NodeMark>& marks, const std::string& title);

}  // namespace cloudflow
