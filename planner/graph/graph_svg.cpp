// An application as a drawing.
#include "planner/graph/graph_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "planner/graph/graph.h"
#include "planner/graph/graph_layout.h"
#include "planner/pattern/pattern_class.h"

namespace cloudflow {
namespace {

constexpr int letter_width = 8;  // of the 13 px font, with room to spare
constexpr int node_height = 40;
constexpr int row_height = 64;
constexpr int column_gap = 90;
constexpr int margin = 20;
constexpr int title_height = 34;
constexpr int lane_height = 24;
constexpr int widest_shrunk = 1600;  // what is wider cannot be read any more when it is made to fit a page
// Where on a wire its port's name stands: far enough from the streamlet that wires are apart, off the middle where they
// cross.
constexpr double near_start = 0.4;
constexpr double near_end = 0.6;

std::string escaped_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    }
  }
  return out;
}

int text_width(const std::string& text) { return static_cast<int>(characters(text).size()) * letter_width; }

int node_width(const GraphNode& node) { return std::max({text_width(node.label), text_width(node.detail), 60}) + 24; }

bool leads_back(const Graph& graph, const GraphEdge& edge) {
  return graph.nodes[edge.from].layer >= graph.nodes[edge.to].layer;
}

/// Where columns begin and how wide they are.
struct Grid {
  std::vector<int> left{};
  std::vector<int> width{};
  int columns_end = 0;
  int rows = 0;
  int lanes = 0;  ///< edges that lead back

  explicit Grid(const Graph& graph) {
    int last = 0;
    for (const GraphNode& node : graph.nodes) last = std::max(last, node.layer);
    width.assign(static_cast<std::size_t>(last) + 1, 60);
    for (const GraphNode& node : graph.nodes) {
      int& column = width[static_cast<std::size_t>(node.layer)];
      column = std::max(column, node_width(node));
      rows = std::max(rows, node.row + 1);
    }
    for (const GraphEdge& edge : graph.edges) {
      for (const int row : edge.bends) rows = std::max(rows, row + 1);
    }
    lanes =
        static_cast<int>(std::ranges::count_if(graph.edges, [&](const GraphEdge& e) { return leads_back(graph, e); }));
    const int beside = lanes > 0 ? 20 : 0;  // room for the lanes' ends
    columns_end = margin + beside;
    for (const int column : width) {
      left.push_back(columns_end);
      columns_end += column + column_gap;
    }
    columns_end += beside - column_gap;
  }

  int start(int layer) const { return left[static_cast<std::size_t>(layer)]; }
  int centre(const GraphNode& node) const {
    return start(node.layer) + width[static_cast<std::size_t>(node.layer)] / 2;
  }
  int left_of(const GraphNode& node) const { return centre(node) - node_width(node) / 2; }
  int right_of(const GraphNode& node) const { return centre(node) + node_width(node) / 2; }
  int end(int layer) const { return start(layer) + width[static_cast<std::size_t>(layer)]; }
  int middle(int row) const { return title_height + margin + row * row_height + node_height / 2; }
};

struct Point {
  int x = 0;
  int y = 0;
};

/// How far the handles of a curve reach out from its ends.
int reach(Point from, Point to) { return std::max(30, std::abs(to.x - from.x) / 2); }

std::string curve(Point from, Point to) {
  const int bend = reach(from, to);
  return fmt::format(" C {} {}, {} {}, {} {}", from.x + bend, from.y, to.x - bend, to.y, to.x, to.y);
}

/// A point of the curve; t runs from 0 to 1.
Point on_curve(Point from, Point to, double t) {
  const double u = 1 - t;
  const double bend = reach(from, to);
  const double x =
      u * u * u * from.x + 3 * u * u * t * (from.x + bend) + 3 * u * t * t * (to.x - bend) + t * t * t * to.x;
  const double y = (u * u * u + 3 * u * u * t) * from.y + (3 * u * t * t + t * t * t) * to.y;
  return {static_cast<int>(x), static_cast<int>(y)};
}

/// "streamlet.port"
std::string name_of(const Graph& graph, const GraphEdge& edge) {
  const GraphNode& from = graph.nodes[edge.from];
  return fmt::format("{}.{}", (from.topic ? graph.nodes[edge.to] : from).label, edge.port);
}

