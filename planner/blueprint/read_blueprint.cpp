// Blueprint file to Blueprint.
#include "planner/blueprint/read_blueprint.h"

#include <fmt/format.h>

#include <array>

#include "planner/blueprint/key_lines.h"
#include "planner/blueprint/read_document.h"
#include "planner/blueprint/read_streamlet.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool blank(const ConfigValue* value) { return value == nullptr || value->is_null(); }

BlueprintStreamlet read_entry(const std::string& name, const ConfigValue& value, const SchemaSource& place,
                              const KeyLines& lines, Diagnostics& problems) {
  if (value.is_object()) return read_streamlet(name, value, place, lines, problems);
  BlueprintStreamlet out{.name = name, .where = value.where()};
  if (value.is_string()) {
    out.class_name = value.text();
  } else {
    wrong_type(value, fmt::format("streamlet {}", quote(name)), "a class name or an object", problems);
  }
  return out;
}

BlueprintTopic read_topic(const std::string& id, const ConfigValue& value, const KeyLines& lines,
                          Diagnostics& problems) {
  BlueprintTopic out{.id = id, .where = lines.key_of(value.where())};
  Fields fields(value, fmt::format("topic {}", quote(id)), problems);
  out.producers = fields.texts("producers");
  out.consumers = fields.texts("consumers");
  out.cluster = fields.placed_text("cluster");
  out.config = with_dots_opened(value.without("producers").without("consumers").without("cluster"));
  return out;
}

void report_connections(const ConfigValue& connections, Diagnostics& problems) {
  const std::string topics = migrate_connections(connections);
  problems.error("v1-connections", connections.where(),
                 "the blueprint has \"connections\", which version 1 of Cloudflow used; wanted \"topics\"",
                 topics.empty() ? "" : "write instead:\n" + topics);
}

void collect_inlets(const ConfigValue& value, std::vector<std::string>& out) {
  if (value.is_scalar()) out.push_back(value.text());
  for (const ConfigValue& item : value.items()) collect_inlets(item, out);
}

}  // namespace

std::string migrate_connections(const ConfigValue& connections) {
  std::string out;
  const ConfigValue opened = with_dots_opened(connections);
  for (const auto& [streamlet, outlets] : opened.members()) {
    for (const auto& [outlet, targets] : outlets.members()) {
      std::vector<std::string> inlets;
      collect_inlets(targets, inlets);
      out += fmt::format("  {}-{} {{\n    producers = [{}.{}]\n    consumers = [{}]\n  }}\n", streamlet, outlet,
                         streamlet, outlet, join(inlets, ", "));
    }
  }
  return out.empty() ? "" : "topics {\n" + out + "}\n";
}

std::optional<Blueprint> blueprint_from(const ConfigValue& root, const SourceTree& tree, std::string_view path,
                                        std::string_view folder, Diagnostics& problems) {
  const ConfigValue* section = root.find("blueprint");
  const SourcePos start{tree.display(path), 1, 1};
  if (blank(section)) {
    problems.error("missing-blueprint", start, "there is no \"blueprint\" section",
                   did_you_mean("blueprint",
                                [&] {
                                  std::vector<std::string> keys;
                                  for (const auto& [key, value] : root.members()) keys.push_back(key);
                                  return keys;
                                }())
                           .empty()
                       ? "write blueprint { streamlets { … } topics { … } }"
                       : "the section is called \"blueprint\"");
    return std::nullopt;
  }
  if (!section->is_object()) {
    wrong_type(*section, "\"blueprint\"", "an object", problems);
    return std::nullopt;
  }
  if (const ConfigValue* connections = section->find("connections"); connections != nullptr) {
    report_connections(*connections, problems);
    return std::nullopt;
  }
  Fields fields(*section, "the blueprint", problems);
  Blueprint out{.where = section->where()};
  const SchemaSource place{&tree, std::string(path), std::string(folder)};
  const bool is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
  const KeyLines lines(is_yaml ? tree.read(path).value_or("") : "");
  if (blank(section->find("streamlets"))) {
    problems.error("missing-streamlets-section", section->where(), "the blueprint has no \"streamlets\" section");
    return std::nullopt;
  }
  for (const auto& [name, value] : fields.object("streamlets").members())
    out.streamlets.push_back(read_entry(name, value, place, lines, problems));
  for (const auto& [id, value] : fields.object("topics").members())
    out.topics.push_back(read_topic(id, value, lines, problems));
  // Cloudflow 2 ignores other members, so blueprints that have some must load.
  fields.finish(Severity::warning);
  return out;
}

std::optional<Blueprint> read_blueprint(const SourceTree& tree, std::string_view path, std::string_view folder,
                                        const EnvironmentLookup& environment, Diagnostics& problems) {
  if (!tree.exists(path)) {
    problems.error("missing-file", {tree.display(path), 0, 0}, missing_text(tree, path, "blueprint"));
    return std::nullopt;
  }
  const std::optional<ConfigValue> document = read_document(tree, path, environment, problems);
  if (!document) return std::nullopt;
  return blueprint_from(*document, tree, path, folder, problems);
}

}  // namespace cloudflow
