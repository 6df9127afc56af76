// A topic of the application as it is in the sandbox that runs.
#include "cli/sandbox/sandbox_topic.h"

#include <fmt/format.h>

#include "cli/named_files.h"
#include "cli/sandbox/running_sandbox.h"
#include "cli/sandbox/sandbox.h"
#include "cli/steps.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::optional<AvroSchema> avro_of(const Application& application, const std::string& port) {
  const std::size_t dot = port.find('.');
  const Streamlet* streamlet = application.streamlet(port.substr(0, dot));
  if (streamlet == nullptr) return std::nullopt;
  const Port* known = streamlet->descriptor.outlet(port.substr(dot + 1));
  if (known == nullptr) known = streamlet->descriptor.inlet(port.substr(dot + 1));
  if (known == nullptr || known->schema.format != "avro" || known->schema.text.empty()) return std::nullopt;
  Result<AvroSchema> schema = parse_avro_schema(known->schema.text);
  return schema ? std::optional(*std::move(schema)) : std::nullopt;
}

/// That of an outlet that writes it; where others write it, that of an inlet that reads it.
std::optional<AvroSchema> avro_of(const Application& application, const Topic& topic) {
  for (const std::vector<std::string>* ports : {&topic.producers, &topic.consumers}) {
    for (const std::string& port : *ports) {
      if (auto schema = avro_of(application, port)) return schema;
    }
  }
  return std::nullopt;
}

/// As the sandbox says, which knows the configuration; else as the blueprint alone says.
std::string name_in_kafka(const Topic& topic, const RunningSandbox& sandbox) {
  if (const auto known = sandbox.topics.find(topic.id); known != sandbox.topics.end()) return known->second.name;
  const ConfigValue* given = topic.config.at({"topic", "name"});
  return given != nullptr && given->is_scalar() ? given->text() : topic.id;
}

}  // namespace

std::optional<SandboxTopic> find_sandbox_topic(const SourceOptions& given, const std::string& topic,
                                               const std::string& kafka, const Host& host, View& view) {
  SourceOptions options = given;
  enter_folder_of_project(options);
  RunningSandbox sandbox{.broker = kafka};
  if (kafka.empty()) {
    Result<RunningSandbox> found = find_running_sandbox(whole_folder(options.folder));
    if (!found) {
      view.error(found.error());
      return std::nullopt;
    }
    sandbox = *std::move(found);
  }
  const std::optional<Source> source = read_application(options, host, view);
  if (!source) return std::nullopt;
  std::vector<std::string> known;
  for (const Topic& one : source->application.topics) {
    std::string name = name_in_kafka(one, sandbox);
    if (topic == one.id || topic == name)
      return SandboxTopic{.brokers = sandbox.broker,
                          .is_embedded = sandbox.is_embedded,
                          .folder = sandbox.folder,
                          .name = std::move(name),
                          .avro = avro_of(source->application, one)};
    known.push_back(one.id);
  }
  const std::string hint = did_you_mean(topic, known);
  view.error({ErrorKind::not_found, fmt::format("the application has no topic {}", quote(topic)), std::nullopt,
              hint.empty() ? "it has: " + join(known, ", ") : hint});
  return std::nullopt;
}

}  // namespace cloudflow
