// Blueprint and descriptors to Application.
#include "planner/application/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/application/image_reference.h"
#include "planner/application/name_collisions.h"
#include "planner/application/verify_parts.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int usual_server_port = 3000;
constexpr std::string_view server_attribute = "server";

void verify_descriptors(const ResolvedStreamlets& streamlets, std::span<const Descriptor> descriptors,
                        Diagnostics& problems) {
  for (const Descriptor& descriptor : descriptors)
    verify_descriptor(descriptor, fmt::format("class {}", quote(descriptor.class_name)), problems);
  for (const auto& [name, streamlet] : streamlets) {
    if (streamlet.entry->descriptor)
      verify_descriptor(*streamlet.entry->descriptor, fmt::format("streamlet {}", quote(name)), problems);
  }
}

void verify_images(const ResolvedStreamlets& streamlets, const Project& project, Diagnostics& problems) {
  for (const auto& [name, streamlet] : streamlets) {
    if (streamlet.descriptor == nullptr) continue;
    const PlacedText image = image_of(streamlet, project);
    if (image.value.empty()) {
      const std::string& id = streamlet.descriptor->project_id;
      problems.error("missing-image", streamlet.entry->where, fmt::format("streamlet {} has no image", quote(name)),
                     fmt::format("write images: {{{}: IMAGE}} in cloudflow.yaml{}", id.empty() ? name : id,
                                 streamlet.entry->descriptor ? ", or image: IMAGE here" : ""));
    } else {
      check_image(name, image, problems);
    }
  }
}

Streamlet build_streamlet(const ResolvedStreamlet& resolved, const Project& project) {
  const BlueprintStreamlet& entry = *resolved.entry;
  const PlacedText image = image_of(resolved, project);
  Streamlet out{.name = entry.name,
                .class_name = resolved.descriptor->class_name,
                .runtime = resolved.descriptor->runtime,
                .image = image.value};
  out.secret_name = subdomain_form(entry.name);
  out.descriptor = *resolved.descriptor;
  out.config = ConfigValue::object({}, entry.where);
  out.replicas = entry.replicas;
  out.where = entry.where;
  out.image_where = image.where;
  if (resolved.descriptor->has_attribute(server_attribute)) {
    out.container_port = entry.container_port.value_or(usual_server_port);
    static const std::array<std::string, 4> path{"cloudflow", "internal", "server", "container-port"};
    out.config = out.config.with_at(path, ConfigValue::number(*out.container_port, entry.where));
  }
  return out;
}

Topic build_topic(const Wire& wire) {
  Topic out{.id = wire.topic->id,
            .cluster = wire.topic->cluster.value,
            .config = wire.topic->config,
            .where = wire.topic->where};
  for (const WireEnd& end : wire.producers) out.producers.push_back(end.streamlet + "." + end.port->name);
  for (const WireEnd& end : wire.consumers) out.consumers.push_back(end.streamlet + "." + end.port->name);
  std::ranges::sort(out.producers);
  std::ranges::sort(out.consumers);
  return out;
}

Application build(const ResolvedStreamlets& streamlets, std::span<const Wire> wires, const Project& project) {
  Application out{.id = label_form(project.application), .version = project.version, .where = project.where};
  std::map<std::string, Streamlet> by_name;
  for (const auto& [name, resolved] : streamlets) by_name.emplace(name, build_streamlet(resolved, project));
  for (const Wire& wire : wires) {
    if (wire.producers.empty() && wire.consumers.empty()) continue;
    for (const auto* side : {&wire.producers, &wire.consumers}) {
      for (const WireEnd& end : *side)
        by_name[end.streamlet].ports[end.port->name] = {wire.topic->id, wire.topic->cluster.value, wire.topic->config};
    }
    out.topics.push_back(build_topic(wire));
  }
  for (auto& [name, streamlet] : by_name) out.streamlets.push_back(std::move(streamlet));
  return out;
}

std::vector<std::string> streamlet_names(const Application& application) {
  std::vector<std::string> out;
  out.reserve(application.streamlets.size());
  for (const Streamlet& streamlet : application.streamlets) out.push_back(streamlet.name);
  return out;
}

}  // namespace

std::optional<Application> verify(const Blueprint& blueprint, std::span<const Descriptor> descriptors,
                                  const Project& project, Images images, Diagnostics& problems) {
  Diagnostics mine;
  if (blueprint.streamlets.empty())
    mine.error("empty-streamlets", blueprint.where, "the blueprint has no streamlets, wanted at least one");
  const ResolvedStreamlets streamlets = resolve_streamlets(blueprint, descriptors, mine);
  verify_descriptors(streamlets, descriptors, mine);
  const std::vector<Wire> wires = verify_topics(blueprint, streamlets, mine);
  verify_wiring(streamlets, wires, mine);
  verify_contracts(wires, project.contracts == "original", mine);
  if (images == Images::needed) {
    verify_images(streamlets, project, mine);
    verify_image_keys(streamlets, descriptors, project, mine);
  }
  std::optional<Application> out;
  // A streamlet without a descriptor has been reported already, here or by the reader.
  const bool complete =
      std::ranges::all_of(streamlets, [](const auto& entry) { return entry.second.descriptor != nullptr; });
  // Nor can anything be made for an application without a name, which the project's reader has reported.
  if (!mine.has_errors() && complete && !label_form(project.application).empty()) {
    out = build(streamlets, wires, project);
    check_name_collisions(*out, mine);
  }
  for (const Diagnostic& problem : mine.all()) problems.add(problem);
  if (mine.has_errors()) return std::nullopt;
  return out;
}

void verify_environment(const Application& application, const Environment& environment, Diagnostics& problems) {
  const std::vector<std::string> names = streamlet_names(application);
  for (const auto& [streamlet, count] : environment.replicas) {
    if (application.streamlet(streamlet) != nullptr) continue;
    problems.error("unknown-streamlet", count.where,
                   fmt::format("\"replicas\" of environment {} names streamlet {}, which the application does not have",
                               quote(environment.name), quote(streamlet)),
                   did_you_mean(streamlet, names));
  }
  for (const auto& [path, claim] : environment.volume_mounts) {
    const auto dot = path.find('.');
    const std::string owner = path.substr(0, dot);
    const Streamlet* streamlet = application.streamlet(owner);
    if (streamlet == nullptr) {
      problems.error(
          "unknown-streamlet", claim.where,
          fmt::format("\"volume-mounts\" of environment {} names streamlet {}, which the application does not have",
                      quote(environment.name), quote(owner)),
          did_you_mean(owner, names));
      continue;
    }
    const std::string mount = dot == std::string::npos ? "" : path.substr(dot + 1);
    std::vector<std::string> known;
    known.reserve(streamlet->descriptor.volume_mounts.size());
    for (const VolumeMount& one : streamlet->descriptor.volume_mounts) known.push_back(one.name);
    if (std::ranges::find(known, mount) != known.end()) continue;
    std::string hint = did_you_mean(mount, known);
    if (hint.empty())
      hint = known.empty() ? "it has no volume mounts" : fmt::format("its volume mounts are: {}", join(known, ", "));
    problems.error("unknown-mount", claim.where,
                   fmt::format("streamlet {} has no volume mount {}", quote(owner), quote(mount)), hint);
  }
}

}  // namespace cloudflow