/// A line with an arrow, and the name of its port just above a point of it.
/// `name`: "streamlet.port", for scripts.
std::string wire(const std::string& path, const std::string& name, Point label, const std::string& port) {
  return fmt::format("  <path class=\"wire\" data-wire=\"{}\" d=\"{}\" marker-end=\"url(#arrow)\"/>\n",
                     escaped_text(name), path) +
         fmt::format("  <text class=\"port\" x=\"{}\" y=\"{}\">{}</text>\n", label.x, label.y - 5, escaped_text(port));
}

std::string draw_edge(const Graph& graph, const GraphEdge& edge, const Grid& grid) {
  const GraphNode& from = graph.nodes[edge.from];
  const GraphNode& to = graph.nodes[edge.to];
  Point at{grid.right_of(from), grid.middle(from.row)};
  const Point end{grid.left_of(to), grid.middle(to.row)};
  std::string path = fmt::format("M {} {}", at.x, at.y);
  std::optional<Point> first;
  int layer = from.layer;
  for (const int row : edge.bends) {
    ++layer;
    const Point bend{grid.start(layer), grid.middle(row)};
    if (!first) first = on_curve(at, bend, near_start);
    path += curve(at, bend);
    at = {grid.end(layer), grid.middle(row)};
    path += fmt::format(" L {} {}", at.x, at.y);
  }
  path += curve(at, end);
  // The port's name stands near the streamlet, where wires to different topics are apart already.
  const Point label = from.topic ? on_curve(at, end, near_end) : first.value_or(on_curve(at, end, near_start));
  return wire(path, name_of(graph, edge), label, edge.port);
}

/// An edge that leads back, in a lane of its own below everything.
std::string draw_way_back(const Graph& graph, const GraphEdge& edge, int lane, const Grid& grid) {
  const GraphNode& from = graph.nodes[edge.from];
  const GraphNode& to = graph.nodes[edge.to];
  const int aside = 12 + 5 * (lane % 4);  // apart from the next lane's, and inside the gap between columns
  const int right = grid.end(from.layer) + aside;
  const int left = grid.start(to.layer) - aside;
  const int y = grid.middle(grid.rows - 1) + node_height / 2 + (lane + 1) * lane_height;
  const std::string path = fmt::format("M {} {} H {} V {} H {} V {} H {}", grid.right_of(from), grid.middle(from.row),
                                       right, y, left, grid.middle(to.row), grid.left_of(to));
  const Point label{from.topic ? left + 30 : right - 30, y};
  return wire(path, name_of(graph, edge), label, edge.port);
}

std::string draw_node(const GraphNode& node, const Grid& grid) {
  const int width = node_width(node);
  const int x = grid.start(node.layer) + (grid.width[static_cast<std::size_t>(node.layer)] - width) / 2;
  const int y = grid.middle(node.row) - node_height / 2;
  const int middle = x + width / 2;
  const char* kind = node.topic ? "topic" : "streamlet";
  std::string out =
      fmt::format("  <rect class=\"{}\" data-{}=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>\n",
                  kind, kind, escaped_text(node.label), x, y, width, node_height, node.topic ? node_height / 2 : 4);
  out += fmt::format("  <text class=\"name\" x=\"{}\" y=\"{}\">{}</text>\n", middle,
                     node.detail.empty() ? y + 25 : y + 18, escaped_text(node.label));
  if (!node.detail.empty())
    out += fmt::format("  <text class=\"detail\" x=\"{}\" y=\"{}\">{}</text>\n", middle, y + 33,
                       escaped_text(node.detail));
  return out;
}

/// A small disc in the node's corner.
std::string draw_sign(const std::string& sign, const GraphNode& node, const Grid& grid) {
  const int x = grid.left_of(node) + 4;
  const int y = grid.middle(node.row) - node_height / 2 + 2;
  return fmt::format("  <circle class=\"sign\" cx=\"{}\" cy=\"{}\" r=\"11\"/>\n", x, y) +
         fmt::format("  <text class=\"sign\" x=\"{}\" y=\"{}\">{}</text>\n", x, y + 4, escaped_text(sign));
}

