// Compares the names of pods, services and secrets within one application.
#include "planner/application/name_collisions.h"

#include <fmt/format.h>

#include <map>

#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

void check_unique(const std::map<std::string, std::vector<const Streamlet*>>& owners, std::string_view kind,
                  Diagnostics& problems) {
  for (const auto& [name, streamlets] : owners) {
    for (std::size_t i = 1; i < streamlets.size(); ++i) {
      problems.error("name-collision", streamlets[i]->where,
                     fmt::format("streamlets {} and {} would both make the {} {}", quote(streamlets[0]->name),
                                 quote(streamlets[i]->name), kind, quote(name)),
                     "Kubernetes cuts long names: give one of them a shorter one",
                     static_cast<int>(streamlets[i]->name.size()));
    }
  }
}

}  // namespace

void check_name_collisions(const Application& application, Diagnostics& problems) {
  std::map<std::string, std::vector<const Streamlet*>> pods;
  std::map<std::string, std::vector<const Streamlet*>> services;
  std::map<std::string, std::vector<const Streamlet*>> secrets;
  for (const Streamlet& streamlet : application.streamlets) {
    pods[pod_name(application.id, streamlet.name)].push_back(&streamlet);
    if (streamlet.container_port) services[service_name(application.id, streamlet.name)].push_back(&streamlet);
    secrets[streamlet.secret_name].push_back(&streamlet);
  }
  check_unique(pods, "Deployment", problems);
  // Where the Deployments collide, the Services do too: one message is enough.
  std::erase_if(services, [&](const auto& entry) {
    return entry.second.size() > 1 &&
           pod_name(application.id, entry.second[0]->name) == pod_name(application.id, entry.second[1]->name);
  });
  check_unique(services, "Service", problems);
  check_unique(secrets, "Secret", problems);
}

}  // namespace cloudflow
