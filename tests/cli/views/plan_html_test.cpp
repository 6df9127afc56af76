// A plan as a page, looked at by a real browser.
#include "cli/views/plan_html.h"

#include <fmt/format.h>
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cstdlib>

#include "sdk/support/printable.h"
#include "tests/cli/views/random_plan.h"
#include "tests/cli/views/sample_plan.h"
#include "tests/support/oracle_process.h"
#include "tests/support/random_search.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

struct Look {
  std::string html{};
  std::vector<Json> steps{};
  int width = 1200;
  bool dark = false;
  bool script = true;
};

Json evaluate(const std::string& script) { return {{"evaluate", script}}; }
Json key(const std::string& name) { return {{"key", name}}; }

/// What the browser says of each page.
std::vector<Json> looked_at(const std::vector<Look>& looks) {
  const TempFolder folder;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    const std::string file = folder.write(fmt::format("page-{}.html", i), looks[i].html);
    lines.push_back(Json{{"file", file},
                         {"width", looks[i].width},
                         {"height", 800},
                         {"dark", looks[i].dark},
                         {"script", looks[i].script},
                         {"steps", looks[i].steps}}
                        .dump());
  }
  std::vector<Json> out;
  for (const std::string& answer : ask(oracle_python("browser.py"), lines)) out.push_back(Json::parse(answer));
  REQUIRE(out.size() == looks.size());
  return out;
}

/// The names of the changes that are shown.
const std::string shown =
    "[...document.querySelectorAll('.changes > li')].filter(i => i.checkVisibility()).map(i => "
    "i.querySelector('.id').lastChild.previousSibling ? i.querySelector('.id').textContent : '').join('|')";
const std::string shown_count = "[...document.querySelectorAll('.changes > li')].filter(i => !i.hidden).length";

/// Each text that is seen with less contrast to what is behind it than people with weak eyes need.
const std::string faint = R"((() => {
  const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b);
  };
  const out = [];
  for (const d of document.querySelectorAll('details')) d.open = true;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || ['SCRIPT', 'STYLE'].includes(e.tagName) || !e.checkVisibility()) continue;
    const inDrawing = e.closest('svg');
    let ink = parse(getComputedStyle(e)[inDrawing ? 'fill' : 'color']);
    let behind = null;
    if (inDrawing) {
      const box = e.classList.contains('sign') ? e.parentElement.querySelector('circle') : e.closest('.node') && e.closest('.node').querySelector('rect');
      if (box) behind = parse(getComputedStyle(box).fill);
    }
    for (let p = e; !behind && p; p = p.parentElement) {
      const c = parse(getComputedStyle(p).backgroundColor);
      if (c.length === 3 || c[3] === 1) behind = c;
    }
    behind = behind || [255, 255, 255];
    const a = light(ink), b = light(behind);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) out.push(`${ratio.toFixed(2)} ${e.tagName}.${e.getAttribute('class')} ${walk.currentNode.textContent.trim().slice(0, 30)}`);
  }
  return [...new Set(out)];
})())";

}  // namespace

TEST_CASE("the page of a plan is the same for the same plan, and shows no secret", "[views][html]") {
  const std::string page = plan_html(sample_plan(), {}, sample_picture());
  CHECK(page == plan_html(sample_plan(), {}, sample_picture()));
  CHECK(page.find("hunter") == std::string::npos);
  CHECK(page.find("unsafe") == std::string::npos);
  CHECK(page.find("http://") == std::string::npos);
  CHECK(page.find("https://") == std::string::npos);
  // In its picture: what is lost, what is made, what goes.
  CHECK(page.find("aria-label=\"streamlet store: update, 1 change, loses data\"") != std::string::npos);
  CHECK(page.find("aria-label=\"streamlet merge: create, 1 change\"") != std::string::npos);
  CHECK(page.find("aria-label=\"streamlet audit: remove, 1 change\"") != std::string::npos);
  CHECK(page.find("aria-label=\"topic invalid-calls: no changes\"") != std::string::npos);
}

