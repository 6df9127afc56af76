// What a plan says differs is what the server's own dry run changes.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <random>
#include <set>

#include "providers/kubernetes/diff/same_value.h"
#include "providers/kubernetes/ownership/applyset.h"
#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/corpus.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

using Random = std::mt19937;
using Pointer = Json::json_pointer;

/// One try: A is applied, others patch it, then B is asked for.
struct Scenario {
  Json first{};
  std::vector<Json> drift{};  ///< JSON patches of another manager; {"scale": n}: through the scale subresource
  Json second{};

  std::string text() const {
    std::string out = "A: " + first.dump() + "\n";
    for (const Json& patch : drift) out += "drift: " + patch.dump() + "\n";
    return out + "B - A: " + Json::diff(first, second).dump();
  }
};

/// All places below `at`, lists' elements included.
void places(const Json& value, const Pointer& at, std::vector<Pointer>& out) {
  if (!at.empty()) out.push_back(at);
  if (value.is_object()) {
    for (const auto& [key, below] : value.items()) places(below, at / key, out);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) places(value[i], at / i, out);
  }
}

template <class List>
const auto& one_of(const List& list, Random& random) {
  return list[random() % std::size(list)];
}

/// Another value of the same kind, often one that means the same.
Json other_value(const Json& value, Random& random) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number_integer()) {
    const auto number = value.get<long long>();
    return random() % 3 == 0 ? Json(0) : Json(number + (random() % 2 == 0 ? 1 : -1));
  }
  if (value.is_number()) return value.get<double>() + 0.5;
  if (value.is_object()) return Json::object();
  if (value.is_array()) return Json::array();
  static const std::vector<std::string> amounts = {"1",      "1000m",      "1.0", "0.5", "500m", "1Gi",
                                                   "1024Mi", "1073741824", "1k",  "1e3", "2"};
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  if (canonical_quantity(value) && random() % 2 == 0) return one_of(amounts, random);
  switch (random() % 4) {
    case 0:
      return "";
    case 1:
      return nullptr;
    default:
      return text + "x";
  }
}

bool is_identity(const Pointer& at) {
  const std::string text = at.to_string();
  return text == "/apiVersion" || text == "/kind" || text == "/metadata" || text == "/metadata/name";
}

/// One small edit below metadata.labels, metadata.annotations or anywhere else but the object's identity.
void edit(Json& object, const std::vector<Json>& relatives, Random& random) {
  if (random() % 6 == 0) {
    const char* map = random() % 2 == 0 ? "labels" : "annotations";
    static const std::vector<std::string> names = {"limits", "x", "note", "example.com/hard"};
    static const std::vector<Json> values = {"", "1", "1000m", nullptr};
    object["metadata"][map][one_of(names, random)] = one_of(values, random);
    return;
  }
  std::vector<Pointer> all;
  places(object, Pointer(), all);
  std::erase_if(all, is_identity);
  if (all.empty()) return;
  const Pointer at = one_of(all, random);
  Json& parent = object[at.parent_pointer()];
  switch (random() % 7) {
    case 0:
    case 1:
      if (parent.is_object()) {
        parent.erase(at.back());
      } else {
        parent.erase(std::stoul(at.back()));
      }
      return;
    case 2:
      if (parent.is_array() && parent.size() > 1) std::swap(parent[0], parent[random() % parent.size()]);
      return;
    case 3:
      if (parent.is_array()) {
        Json copy = object[at];
        if (copy.is_object() && copy.contains("name")) copy["name"] = "copy";
        parent.insert(parent.begin() + static_cast<long>(random() % (parent.size() + 1)), copy);
      }
      return;
    case 4: {  // what another object of the kind has at that place, or beside it
      const Json& relative = one_of(relatives, random);
      const Pointer above = at.parent_pointer();
      if (!relative.contains(above) || !relative[above].is_object() || relative[above].empty()) return;
      auto member = relative[above].begin();
      std::advance(member, static_cast<long>(random() % relative[above].size()));
      if (member.key() != "name" && member.key() != "kind" && member.key() != "apiVersion" &&
          member.key() != "metadata")
        parent[member.key()] = *member;
      return;
    }
    default:
      object[at] = other_value(object[at], random);
  }
}

