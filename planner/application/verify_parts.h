// The steps of verification. Each reports its own kind of problem.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "planner/application/application.h"
#include "planner/blueprint/blueprint.h"
#include "planner/project/project.h"

namespace cloudflow {

/// A streamlet of the blueprint with what explains it; no descriptor when nothing does.
struct ResolvedStreamlet {
  const BlueprintStreamlet* entry = nullptr;
  const Descriptor* descriptor = nullptr;
};
using ResolvedStreamlets = std::map<std::string, ResolvedStreamlet>;

/// Names, classes; returns each streamlet with its descriptor.
ResolvedStreamlets resolve_streamlets(const Blueprint& blueprint, std::span<const Descriptor> descriptors,
                                      Diagnostics& problems);

/// Ports, parameters and mounts of one descriptor. `owner` is "class \"a.B\"" or "streamlet \"x\"".
void verify_descriptor(const Descriptor& descriptor, const std::string& owner, Diagnostics& problems);

/// One end of a wire that exists.
struct WireEnd {
  std::string streamlet{};
  const Port* port = nullptr;
  PlacedText written{};
};

struct Wire {
  const BlueprintTopic* topic = nullptr;
  std::vector<WireEnd> producers{};
  std::vector<WireEnd> consumers{};
};

/// Names, paths, types of settings; the wires that hold.
std::vector<Wire> verify_topics(const Blueprint& blueprint, const ResolvedStreamlets& streamlets,
                                Diagnostics& problems);
/// The types of a topic's settings, and settings that contradict each other.
void verify_topic_config(const std::string& topic, const ConfigValue& config, Diagnostics& problems);
/// Each port on one topic, and only one.
void verify_wiring(const ResolvedStreamlets& streamlets, std::span<const Wire> wires, Diagnostics& problems);
/// What is written can be read.
void verify_contracts(std::span<const Wire> wires, bool both_ways, Diagnostics& problems);

/// The image of a streamlet and where it was given; empty when nothing gives one.
PlacedText image_of(const ResolvedStreamlet& streamlet, const Project& project);
/// Entries of `images` that name nothing.
void verify_image_keys(const ResolvedStreamlets& streamlets, std::span<const Descriptor> descriptors,
                       const Project& project, Diagnostics& problems);

}  // namespace cloudflow
