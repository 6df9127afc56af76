// Names and classes of streamlets, and their images.
#include <fmt/format.h>

#include <algorithm>

#include "planner/application/verify_parts.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Dotted Java identifiers; beyond ASCII everything counts as a letter.
bool is_class_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (const std::string& part : split(text, '.')) {
    if (part.empty() || !letter(part.front())) return false;
    if (!std::ranges::all_of(part, [&](char c) { return letter(c) || digit(c); })) return false;
  }
  return true;
}

using Classes = std::map<std::string, const Descriptor*, std::less<>>;

const Descriptor* find_class(const Classes& classes, const std::string& class_name) {
  // A Scala object's class ends in "$", and blueprints leave that out.
  for (const std::string& name : {class_name, class_name + "$"}) {
    if (const auto found = classes.find(name); found != classes.end()) return found->second;
  }
  return nullptr;
}

std::vector<std::string> class_names(std::span<const Descriptor> descriptors) {
  std::vector<std::string> out;
  for (const Descriptor& descriptor : descriptors) {
    out.push_back(descriptor.class_name.ends_with('$')
                      ? descriptor.class_name.substr(0, descriptor.class_name.size() - 1)
                      : descriptor.class_name);
  }
  return out;
}

void check_name(const BlueprintStreamlet& entry, Diagnostics& problems) {
  if (is_dns_label(entry.name)) return;
  problems.error("invalid-streamlet-name", entry.where,
                 fmt::format("streamlet name {} is invalid, wanted lower case letters, digits and dashes, with a "
                             "letter or digit at both ends",
                             quote(entry.name)),
                 label_form(entry.name).empty() ? "" : fmt::format("{} would do", quote(label_form(entry.name))));
}

const Descriptor* resolve_class(const BlueprintStreamlet& entry, const Classes& classes,
                                std::span<const Descriptor> descriptors, Diagnostics& problems) {
  if (entry.descriptor) return &*entry.descriptor;
  if (entry.class_name.empty()) return nullptr;
  const auto length = static_cast<int>(entry.class_name.size());
  if (!is_class_name(entry.class_name)) {
    problems.error("invalid-streamlet-class-name", entry.where,
                   fmt::format("streamlet {} has the class {}, which is no class name", quote(entry.name),
                               quote(entry.class_name)),
                   "", length);
    return nullptr;
  }
  const Descriptor* found = find_class(classes, entry.class_name);
  if (found == nullptr && !descriptors.empty()) {
    const std::vector<std::string> known = class_names(descriptors);
    std::string hint = did_you_mean(entry.class_name, known);
    if (hint.empty() && known.size() <= 10) hint = fmt::format("the descriptors know: {}", join(known, ", "));
    problems.error(
        "streamlet-descriptor-not-found", entry.where,
        fmt::format("no descriptor explains class {} of streamlet {}", quote(entry.class_name), quote(entry.name)),
        hint, length);
  }
  return found;
}

}  // namespace

ResolvedStreamlets resolve_streamlets(const Blueprint& blueprint, std::span<const Descriptor> descriptors,
                                      Diagnostics& problems) {
  ResolvedStreamlets out;
  Classes classes;
  for (const Descriptor& descriptor : descriptors) classes.try_emplace(descriptor.class_name, &descriptor);
  std::map<std::string, const BlueprintStreamlet*> trimmed_names;
  const bool needs_descriptors = std::ranges::any_of(
      blueprint.streamlets, [](const BlueprintStreamlet& entry) { return !entry.class_name.empty(); });
  if (needs_descriptors && descriptors.empty()) {
    problems.error("empty-streamlet-descriptors", blueprint.where,
                   "there are no streamlet descriptors, and the blueprint names classes",
                   "name them in cloudflow.yaml: descriptors: [descriptors/]");
  }
  for (const BlueprintStreamlet& entry : blueprint.streamlets) {
    const auto [first, added] = trimmed_names.try_emplace(std::string(trimmed(entry.name)), &entry);
    if (!added) {
      problems.error("duplicate-streamlet-names", entry.where,
                     fmt::format("streamlet names {} and {} differ in blanks only; the other is at {}",
                                 quote(entry.name), quote(first->second->name), first->second->where.text()));
    }
    check_name(entry, problems);
    out[entry.name] = {&entry, resolve_class(entry, classes, descriptors, problems)};
  }
  return out;
}

PlacedText image_of(const ResolvedStreamlet& streamlet, const Project& project) {
  const Descriptor& descriptor = *streamlet.descriptor;
  std::vector<std::string> keys{streamlet.entry->name, descriptor.class_name};
  if (descriptor.class_name.ends_with('$'))
    keys.push_back(descriptor.class_name.substr(0, descriptor.class_name.size() - 1));
  keys.push_back(descriptor.project_id);
  for (const std::string& key : keys) {
    const auto found = project.images.find(key);
    if (key.empty() || found == project.images.end()) continue;
    return found->second;
  }
  if (!streamlet.entry->image.value.empty()) return streamlet.entry->image;
  return {descriptor.image, descriptor.where};
}

void verify_image_keys(const ResolvedStreamlets& streamlets, std::span<const Descriptor> descriptors,
                       const Project& project, Diagnostics& problems) {
  std::vector<std::string> known;
  if (streamlets.empty()) return;
  for (const auto& [name, streamlet] : streamlets) {
    known.push_back(name);
    if (streamlet.descriptor == nullptr) return;  // it is not clear what there is
    known.push_back(streamlet.descriptor->class_name);
  }
  for (const Descriptor& descriptor : descriptors) {
    known.push_back(descriptor.class_name);
    known.push_back(descriptor.project_id);
  }
  for (const std::string& name : class_names(descriptors)) known.push_back(name);
  std::erase(known, "");
  for (const auto& [key, image] : project.images) {
    if (std::ranges::find(known, key) != known.end()) continue;
    problems.error(
        "unknown-image", image.where,
        fmt::format("\"images\" names {}, which is no streamlet, class or project of this application", quote(key)),
        did_you_mean(key, known));
  }
}

}  // namespace cloudflow
