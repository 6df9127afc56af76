"use strict";
// Everything can be read without this; it finds things, and opens what is printed.
const at = id => document.getElementById(id);
const changes = [...document.querySelectorAll(".changes > li")].map(item => ({
  item,
  fold: item.querySelector("details"),
  text: item.textContent.toLowerCase(),
  nodes: (item.dataset.nodes || "").split(" "),
}));
const nodes = [...document.querySelectorAll("a.node")];
const nameOf = node => node.querySelector(".name").textContent;
let only = null; // the node of the graph whose changes are shown

function filter() {
  const words = at("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const action = at("action").value;
  const risk = at("risk").value;
  let shown = 0;
  for (const { item, text, nodes: of } of changes) {
    const fits = words.every(word => text.includes(word)) && (!action || item.dataset.action === action) &&
      (!risk || item.dataset.risk.split(" ").includes(risk)) && (!only || of.includes(only.dataset.node));
    item.hidden = !fits;
    if (fits) shown += 1;
  }
  for (const node of nodes) {
    if (node === only) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
  const isAll = shown === changes.length;
  at("count").textContent = isAll ? `${shown} changes` :
    `${shown} of ${changes.length} changes` + (only ? `, only of ${nameOf(only)}` : "");
  at("all").hidden = isAll && !only;
}

function reset() {
  only = null;
  for (const id of ["words", "action", "risk"]) at(id).value = "";
  filter();
}

/// A link to a change opens it, and shows it whatever is filtered.
function follow() {
  const item = location.hash.length > 1 && at(location.hash.slice(1));
  const change = item && changes.find(one => one.item === item);
  if (!change) return;
  if (item.hidden) reset();
  change.fold.open = true;
  item.scrollIntoView();
}

function openAll(open) {
  for (const { item, fold } of changes) if (!item.hidden) fold.open = open;
}

if (changes.length > 0) {
  at("filter").hidden = false;
  for (const id of ["words", "action", "risk"]) at(id).addEventListener("input", filter);
  at("all").addEventListener("click", reset);
  at("open").addEventListener("click", () => openAll(true));
  at("close").addEventListener("click", () => openAll(false));
  for (const node of nodes) {
    node.addEventListener("click", event => {
      event.preventDefault();
      only = only === node ? null : node;
      filter();
      const shown = changes.filter(({ item }) => !item.hidden);
      if (only && shown.length === 1) shown[0].fold.open = true;
      if (only) at("filter").scrollIntoView({ block: "nearest" });
    });
  }
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") reset();
  });
  addEventListener("hashchange", follow);
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = changes.filter(({ fold }) => !fold.open);
    for (const { fold } of closed) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const { fold } of closed) fold.open = false;
  });
  filter();
  follow();
}
