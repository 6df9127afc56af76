// Reads cloudflow's annotations of a Deployment.
#include "providers/kubernetes/rules/workload_annotations.h"

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string annotation(const Json& workload, const char* name) {
  return string_at(workload, {"metadata", "annotations", name});
}

std::string first_annotation(const Json& workload, const char* name, const char* older_name) {
  std::string found = annotation(workload, name);
  return found.empty() ? annotation(workload, older_name) : found;
}

std::vector<std::string> words_of(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (const std::string& one : split(text, separator)) {
    if (const std::string_view word = trimmed(one); !word.empty()) out.emplace_back(word);
  }
  return out;
}

}  // namespace

std::string stop_when_of(const Json& workload) { return annotation(workload, "cloudflow/stop-when"); }

std::vector<std::string> created_by_pods_of(const Json& workload) {
  // The second name is that of older versions.
  return words_of(first_annotation(workload, "cloudflow/creates", "cloudflow/leaves"), ';');
}

std::vector<std::string> kept_keys_of(const Json& workload) {
  return words_of(first_annotation(workload, "cloudflow/keeps-keys", "cloudflow/leaves-unless"), ',');
}

bool is_scaled_to_zero(const Json& workload) { return int_at(workload, {"spec", "replicas"}, 1) == 0; }

bool touches(std::string_view pointer, std::string_view trigger) {
  return pointer.starts_with(trigger) || trigger.starts_with(std::string(pointer) + "/");
}

}  // namespace cloudflow
