// The application as a picture that a plan is shown on.
#include "cli/views/plan_picture.h"

#include "cli/systems.h"

namespace cloudflow {

PlanPicture picture_of(const Application& application, const EffectiveConfig& config) {
  PlanPicture out{.graph = graph_of(application)};
  for (std::size_t i = 0; i < out.graph.nodes.size(); ++i) {
    const GraphNode& node = out.graph.nodes[i];
    if (!node.topic) {
      out.streamlets.emplace(node.label, i);
    } else if (const auto topic = config.topics.find(node.label); topic != config.topics.end()) {
      out.topics.emplace(topic_id(topic->second.cluster, topic->second.name.text()), i);
    }
  }
  return out;
}

}  // namespace cloudflow
