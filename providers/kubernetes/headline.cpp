// What is worth saying of a new object.
#include "providers/kubernetes/headline.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "sdk/support/image_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::vector<std::string> images_of(const Json& object) {
  std::vector<std::string> out;
  const Json* containers = find(object, {"spec", "template", "spec", "containers"});
  if (containers == nullptr || !containers->is_array()) return out;
  for (const Json& container : *containers) out.push_back(short_image(string_at(container, {"image"})));
  return out;
}

std::string keys_of(const Json& object) {
  const Json* data = find(object, {"data"});
  std::vector<std::string> keys;
  if (data != nullptr && data->is_object()) {
    for (const auto& [key, value] : data->items()) keys.push_back(key);
  }
  return join(keys, " ");
}

}  // namespace

std::string object_headline(const Resource& object) {
  const std::string& kind = object.id.kind;
  if (kind == "Secret") return keys_of(object.spec);
  if (kind != "Deployment.apps" && kind != "StatefulSet.apps") return "";
  std::vector<std::string> parts = {counted(int_at(object.spec, {"spec", "replicas"}, 1), "pod")};
  std::ranges::move(images_of(object.spec), std::back_inserter(parts));
  return join(parts, ", ");
}

}  // namespace cloudflow
