// What was written down of a sandbox: compared as the real thing is, with secret values that cannot be read.
#include "providers/sandbox/recorded.h"

#include <catch2/catch_all.hpp>
#include <random>
#include <set>

#include "providers/sandbox/sealed_values.h"
#include "sdk/support/hidden_text.h"

using namespace cloudflow;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t count) {
  return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
}

/// Few names and values, so that much is equal on both sides.
Json some_json(Random& random, int depth) {
  switch (below(random, depth > 0 ? 6 : 4)) {
    case 0:
      return "hidden-" + std::to_string(below(random, 3));
    case 1:
      return static_cast<int>(below(random, 3));
    case 2:
      return below(random, 2) == 0;
    case 3:
      return Json::array({some_json(random, 0), some_json(random, 0)});
    default:
      Json out = Json::object();
      for (const char* name : {"a", "b", "c/d"}) {
        if (below(random, 3) > 0) out[name] = some_json(random, depth - 1);
      }
      return out;
  }
}

void pointers_of(const Json& value, const std::string& pointer, std::vector<std::string>& out) {
  out.push_back(pointer);
  if (!value.is_structured()) return;
  const Json flat = value.flatten();
  for (const auto& [key, member] : flat.items()) {
    if (!key.empty()) out.push_back(pointer + key);
  }
}

Resource some_process(Random& random) {
  Resource out{.id = {"sandbox", "Process", "", "a"}, .spec = {{"documents", some_json(random, 3)}, {"program", "x"}}};
  std::vector<std::string> known;
  pointers_of(out.spec.at("documents"), "/documents", known);
  for (std::size_t i = below(random, 4); i > 0; --i) out.secrets.push_back(known[below(random, known.size())]);
  return out;
}

std::set<std::tuple<std::string, bool, bool, bool>> fields_of(const Change& change) {
  std::set<std::tuple<std::string, bool, bool, bool>> out;
  for (const FieldChange& one : change.fields)
    out.insert({one.pointer, one.secret, one.before.has_value(), one.after.has_value()});
  return out;
}

Live live_of(const Resource& process) {
  return {process.id, dump({{"spec", process.spec}, {"secrets", process.secrets}})};
}

/// Texts of the spec at or below its secrets.
void hidden_in(const Json& value, const std::string& pointer, const Resource& process, std::vector<std::string>& out) {
  const bool is_secret =
      std::ranges::any_of(process.secrets, [&](const std::string& one) { return is_pointer_below(pointer, one); });
  if (is_secret && value.is_string()) out.push_back(value);
  if (value.is_object())
    for (const auto& [key, member] : value.items())
      hidden_in(member, pointer + "/" + (key == "c/d" ? "c~1d" : key), process, out);
}

}  // namespace

TEST_CASE("what is written down is compared as what runs", "[sandbox]") {
  const ProcessProvider real("", {});
  int differ = 0;
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    Random random(seed);
    const Resource before = some_process(random);
    Resource after = below(random, 4) == 0 ? before : some_process(random);
    if (below(random, 3) == 0) after.secrets = before.secrets;
    const Live live = live_of(before);
    const auto sealed = RecordedProcesses::sealed(live, "key");
    REQUIRE(sealed);
    const RecordedProcesses recorded({*sealed}, "key");
    const auto expected = real.compare(&after, &live);
    const auto found = recorded.compare(&after, &*sealed);
    REQUIRE((expected && found));
    INFO("seed " << seed << "\n" << live.document << "\n" << dump(after.spec) << "\n" << sealed->document);
    CHECK(fields_of(*found) == fields_of(*expected));
    CHECK(found->action == expected->action);
    CHECK(found->restarts == expected->restarts);
    CHECK(found->desired.spec == after.spec);
    differ += expected->fields.empty() ? 0 : 1;
    for (std::size_t i = 0; i < found->fields.size(); ++i) {
      if (!found->fields[i].secret) CHECK(found->fields[i].before == expected->fields[i].before);
    }
  }
  CHECK(differ > 1000);
}

TEST_CASE("secret values are sealed, and only they", "[sandbox]") {
  const Json spec{{"a", {{"b", "hidden"}, {"c", "shown"}}}, {"list", {"x", "hidden", 7}}};
  const std::vector<std::string> secrets{"/a/b", "/list/1"};
  const Json once = with_sealed(spec, secrets, "key");
  CHECK(dump(once).find("hidden") == std::string::npos);
  CHECK(once.at("/a/c"_json_pointer) == "shown");
  CHECK(once.at("list").at(0) == "x");
  CHECK(once.at("list").at(2) == 7);
  CHECK(once.at("/a/b"_json_pointer) == once.at("list").at(1));
  CHECK(with_sealed(spec, secrets, "other") != once);
  CHECK(with_sealed(once, secrets, "key", secrets) == once);
  for (unsigned seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    const Resource process = some_process(random);
    std::vector<std::string> hidden;
    hidden_in(process.spec, "", process, hidden);
    const Json sealed = with_sealed(process.spec, process.secrets, "key");
    std::vector<std::string> left;
    hidden_in(sealed, "", process, left);
    for (const std::string& one : left) CHECK(one.size() == 64);
    CHECK(hidden.size() <= left.size());
  }
}

TEST_CASE("what belongs to another run cannot be changed", "[sandbox]") {
  const Resource process{.id = {"sandbox", "Process", "", "a"}, .spec = {{"command", {"x"}}}};
  RecordedProcesses recorded({}, "key");
  const auto change = recorded.compare(&process, nullptr);
  REQUIRE(change);
  CHECK(change->action == Action::create);
  const auto done = recorded.apply(*change, {});
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "process/a belongs to another run");
}
