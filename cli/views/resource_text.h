// Desired resources as text: manifests and topics, secrets masked.
#pragma once

#include <span>
#include <string>

#include "cloudflow/resource.h"

namespace cloudflow {

/// What is asked for, secret values masked as below.
Json masked_spec(const Resource& resource);

/// Kubernetes manifests as a stream of YAML documents, then the topics in one document of kind Topics. Documents in
/// our Secrets are shown as stringData; values from outside git, and all values of other Secrets, as "(secret)".
std::string resources_yaml(std::span<const Resource> resources);
/// {"format_version","manifests":[…],"topics":[{"cluster","name","partitions","replicas","config","managed"}]}
std::string resources_json(std::span<const Resource> resources);

}  // namespace cloudflow