/// Words that some names prescribe.
Json with_name(std::string text, const std::string& name) {
  const auto fill = [&](std::string_view word, const std::string& value) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word))
      text.replace(at, word.size(), value);
  };
  fill("NAMEKIND", "K" + name);
  fill("NAMEPLURAL", name + "s");
  fill("NAMEGROUP", name + ".example.com");
  Json out = Json::parse(text);
  const std::string kind = out.at("kind");
  out["metadata"]["name"] = kind == "CustomResourceDefinition" ? name + "s.oracle.example.com"
                            : kind == "APIService"             ? "v1." + name + ".example.com"
                                                               : name;
  return out;
}

/// What of an object counts.
Json substance(Json object) {
  object.erase("status");
  for (const char* field : {"managedFields", "resourceVersion", "generation"}) object["metadata"].erase(field);
  return object;
}

/// Whether all that we own in an object is the label that says whose it is.
bool owns_only_the_mark(const Json& object) {
  const Json* entries = find(object, {"metadata", "managedFields"});
  if (entries == nullptr) return false;
  const Json mark = {{"f:metadata", {{"f:labels", {{"f:" + std::string(part_of_label), Json::object()}}}}}};
  return std::ranges::any_of(*entries, [&](const Json& entry) {
    return entry.value("manager", "") == "cloudflow" && entry.value("fieldsV1", Json()) == mark;
  });
}

std::string without_positions(const Pointer& pointer) {
  std::string out;
  for (const std::string& step : split(pointer.to_string().substr(pointer.empty() ? 0 : 1), '/')) {
    if (step.find_first_not_of("0123456789") != std::string::npos || step.empty()) out += "/" + step;
  }
  return out;
}

void all_places(const Json& value, const std::string& at, std::set<std::string>& out) {
  out.insert(at);
  if (value.is_object()) {
    for (const auto& [key, below] : value.items()) all_places(below, at + "/" + pointer_step(key), out);
  } else if (value.is_array()) {
    for (const Json& element : value) all_places(element, at, out);
  }
}

/// Elements that stand for the same thing before and after.
bool are_comparable(const Json& before, const Json& after) {
  if (before.is_object() != after.is_object()) return false;
  const auto same = [&](const char* key) { return before.value(key, Json()) == after.value(key, Json()); };
  return !before.is_object() || (same("name") && same("port"));
}

/// The places where two objects differ, without positions in lists; where a list holds others than before, all places
/// in it.
void changed_places(const Json& before, const Json& after, const std::string& at, std::set<std::string>& out) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) {
    for (const auto& [key, value] : before.items()) {
      const std::string below = at + "/" + pointer_step(key);
      if (after.contains(key)) {
        changed_places(value, after.at(key), below, out);
      } else {
        all_places(value, below, out);
      }
    }
    for (const auto& [key, value] : after.items()) {
      if (!before.contains(key)) all_places(value, at + "/" + pointer_step(key), out);
    }
    return;
  }
  if (before.is_array() && after.is_array() && before.size() == after.size() &&
      std::ranges::equal(before, after, are_comparable)) {
    for (std::size_t i = 0; i < before.size(); ++i) changed_places(before[i], after[i], at, out);
    return;
  }
  all_places(before, at, out);
  all_places(after, at, out);
}

/// What the server keeps silently although it left the manifest, which a plan says nevertheless.
bool is_kept(const Json& live, const Json& second) {
  if (second.at("kind") == "Service")
    return string_at(live, {"spec", "clusterIP"}) == "None" && find(second, {"spec", "clusterIP"}) == nullptr;
  const std::vector<std::string> pods = {"/spec/template/spec", "/spec/jobTemplate/spec/template/spec",
                                         "/template/spec", "/spec"};
  return std::ranges::any_of(pods, [&](const std::string& text) {
    const Pointer account = Pointer(text) / "serviceAccountName";
    // A pod of its own gets this one where it names none.
    return live.contains(account) && live.at(account) != "default" && !second.contains(account);
  });
}

