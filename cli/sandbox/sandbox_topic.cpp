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

std::optional<AvroSchema> avro_of(const Application& application, const Topic& topic) {
  for (const std::string& producer : topic.producers) {
    const std::size_t dot = producer.find('.');
    const Streamlet* streamlet = application.streamlet(producer.substr(0, dot));
    const Port* outlet = streamlet == nullptr ? nullptr : streamlet->descriptor.outlet(producer.substr(dot + 1));
    if (outlet == nullptr || outlet->schema.format != "avro" || outlet->schema.text.empty()) continue;
    if (Result<AvroSchema> schema = parse_avro_schema(outlet->schema.text)) return *std::move(schema);
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
