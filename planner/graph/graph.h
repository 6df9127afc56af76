// An application as text, data or a picture: streamlets, topics and the wires between them.
#pragma once

#include <string>

#include "cloudflow/json.h"
#include "planner/application/application.h"

namespace cloudflow {

/// For a terminal: each streamlet after those it reads from, with where its outlets lead.
std::string graph_text(const Application& application);
/// For programs: docs/json.md.
Json graph_json(const Application& application);
/// For Graphviz.
std::string graph_dot(const Application& application);
/// For Markdown.
std::string graph_mermaid(const Application& application);
/// A drawing of its own: from left to right, readable on light and dark paper.
std::string graph_svg(const Application& application);

}  // namespace cloudflow