/// Everything between the wires' ends: they are drawn first, so that nodes cover them.
std::string draw_edges(const Graph& graph, const Grid& grid) {
  std::string out;
  int lane = 0;
  for (const GraphEdge& edge : graph.edges)
    out += leads_back(graph, edge) ? draw_way_back(graph, edge, lane++, grid) : draw_edge(graph, edge, grid);
  return out;
}

constexpr std::string_view arrow =
    R"(  <defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M 0 0 L 8 4 L 0 8 z"/></marker></defs>
)";

constexpr std::string_view style = R"(  <style>
    text { font: 13px sans-serif; fill: #1d2733; }
    .title { font-size: 16px; font-weight: bold; }
    .name { text-anchor: middle; font-weight: bold; }
    .detail { text-anchor: middle; font-size: 11px; }
    .page { fill: #ffffff; }
    .port { font-size: 11px; text-anchor: middle; stroke: #ffffff; stroke-width: 4; paint-order: stroke; }
    .streamlet { fill: #dcebfb; stroke: #2f6ca8; }
    .topic { fill: #fdf0d2; stroke: #a87a1f; }
    .wire { fill: none; stroke: #6b7785; stroke-width: 1.5; }
    marker path { fill: #6b7785; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .page { fill: #0d1117; }
      .port { stroke: #0d1117; }
      .streamlet { fill: #17324d; stroke: #6fb0ec; }
      .topic { fill: #4a3813; stroke: #e0b254; }
      .wire { stroke: #97a3b0; }
      marker path { fill: #97a3b0; }
    }
  </style>
)";

int height_of(const Grid& grid) {
  return title_height + 2 * margin + std::max(grid.rows - 1, 0) * row_height + node_height + grid.lanes * lane_height;
}

}  // namespace

std::string graph_svg(const Application& application) {
  Graph graph = graph_of(application);
  arrange(graph);
  const Grid grid(graph);
  const std::string title = application.version.empty() ? application.id : application.id + " " + application.version;
  const int width = std::max(grid.columns_end + margin, text_width(title) + 2 * margin);
  const int height = height_of(grid);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\">\n",
      width, height, width, height);
  out += fmt::format("  <title>{}</title>\n", escaped_text(title));
  out += style;
  out += arrow;
  out += "  <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n";
  out += fmt::format("  <text class=\"title\" x=\"{}\" y=\"{}\">{}</text>\n", margin, margin + 8, escaped_text(title));
  out += draw_edges(graph, grid);
  for (const GraphNode& node : graph.nodes) out += draw_node(node, grid);
  return out + "</svg>\n";
}

std::string marked_graph_svg(const Graph& graph, const std::vector<NodeMark>& marks, const std::string& title) {
  const Grid grid(graph);
  const int top = title_height - margin / 2;  // no title is drawn
  const int width = grid.columns_end + margin;
  const int height = height_of(grid) - top;
  std::string out = fmt::format(
      "<svg{} viewBox=\"0 {} {} {}\" width=\"{}\" height=\"{}\" role=\"group\" aria-label=\"{}\">\n",
      width <= widest_shrunk ? " class=\"shrinks\"" : "", top, width, height, width, height, escaped_text(title));
  out += arrow;
  // Wires are for the eye; a page says in words what is wired.
  out += "  <g aria-hidden=\"true\">\n" + draw_edges(graph, grid) + "  </g>\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const NodeMark& mark = marks[i];
    const bool leads = !mark.link.empty();
    out += leads ? fmt::format("  <a class=\"node {}\" href=\"{}\" data-node=\"{}\" aria-label=\"{}\">\n", mark.kind,
                               escaped_text(mark.link), i, escaped_text(mark.label))
                 : fmt::format("  <g class=\"node {}\" role=\"img\" aria-label=\"{}\">\n", mark.kind,
                               escaped_text(mark.label));
    out += draw_node(graph.nodes[i], grid);
    if (!mark.sign.empty()) out += draw_sign(mark.sign, graph.nodes[i], grid);
    out += leads ? "  </a>\n" : "  </g>\n";
  }
  return out + "</svg>\n";
}

}  // namespace cloudflow