/// What became of a try.
struct Verdict {
  enum class Kind { agrees, disagrees, skipped } kind = Kind::skipped;
  std::string text{};
  bool changes = false;
  bool asked = false;  ///< the dry run was needed to see that nothing changes
};

class Oracle {
 public:
  Oracle() : cluster_("oracle"), provider_(cluster_.open()), discovery_(cluster_.admin) {
    const Json definition = Json::parse(site_definition);
    const auto made = cluster_.admin.apply(path_of(definition), definition, {.manager = "test"}, {});
    INFO((made ? "" : made.error().message));
    REQUIRE(made.has_value());
    // Pods are refused before a controller has made it.
    REQUIRE(eventually([&] { return cluster_.admin.get(cluster_.path("ServiceAccount", "default"), {}).has_value(); }));
    REQUIRE(eventually([&] {
      const Json site = {{"apiVersion", "oracle.example.com/v1"}, {"kind", "Site"}, {"metadata", {{"name", "a"}}}};
      discovery_.forget();
      const auto resource = discovery_.resource("Site.oracle.example.com", "oracle.example.com/v1", {});
      return resource && cluster_.admin.apply(resource->object(cluster_.ns, "a"), site, {.dry_run = true}, {});
    }));
  }

  Scenario make(Random& random, const std::string& name) {
    Scenario out;
    const std::size_t chosen = random() % corpus.size();
    out.first = with_name(corpus[chosen], name);
    std::vector<Json> relatives;
    for (const char* text : corpus) {
      Json one = with_name(text, name);
      if (one.at("kind") == out.first.at("kind")) relatives.push_back(std::move(one));
    }
    if (random() % 4 == 0) edit(out.first, relatives, random);
    for (std::size_t i = random() % 3; i > 0; --i) {
      if (random() % 4 == 0 && (out.first.at("kind") == "Deployment" || out.first.at("kind") == "StatefulSet" ||
                                out.first.at("kind") == "Site")) {
        out.drift.push_back({{"scale", random() % 3}});
        continue;
      }
      Json drifted = out.first;
      edit(drifted, relatives, random);
      out.drift.push_back(Json::diff(out.first, drifted));
    }
    out.second = out.first;
    for (std::size_t i = random() % 4; i > 0; --i) edit(out.second, relatives, random);
    return out;
  }

  /// Plays a scenario and takes its traces away again.
  Verdict play(const Scenario& scenario) {
    Verdict out;
    const auto resource = resource_of(scenario.first);
    if (!resource) return {.kind = Verdict::Kind::disagrees, .text = "unknown kind"};
    const ApiPath path = path_of(scenario.first);
    const Resource first = as_resource(scenario.first);
    const auto made = provider_->apply({.id = first.id, .action = Action::create, .desired = first}, {});
    if (made) {
      for (const Json& patch : scenario.drift) drift(path, patch);
      for (int tries = 0; tries < 3; ++tries) {  // controllers may write in between
        out = judge(scenario, path);
        if (out.kind != Verdict::Kind::disagrees) break;
      }
    } else {
      out.text = made.error().message;  // the server does not want it: nothing to compare
    }
    remove(path);
    return out;
  }

  /// The smallest scenario that still disagrees.
  Scenario shrink(Scenario scenario) {
    const auto fails = [&](const Scenario& smaller) { return play(smaller).kind == Verdict::Kind::disagrees; };
    for (std::size_t i = scenario.drift.size(); i-- > 0;) {
      Scenario smaller = scenario;
      smaller.drift.erase(smaller.drift.begin() + static_cast<long>(i));
      if (fails(smaller)) scenario = smaller;
    }
    Json steps = Json::diff(scenario.first, scenario.second);
    for (std::size_t i = steps.size(); i-- > 0;) {
      Json fewer = steps;
      fewer.erase(i);
      Scenario smaller = scenario;
      try {
        smaller.second = scenario.first.patch(fewer);
      } catch (const Json::exception&) {
        continue;
      }
      if (fails(smaller)) scenario = smaller, steps = fewer;
    }
    std::vector<Pointer> all;
    places(scenario.first, Pointer(), all);
    std::erase_if(all, is_identity);
    for (const Pointer& at : all) {  // what both have and nothing needs
      Scenario smaller = scenario;
      bool same = true;
      for (Json* side : {&smaller.first, &smaller.second}) {
        if (!side->contains(at) || !(*side)[at.parent_pointer()].is_object() || (*side)[at] != scenario.first[at])
          same = false;
      }
      if (!same) continue;
      for (Json* side : {&smaller.first, &smaller.second}) (*side)[at.parent_pointer()].erase(at.back());
      if (fails(smaller)) scenario = smaller;
    }
    return scenario;
  }

