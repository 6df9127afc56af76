// Random plans whose every text comes from somebody who means no good.
#include "tests/cli/views/random_plan.h"

#include <vector>

namespace cloudflow::testing {
namespace {

ResourceId nasty_id(NastyWords& words) {
  if (words.once_in(4))
    return {.provider = "kafka", .kind = "Topic", .scope = words.once_in(2) ? "default" : words(), .name = words()};
  return {.provider = "kubernetes", .kind = "Deployment.apps", .scope = words(), .name = words()};
}

Json nasty_value(NastyWords& words) {
  switch (words.below(5)) {
    case 0:
      return words();
    case 1: {
      std::string lines;
      const std::size_t count = words.below(60);
      for (std::size_t i = 0; i < count; ++i) lines += words() + "\n";
      return lines;
    }
    case 2:
      return {{words(), words()}, {words(), {words(), 1, nullptr}}};
    case 3:
      return words.below(1000);
    default:
      return nullptr;
  }
}

FieldChange nasty_field(NastyWords& words) {
  FieldChange out{.path = words(), .pointer = "/" + words(), .cause = Cause::git};
  out.secret = words.once_in(6);
  const auto value = [&] { return out.secret ? Json(std::string(nasty_secret) + words()) : nasty_value(words); };
  if (!words.once_in(4)) out.before = value();
  if (!words.once_in(4) || !out.before) out.after = value();
  if (words.once_in(2)) out.origin = SourcePos{words(), static_cast<int>(words.below(90)), 3};
  if (words.once_in(3)) {
    out.cause = words.once_in(2) ? Cause::drift : Cause::adopted;
    out.manager = words.once_in(3) ? "" : words();
    out.since = words.once_in(2) ? "" : words();
  }
  return out;
}

Change nasty_change(NastyWords& words) {
  constexpr Action actions[] = {Action::create, Action::update, Action::update, Action::replace, Action::remove};
  Change out{.id = nasty_id(words), .action = actions[words.below(5)]};
  out.headline = words.once_in(2) ? words() : "";
  const std::size_t fields = words.below(5);
  for (std::size_t i = 0; i < fields; ++i) out.fields.push_back(nasty_field(words));
  if (words.once_in(3)) out.notes.push_back(words());
  if (words.once_in(5)) lose(out, {words(), words.once_in(2)});
  if (words.once_in(5)) out.risk = std::max(out.risk, Risk::disruptive);
  if (words.once_in(3)) {
    out.restarts = static_cast<int>(words.below(5));
    out.pods = static_cast<int>(words.below(5));
  }
  if (words.once_in(6)) out.refused = words();
  if (words.once_in(6)) out.others.push_back({words(), {words(), words()}});
  if (out.action != Action::remove) {
    out.desired = {.id = out.id, .spec = {{"kind", words()}, {words(), words()}}, .streamlet = words()};
    if (words.once_in(2)) out.desired.origins.set("", {words(), 7, 1});
  }
  return out;
}

}  // namespace

std::string NastyWords::operator()() {
  using namespace std::string_literals;
  static const std::vector<std::string> pieces = {"`",
                                                  "```",
                                                  "~~~",
                                                  "\n",
                                                  "\n\n",
                                                  "\r\n",
                                                  "\n# ",
                                                  "\n- ",
                                                  "\n    ",
                                                  "|",
                                                  "\n|-|-|\n",
                                                  "<",
                                                  ">",
                                                  "</",
                                                  "<b>",
                                                  "</details>",
                                                  "</summary>",
                                                  "<script>alert(1)</script>",
                                                  "<!--",
                                                  "-->",
                                                  "]]>",
                                                  "<![CDATA[",
                                                  "&",
                                                  "&lt;",
                                                  "&#64;",
                                                  "@octocat",
                                                  "@team/all",
                                                  "#1",
                                                  "!2",
                                                  "GH-3",
                                                  "a@b.example",
                                                  "[x](http://y)",
                                                  "![i](z)",
                                                  "https://evil.example/",
                                                  "www.evil.example",
                                                  "*",
                                                  "**",
                                                  "_",
                                                  "__",
                                                  "~",
                                                  "~~",
                                                  "\\",
                                                  "\"",
                                                  "'",
                                                  "=",
                                                  "+",
                                                  "-",
                                                  "---",
                                                  "===",
                                                  "1. ",
                                                  "> ",
                                                  ":tada:",
                                                  "$x$",
                                                  "{{",
                                                  "}}",
                                                  "\t",
                                                  " ",
                                                  "  ",
                                                  "\x1b[2J",
                                                  "\0"s,
                                                  "\xff",
                                                  "\u202e",
                                                  "\u2028",
                                                  "é",
                                                  "日本",
                                                  "😀",
                                                  "word",
                                                  "name",
                                                  "javascript:",
                                                  "/close",
                                                  "on=x"};
  std::string out;
  const std::size_t count = once_in(40) ? below(2000) : 1 + below(6);
  for (std::size_t i = 0; i < count; ++i) out += pieces[below(pieces.size())];
  return out;
}

Plan nasty_plan(unsigned seed, std::size_t changes) {
  NastyWords words(seed);
  Plan out{.application = words(), .version = words(), .environment = words()};
  if (!words.once_in(4))
    out.revision = {.commit = words(), .branch = words(), .subject = words(), .dirty = words.once_in(2)};
  const std::size_t targets = words.below(4);
  for (std::size_t i = 0; i < targets; ++i) out.targets.push_back(words());
  for (std::size_t i = 0; i < changes; ++i) out.changes.push_back(nasty_change(words));
  const std::size_t notes = words.below(1 + changes);
  for (std::size_t i = 0; i < notes; ++i) out.notes.emplace_back(words());
  if (words.once_in(3)) out.violations.push_back(words());
  if (words.once_in(3)) out.rejections.push_back({ErrorKind::denied, words(), SourcePos{words(), 3, 4}, words()});
  if (words.once_in(3)) out.takes_over.push_back(words());
  for (const Change& change : out.changes) {
    for (const FieldChange& field : change.fields) {
      if (field.origin && words.once_in(2))
        out.writers[{field.origin->file, field.origin->line}] = {
            .commit = words(), .subject = words(), .author = words()};
    }
    if (words.once_in(20)) out.records[change.id] = words();
  }
  out.pods = 9;
  return out;
}

}  // namespace cloudflow::testing