TEST_CASE("a browser shows the page of a plan, and filters it by mouse and keyboard", "[views][html][slow]") {
  const std::string page = plan_html(sample_plan(), {}, sample_picture());
  const std::string all = "10";
  Look use{.html = page};
  use.steps = {
      evaluate(shown_count),  // 0
      evaluate("document.getElementById('words').focus()"),
      {{"text", "LOVELACE"}},
      evaluate(shown_count + " + ' ' + document.getElementById('count').textContent"),  // 2: by author
      key("Escape"),
      evaluate("const a = document.getElementById('action'); a.value = 'create'; a.dispatchEvent(new Event('input'))"),
      evaluate(shown_count),  // 4
      key("Escape"),
      evaluate("const r = document.getElementById('risk'); r.value = 'loss'; r.dispatchEvent(new Event('input'))"),
      evaluate(shown_count),  // 6
      key("Escape"),
      // By keyboard alone: the first node is reached by Tab, Enter filters to it.
      evaluate("document.querySelector('figure').focus()"),
      key("Tab"),
      evaluate("document.activeElement.getAttribute('aria-label')"),  // 8
      key("Enter"),
      evaluate(shown_count + " + ' ' + document.getElementById('count').textContent"),  // 9
      evaluate("document.activeElement.getAttribute('aria-current')"),                  // 10
      key("Enter"),
      evaluate(shown_count),  // 11: the other time shows all again
      // A change unfolds.
      evaluate("document.querySelector('.changes summary').focus()"),
      key("Enter"),
      evaluate("document.querySelector('.changes details').open"),  // 13
      evaluate("location.hash = '#c4'"),
      evaluate("new Promise(done => setTimeout(() => done(document.querySelector('#c4 details').open)))"),  // 15
      evaluate("document.documentElement.scrollWidth <= innerWidth"),                                       // 16
      // Its line is not below the bar that stays at the top.
      evaluate("document.querySelector('#c4').getBoundingClientRect().top >= "
               "document.getElementById('filter').getBoundingClientRect().bottom"),  // 17
  };
  Look phone{.html = page, .width = 360};
  phone.steps = {evaluate("for (const d of document.querySelectorAll('details')) d.open = true"),
                 evaluate("document.documentElement.scrollWidth"), evaluate(faint)};
  Look dark{.html = page, .dark = true};
  dark.steps = {evaluate(faint)};
  Look plain{.html = page, .script = false};
  plain.steps = {evaluate("document.getElementById('filter').hidden + ' ' + " + shown_count)};
  const std::vector<Json> seen = looked_at({use, phone, dark, plain});
  for (const Json& one : seen) {
    CHECK(one.at("console") == Json::array());
    CHECK(one.at("requests") == Json::array());
  }
  const Json& answers = seen[0].at("answers");
  CAPTURE(answers.dump());
  CHECK(answers.at(0) == 10);
  CHECK(answers.at(2) == "1 1 of 10 changes");
  CHECK(answers.at(4) == 2);
  CHECK(answers.at(6) == 2);
  CHECK(answers.at(8) == "streamlet ingress: update, 2 changes, restarts 2 pods");
  CHECK(answers.at(9) == "2 2 of 10 changes, only of ingress");
  CHECK(answers.at(10) == "true");
  CHECK(answers.at(11) == 10);
  CHECK(answers.at(13) == true);
  CHECK(answers.at(15) == true);
  CHECK(answers.at(16) == true);
  CHECK(answers.at(17) == true);
  CHECK(seen[1].at("answers").at(1) == 360);
  CHECK(seen[1].at("answers").at(2) == Json::array());
  CHECK(seen[2].at("answers").at(0) == Json::array());
  CHECK(seen[3].at("answers").at(0) == "true 10");
}

