// Writes the project and runs the binary.
#include "tests/node/application.h"

#include <fmt/format.h>
#include <stdio.h>
#include <sys/wait.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/api/kubeconfig.h"
#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/rules/workload_pods.h"
#include "sdk/support/clock.h"
#include "tests/node/real_node.h"
#include "tests/support/kubebed.h"

namespace cloudflow::testing {

NodeApplication::NodeApplication(std::string_view hint)
    : name_(fresh_space(hint)), client_(std::make_unique<ApiClient>(*read_kubeconfig(real_node(), ""), real_clock())) {}

void NodeApplication::set_deployment(const std::string& name, const std::string& container, const std::string& pod,
                                     const std::string& spec) {
  write("kubernetes/" + name + ".yaml", fmt::format(R"(apiVersion: apps/v1
kind: Deployment
metadata: {{name: {0}}}
spec:
  selector: {{matchLabels: {{app: {0}}}}}
  {3}
  template:
    metadata: {{labels: {{app: {0}}}}}
    spec:
      terminationGracePeriodSeconds: 5
      {2}
      containers:
      - {{name: main, {1}}}
)",
                                                    name, container, pod, spec));
}

void NodeApplication::write_project() {
  const std::string kafka =
      brokers_.empty()
          ? ""
          : fmt::format("\n    kafka: {{default: {{bootstrap-servers: \"{}\", partitions: 1, replicas: 1}}}}",
                        brokers_);
  write(
      "cloudflow.yaml",
      fmt::format("application: {0}\nversion: 1.0.0\nblueprint: blueprint.conf\nconfig: [config.conf]\nenvironments:\n"
                  "  test:\n    kubernetes: {{namespace: {0}}}{1}{2}\n",
                  name_, kafka, replicas_.empty() ? "" : "\n    replicas: " + replicas_));
  std::string streamlets;
  std::string config;
  for (const auto& [streamlet, part] : parts_) {
    streamlets += fmt::format("    {} {{ image = \"{}\"{} }}\n", streamlet, part.image,
                              part.more.empty() ? "" : ", " + part.more);
    config += fmt::format(
        "  {} {{ kubernetes.pods.pod.containers.container {{ env = [{{ name = APP_ARGS, value = \"{}\" }}]"
        "\n{} }} }}\n",
        streamlet, part.arguments, part.config);
  }
  write("blueprint.conf",
        fmt::format("blueprint {{\n  streamlets {{\n{}  }}\n  topics {{ {} }}\n}}\n", streamlets, topics_));
  write("config.conf", fmt::format("cloudflow.streamlets {{\n{}}}\n", config));
}

ProcessOutput NodeApplication::run(std::vector<std::string> arguments) {
  write_project();
  arguments.insert(arguments.begin(), CLOUDFLOW_BINARY);
  const auto output = run_process({.command = std::move(arguments),
                                   .environment = {{"KUBECONFIG", real_node()}},
                                   .directory = folder_->path("repo"),
                                   .deadline = std::chrono::minutes(3)},
                                  {});
  if (!output) throw std::runtime_error(output.error().message);
  return *output;
}

StampedOutput NodeApplication::run_stamped(const std::vector<std::string>& arguments) {
  write_project();
  std::string command =
      fmt::format("cd '{}' && KUBECONFIG='{}' timeout 180 '{}'", folder_->path("repo"), real_node(), CLOUDFLOW_BINARY);
  for (const std::string& argument : arguments) command += fmt::format(" '{}'", argument);
  StampedOutput out{.start = std::chrono::steady_clock::now()};
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  char* line = nullptr;
  std::size_t room = 0;
  while (getline(&line, &room, pipe) > 0) {
    const auto when = std::chrono::steady_clock::now();
    std::string text = line;
    if (text.ends_with('\n')) text.pop_back();
    out.said.push_back({when, std::move(text)});
  }
  std::free(line);
  const int status = pclose(pipe);
  out.end = std::chrono::steady_clock::now();
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return out;
}

std::vector<Json> NodeApplication::running_pods() const {
  auto pods = list_objects(*client_, well_known_resource("Pod")->collection(name_), {}, {});
  if (!pods) throw std::runtime_error(pods.error().message);
  std::erase_if(*pods, [](const Json& pod) { return has_ended(pod); });
  return *std::move(pods);
}

std::vector<Json> NodeApplication::running_pods(std::string_view prefix) const {
  std::vector<Json> pods = running_pods();
  std::erase_if(pods, [&](const Json& pod) { return !string_at(pod, {"metadata", "name"}).starts_with(prefix); });
  return pods;
}

}  // namespace cloudflow::testing
