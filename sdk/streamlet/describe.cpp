// Descriptors of a program's streamlets, as Cloudflow 2's builds write them.
#include "sdk/streamlet/describe.h"

#include "cloudflow/streamlet/streamlet.h"

namespace cloudflow::streamlet {
namespace {

using Ordered = nlohmann::ordered_json;

template <class Port>
Ordered ports_of(const std::vector<Port*>& ports) {
  Ordered out = Ordered::array();
  for (const Port* port : ports) {
    const PortContract& contract = port->contract();
    out.push_back({{"name", port->name()},
                   {"schema",
                    {{"name", contract.name},
                     {"schema", contract.schema},
                     {"fingerprint", contract.fingerprint},
                     {"format", contract.format}}}});
  }
  return out;
}

Ordered parameters_of(const Streamlet& streamlet) {
  Ordered out = Ordered::array();
  for (const AnyParameter* parameter : streamlet.parameters()) {
    Ordered one{
        {"key", parameter->key()}, {"description", parameter->description()}, {"validation_type", parameter->type()}};
    if (const std::string pattern = parameter->pattern(); !pattern.empty()) one["validation_pattern"] = pattern;
    if (const auto text = parameter->default_text()) one["default_value"] = *text;
    out.push_back(std::move(one));
  }
  return out;
}

Ordered mounts_of(const Streamlet& streamlet) {
  Ordered out = Ordered::array();
  for (const VolumeMount* mount : streamlet.volume_mounts()) {
    const bool writes = mount->mode() == AccessMode::read_write_many;
    out.push_back(
        {{"name", mount->name()}, {"path", mount->path()}, {"access_mode", writes ? "ReadWriteMany" : "ReadOnlyMany"}});
  }
  return out;
}

}  // namespace

Ordered descriptor_of(const StreamletClass& one) {
  const std::unique_ptr<Streamlet> streamlet = one.make();
  Ordered attributes = Ordered::array();
  if (streamlet->server() != nullptr) {
    attributes.push_back({{"attribute_name", "server"}, {"config_path", "cloudflow.internal.server.container-port"}});
  }
  return {{"class_name", one.class_name},
          {"runtime", "native"},
          {"labels", Ordered::array()},
          {"description", one.description},
          {"inlets", ports_of(streamlet->inlets())},
          {"outlets", ports_of(streamlet->outlets())},
          {"config_parameters", parameters_of(*streamlet)},
          {"volume_mounts", mounts_of(*streamlet)},
          {"attributes", std::move(attributes)}};
}

}  // namespace cloudflow::streamlet