TEST_CASE("whatever stands in a plan, its page runs nothing and shows it as it is", "[views][html][oracle]") {
  const RandomSearch search = random_search(12, 400);
  std::vector<Look> looks;
  std::vector<Plan> plans;
  for (int round = 0; round < search.rounds; ++round) {
    const unsigned seed = search.seed + static_cast<unsigned>(round);
    plans.push_back(nasty_plan(seed, 1 + seed % 30));
    looks.push_back({.html = plan_html(plans.back(), {}, {})});
    // A change is an element of its own, whose name is the text that it was.
    looks.back().steps = {
        evaluate("[...document.querySelectorAll('.changes > li > details > summary .id')].map(i => "
                 "i.childNodes[1].textContent)"),
        evaluate("document.querySelectorAll('script, style, link, meta').length + ' ' + "
                 "document.querySelectorAll('body a:not([href^=\"#\"]), body img, body iframe, b b').length"),
    };
    INFO("seed " << seed);
    REQUIRE(looks.back().html.find(nasty_secret) == std::string::npos);
    REQUIRE(printable(looks.back().html) == looks.back().html);
  }
  const std::vector<Json> seen = looked_at(looks);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CAPTURE(search.seed + i, seen[i].dump().substr(0, 3000));
    REQUIRE(seen[i].at("console") == Json::array());
    REQUIRE(seen[i].at("requests") == Json::array());
    const Json& names = seen[i].at("answers").at(0);
    REQUIRE(names.size() == plans[i].changes.size());
    for (std::size_t k = 0; k < names.size(); ++k) {
      const std::string name = names[k];
      const std::string meant = printable(plans[i].changes[k].id.text());
      REQUIRE(name.substr(0, meant.size()) == meant);
    }
    REQUIRE(seen[i].at("answers").at(1) == "7 0");
  }
}

TEST_CASE("the page of a thousand changes opens and filters quickly", "[views][html][slow]") {
  Plan plan = sample_plan();
  const std::vector<Change> some = plan.changes;
  while (plan.changes.size() < 1000) {
    for (const Change& change : some) {
      plan.changes.push_back(change);
      plan.changes.back().id.name += "-" + std::to_string(plan.changes.size());
    }
  }
  Look look{.html = plan_html(plan, {}, sample_picture())};
  CHECK(look.html.size() < 4'000'000);
  look.steps = {evaluate("const begin = performance.now(); const w = document.getElementById('words'); w.value = "
                         "'lovelace'; w.dispatchEvent(new Event('input')); document.body.offsetHeight; "
                         "performance.now() - begin"),
                evaluate(shown_count)};
  const Json seen = looked_at({look})[0];
  WARN("1,000 changes: " << look.html.size() / 1024 << " KiB, loaded in " << seen.at("loaded") << " ms, filtered in "
                         << seen.at("answers").at(0) << " ms");
  CHECK(seen.at("answers").at(1) == 100);
  // It takes a fraction of this on a quiet machine.
  CHECK(seen.at("loaded").get<double>() < 30'000);
  CHECK(seen.at("answers").at(0).get<double>() < 5'000);
}

TEST_CASE("pages of plans as pictures, for people to look at", "[.pictures]") {
  const char* folder = std::getenv("CLOUDFLOW_PICTURES");  // NOLINT(concurrency-mt-unsafe)
  REQUIRE(folder != nullptr);
  const auto picture = [&](const std::string& name) {
    return Json{{"picture", fmt::format("{}/{}.png", folder, name)}};
  };
  const Json open =
      evaluate("for (const i of [0, 1, 3, 4, 6, 8]) document.querySelector(`#c${i} details`).open = true");
  const std::string page = plan_html(sample_plan(), {}, sample_picture());
  Look light{.html = page, .steps = {picture("light"), open, picture("light-open")}};
  light.steps.push_back({{"print", fmt::format("{}/print.pdf", folder)}});
  const Look dark{.html = page, .steps = {open, picture("dark")}, .dark = true};
  const Look phone{.html = page, .steps = {open, picture("phone")}, .width = 360};
  Plan nothing = sample_plan();
  nothing.changes.clear();
  nothing.notes.clear();
  const Look empty{.html = plan_html(nothing, {}, sample_picture()), .steps = {picture("empty")}};
  Plan refused = sample_plan();
  refused.violations.emplace_back("the plan restarts 2 pods, and policy.max-restarts of prod is 1");
  refused.rejections.push_back({ErrorKind::denied,
                                "deployment/call-records-ingress: admission webhook says: no :latest",
                                SourcePos{"cloudflow.yaml", 9, 12}, "name a version of the image"});
  const Look refusal{.html = plan_html(refused, {}, sample_picture()), .steps = {picture("refused")}};
  const Look nasty{.html = plan_html(nasty_plan(5, 12), {}, {}), .steps = {picture("nasty")}};
  looked_at({light, dark, phone, empty, refusal, nasty});
}