 private:
  Resource as_resource(const Json& manifest) {
    const std::string api_version = manifest.at("apiVersion");
    const std::size_t slash = api_version.find('/');
    const std::string group = slash == std::string::npos ? "" : "." + api_version.substr(0, slash);
    Resource out{
        .id = {"kubernetes", manifest.at("kind").get<std::string>() + group, "", manifest.at("metadata").at("name")},
        .spec = manifest};
    const auto resource = resource_of(manifest);
    if (resource && resource->namespaced) out.id.scope = cluster_.ns;
    return out;
  }

  Result<ApiResource> resource_of(const Json& manifest) {
    const std::string api_version = manifest.at("apiVersion");
    const std::size_t slash = api_version.find('/');
    const std::string group = slash == std::string::npos ? "" : "." + api_version.substr(0, slash);
    return discovery_.resource(manifest.at("kind").get<std::string>() + group, api_version, {});
  }

  ApiPath path_of(const Json& manifest) {
    const auto resource = resource_of(manifest);
    INFO((resource ? "" : resource.error().message));
    REQUIRE(resource.has_value());
    return resource->object(resource->namespaced ? cluster_.ns : "", string_at(manifest, {"metadata", "name"}));
  }

  void drift(const ApiPath& path, const Json& patch) {
    if (patch.is_object()) {
      ApiPath scale = path;
      scale.path += "/scale";
      (void)cluster_.admin.merge_patch(scale, {{"spec", {{"replicas", patch.at("scale")}}}}, {.manager = "tool"}, {});
      return;
    }
    const auto live = cluster_.admin.get(path, {});
    if (!live) return;
    try {
      Json changed = live->patch(patch);
      (void)cluster_.admin.replace(path, changed, {.manager = "tool"}, {});
    } catch (const Json::exception&) {  // the place is another one there
    }
  }

  void remove(const ApiPath& path) {
    (void)cluster_.admin.remove(path, {.grace_seconds = 0}, {});
    const auto live = cluster_.admin.get(path, {});
    if (live && find(*live, {"metadata", "finalizers"}) != nullptr)
      (void)cluster_.admin.merge_patch(path, {{"metadata", {{"finalizers", nullptr}}}}, {}, {});
  }

