// The application's graph with what flows.
#include "cli/sandbox/flow_page.h"

#include <fmt/format.h>

#include "planner/graph/graph.h"

namespace cloudflow {
namespace {

constexpr std::chrono::milliseconds between_looks{500};

constexpr std::string_view style = R"(<style>
  :root { color-scheme: light dark; --paper: #ffffff; --ink: #1d2733; --line: #d0d7de; --good: #1a7f37; --bad: #b3261e; --late: #8a5a00; }
  @media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --line: #30363d; --good: #4ac26b; --bad: #ff7b72; --late: #e0b254; } }
  body { font: 14px/1.5 sans-serif; margin: 1rem; background: var(--paper); color: var(--ink); }
  td { overflow-wrap: anywhere; } td.number { overflow-wrap: normal; }
  figure { margin: 0 0 1rem; overflow-x: auto; }
  table { border-collapse: collapse; margin: 0 0 1.5rem; }
  th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid var(--line); }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
  .good { color: var(--good); } .bad { color: var(--bad); } .late { color: var(--late); }
  svg .live { font-size: 11px; text-anchor: middle; }
  svg .lag { fill: var(--late); stroke: var(--paper); stroke-width: 4; paint-order: stroke; }
  svg .bad-node { stroke: var(--bad); stroke-width: 3; }
</style>)";

constexpr std::string_view script = R"(<script>
"use strict";
const at = document.getElementById.bind(document);
const SVG = "http://www.w3.org/2000/svg";
let version = null;
const number = n => n.toLocaleString("en");
const rate = r => r === null ? "" : (r >= 100 ? number(Math.round(r)) : r.toFixed(1)) + "/s";
function cell(row, text, name) { const c = row.insertCell(); c.textContent = text; if (name) c.className = name; return c; }
function rows(body, list, fill) { body.replaceChildren(); for (const one of list) fill(body.insertRow(), one); }
function label(id, x, y, text, name) {
  let t = at(id);
  if (!t) { t = document.createElementNS(SVG, "text"); t.id = id; document.querySelector("svg").append(t); }
  t.setAttribute("class", "live " + name); t.setAttribute("x", x); t.setAttribute("y", y); t.textContent = text;
}
const named = (kind, name) => document.querySelector(`svg [data-${kind}="${CSS.escape(name)}"]`);
function draw(flow) {
  for (const topic of flow.topics) {
    const box = named("topic", topic.topic);
    if (box) label("t " + topic.topic, +box.getAttribute("x") + box.getAttribute("width") / 2,
                   +box.getAttribute("y") + +box.getAttribute("height") + 13, topic.isThere ? rate(topic.perSecond) : "is not there", "");
    for (const reader of topic.readers) {
      const wire = named("wire", reader.inlet);
      if (!wire) continue;
      const middle = wire.getPointAtLength(wire.getTotalLength() / 2);
      label("w " + reader.inlet, middle.x, middle.y + 14, reader.lag > 0 ? number(reader.lag) + " to read" : "", "lag");
    }
  }
  for (const streamlet of flow.streamlets) {
    const box = named("streamlet", streamlet.name);
    if (box) box.classList.toggle("bad-node", streamlet.state === "ended");
  }
}
function show(flow) {
  if (version !== null && flow.version !== version) { location.reload(); return; }
  version = flow.version;
  draw(flow);
  rows(at("topics"), flow.topics.flatMap(t => [[t, null], ...t.readers.map(r => [t, r])]), (row, [topic, reader]) => {
    cell(row, reader ? "→ " + reader.inlet : topic.topic);
    cell(row, reader ? "" : topic.isThere ? number(topic.written) : "is not there", "number");
    cell(row, rate((reader || topic).perSecond), "number");
    cell(row, reader ? number(reader.lag) : "", "number" + (reader && reader.lag > 0 ? " late" : ""));
  });
  rows(at("streamlets"), flow.streamlets, (row, one) => {
    cell(row, one.name);
    cell(row, one.state, one.state === "running" ? "good" : one.state === "ended" ? "bad" : "");
    cell(row, one.restarts ? String(one.restarts) : "", "number");
    cell(row, one.reason);
  });
  const ended = flow.streamlets.filter(s => s.state === "ended").map(s => s.name);
  at("state").textContent = flow.problem || (ended.length ? "Ended: " + ended.join(", ") : "");
}
async function look() {
  let flow = null;
  try {
    flow = await (await fetch("flow.json")).json();
  } catch (e) {
    at("state").textContent = "The sandbox does not answer.";
  }
  if (flow) show(flow);
  setTimeout(look, 1000);
}
look();
</script>)";

}  // namespace

std::string flow_page_html(const Application& application) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>cloudflow sandbox</title>\n<link rel=\"icon\" href=\"data:,\">\n";
  out += style;
  out += "\n</head>\n<body>\n<p id=\"state\" role=\"status\" class=\"bad\"></p>\n<figure>\n";
  out += graph_svg(application);
  out +=
      "</figure>\n<table>\n<thead><tr><th>Topic, reader</th><th class=\"number\">Records</th><th "
      "class=\"number\">Now</th><th class=\"number\">To read</th></tr></thead>\n<tbody "
      "id=\"topics\"></tbody>\n</table>\n"
      "<table>\n<thead><tr><th>Streamlet</th><th>State</th><th class=\"number\">Restarts</th><th></th></tr></thead>\n"
      "<tbody id=\"streamlets\"></tbody>\n</table>\n";
  out += script;
  return out + "\n</body>\n</html>\n";
}

Result<std::unique_ptr<FlowPage>> FlowPage::open(LocalPort port, States states) {
  std::unique_ptr<FlowPage> out(new FlowPage(std::move(states)));
  FlowPage* const page = out.get();
  CF_TRY(page->server_, PageServer::open(std::move(port), {.page =
                                                               [page] {
                                                                 const std::scoped_lock lock(page->mutex_);
                                                                 return page->html_;
                                                               },
                                                           .data = [page] { return page->data(); }}));
  return out;
}

void FlowPage::show(const Application& application, const RunningSandbox& sandbox) {
  std::string html = flow_page_html(application);
  const std::scoped_lock lock(mutex_);
  if (html != html_) ++version_;
  html_ = std::move(html);
  if (sandbox.broker != sandbox_.broker) meter_ = std::make_unique<FlowMeter>(sandbox.broker);
  sandbox_ = sandbox;
  streamlets_.clear();
  for (const Streamlet& streamlet : application.streamlets) streamlets_.push_back(streamlet.name);
  data_.clear();
}

std::string FlowPage::data() {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!data_.empty() && now - asked_ < between_looks) return data_;
  Json out{
      {"version", version_}, {"streamlets", states_(streamlets_)}, {"topics", Json::array()}, {"problem", nullptr}};
  if (meter_ != nullptr) {
    const auto counts = meter_->read(groups_of(sandbox_.topics));
    if (counts) {
      out["topics"] = flow_json(flow_.next(sandbox_.topics, *counts, now));
    } else {
      out["problem"] = counts.error().message;
    }
  }
  asked_ = now;
  return data_ = dump(out);
}

}  // namespace cloudflow