  Verdict judge(const Scenario& scenario, const ApiPath& path) {
    const Resource second = as_resource(scenario.second);
    const ApplySet set{.application = "shop", .ns = cluster_.ns, .version = "1.0.0"};
    const auto live = cluster_.admin.get(path, {});
    if (!live || is_kept(*live, scenario.second)) return {};
    const auto predicted = cluster_.admin.apply(path, applied_body(second, set), {.force = true, .dry_run = true}, {});
    if (!predicted) return {};
    std::set<std::string> changed;
    changed_places(substance(*live), substance(*predicted), "", changed);

    const Live document{.id = second.id, .document = dump(*live)};
    auto change = provider_->compare(&second, &document);
    if (!change) return {.kind = Verdict::Kind::disagrees, .text = change.error().message};
    const std::string compared(name_of(change->action));
    std::vector<Change> changes = {*std::move(change)};
    const auto rejections = provider_->verify(changes, {});
    if (!rejections) return {.kind = Verdict::Kind::disagrees, .text = rejections.error().message};
    if (!rejections->empty())
      return {.kind = Verdict::Kind::disagrees, .text = "rejected: " + rejections->front().message};
    const Change& ours = changes.front();
    const std::string places_text =
        fmt::format("{}", join(std::vector<std::string>(changed.begin(), changed.end()), " "));
    Verdict out{.kind = Verdict::Kind::disagrees, .changes = !changed.empty()};
    // What others wrote just as it is asked for becomes ours: nothing of the object moves but whose fields they are.
    const bool is_taken = changed.empty() && ours.action == Action::update && ours.fields.empty();
    if (is_taken && owns_only_the_mark(*live) && !owns_only_the_mark(*predicted))
      return {.kind = Verdict::Kind::agrees, .changes = true};
    if ((ours.action == Action::none) != changed.empty()) {
      out.text = fmt::format("the plan says {} (compared: {}), the server changes: {}", name_of(ours.action), compared,
                             places_text);
      return out;
    }
    for (const FieldChange& field : ours.fields) {
      const std::string place = without_positions(Pointer(field.pointer.substr(0, field.pointer.find('#'))));
      const bool there = std::ranges::any_of(changed, [&](const std::string& one) {
        return one == place || one.starts_with(place + "/") || (one.empty());
      });
      if (there) continue;
      for (const FieldChange& one : ours.fields) out.text += one.path + ", ";
      out.text +=
          fmt::format("the plan names {} ({} → {}), the server changes: {}", field.path,
                      field.before ? dump(*field.before) : "-", field.after ? dump(*field.after) : "-", places_text);
      return out;
    }
    if (ours.action != Action::none && ours.fields.empty()) {
      out.text = "the plan names no field; the server changes: " + places_text;
      return out;
    }
    out.kind = Verdict::Kind::agrees;
    out.asked = ours.action == Action::none && compared != "none";
    return out;
  }

  Cluster cluster_;
  OpenedCluster provider_;
  ApiDiscovery discovery_;
};

}  // namespace

TEST_CASE("every manifest of the corpus is valid", "[kubernetes][oracle][servers]") {
  Oracle oracle;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    const Json manifest = with_name(corpus[i], "v" + std::to_string(i));
    CAPTURE(corpus[i]);
    const Verdict verdict = oracle.play({.first = manifest, .second = manifest});
    CHECK(verdict.text.empty());
    CHECK(verdict.kind == Verdict::Kind::agrees);
    // A plan that changes nothing must not cost calls. For these kinds it costs one: what they are filled up with is
    // not known here.
    static const std::set<std::string> costly = {"Pod",
                                                 "LimitRange",
                                                 "EndpointSlice",
                                                 "ValidatingAdmissionPolicy",
                                                 "ValidatingAdmissionPolicyBinding",
                                                 "ResourceClaimTemplate",
                                                 "Site"};
    CHECK((!verdict.asked || costly.contains(string_at(manifest, {"kind"}))));
  }
}

TEST_CASE("the plan says what the server's own dry run changes", "[kubernetes][oracle][servers]") {
  const RandomSearch search = random_search(400, 4000);
  Oracle oracle;
  int judged = 0;
  int changes = 0;
  int failures = 0;
  for (int round = 0; round < search.rounds; ++round) {
    const unsigned seed = search.seed + static_cast<unsigned>(round);
    Random random(seed);
    const Scenario scenario = oracle.make(random, "o" + std::to_string(seed));
    const Verdict verdict = oracle.play(scenario);
    judged += verdict.kind == Verdict::Kind::skipped ? 0 : 1;
    changes += verdict.changes ? 1 : 0;
    if (verdict.kind != Verdict::Kind::disagrees) continue;
    const Scenario smallest = oracle.shrink(scenario);
    UNSCOPED_INFO("seed " << seed << "\n" << smallest.text() << "\n" << oracle.play(smallest).text);
    CHECK(verdict.kind != Verdict::Kind::disagrees);
    if (++failures == 10) break;
  }
  CAPTURE(judged, changes);
  CHECK(judged >= search.rounds / 4);
  if (search.rounds > 20) CHECK(changes > 0);
  WARN(fmt::format("{} pairs judged, {} of them changes", judged, changes));
}
