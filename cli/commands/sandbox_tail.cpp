// `cloudflow sandbox tail`: shows the records of a topic, by the topic's schema.
#include "cli/commands/sandbox_tail.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/sandbox/running_sandbox.h"
#include "cli/sandbox/sandbox.h"
#include "cli/steps.h"
#include "planner/schema/avro/avro_json.h"
#include "planner/schema/avro/avro_schema.h"
#include "providers/sandbox/topic_reader.h"
#include "sdk/support/clock.h"
#include "sdk/support/digest.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct TailOptions {
  SourceOptions source{};
  std::string topic{};
  std::string kafka{};
  std::string filter{};
  int count = 0;    ///< 0: no end
  int seconds = 0;  ///< 0: no end
  bool from_beginning = false;
  bool json = false;
};

/// A topic of the blueprint as it is in Kafka.
struct NamedTopic {
  std::string name{};
  std::optional<AvroSchema> avro{};
};

/// The schema of whoever writes to it. Nothing where nobody does, or where it is not Avro.
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

/// By its id in the blueprint, or by its name in Kafka.
std::optional<NamedTopic> find_topic(const Application& application, const std::string& name, View& view) {
  std::vector<std::string> known;
  for (const Topic& topic : application.topics) {
    const ConfigValue* given = topic.config.at({"topic", "name"});
    const std::string in_kafka = given != nullptr && given->is_scalar() ? given->text() : topic.id;
    if (name == topic.id || name == in_kafka) return NamedTopic{in_kafka, avro_of(application, topic)};
    known.push_back(topic.id);
  }
  const std::string hint = did_you_mean(name, known);
  view.error({ErrorKind::not_found, fmt::format("the application has no topic {}", quote(name)), std::nullopt,
              hint.empty() ? "it has: " + join(known, ", ") : hint});
  return std::nullopt;
}

/// Text where it is some, else its bytes.
std::string text_of(const std::string& bytes) { return is_printable(bytes) ? bytes : "0x" + hex(bytes); }

/// The value as people read it; JSON where its schema is known.
Json value_of(const ReadRecord& record, const NamedTopic& topic) {
  if (!record.value) return nullptr;
  if (topic.avro) {
    Result<Json> value = avro_to_json(*record.value, *topic.avro);
    if (value) return *std::move(value);
    return Json{{"undecodable", value.error().message}, {"bytes", "0x" + hex(*record.value)}};
  }
  return text_of(*record.value);
}

std::string line_of(const ReadRecord& record, const Json& value, bool json) {
  const Json key = record.key ? Json(text_of(*record.key)) : Json();
  if (json) {
    return dump({{"partition", record.partition},
                 {"offset", record.offset},
                 {"time", record.time < 0 ? Json() : Json(record.time)},
                 {"key", key},
                 {"value", value}});
  }
  return fmt::format("{}/{}  {}  {}", record.partition, record.offset, record.key ? text_of(*record.key) : "-",
                     value.is_string() ? value.get<std::string>() : dump(value));
}

ExitCode show(const TailOptions& options, TopicReader& reader, const NamedTopic& topic, const Host& host, View& view) {
  const auto end = real_clock().now() + std::chrono::seconds(options.seconds);
  int shown = 0;
  while (!host.finish.stop_requested() && !output_is_closed() && (options.seconds == 0 || real_clock().now() < end)) {
    const Result<std::optional<ReadRecord>> record = reader.next(std::chrono::milliseconds(200));
    if (!record) {
      view.error(record.error());
      return ExitCode::failed;
    }
    if (!*record) continue;
    const std::string line = line_of(**record, value_of(**record, topic), options.json);
    if (line.find(options.filter) == std::string::npos) continue;
    print_out(printable(line) + "\n");
    if (++shown == options.count) return ExitCode::ok;
  }
  return shown < options.count ? ExitCode::failed : ExitCode::ok;
}

ExitCode run_tail(const TailOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  std::string brokers = options.kafka;
  if (brokers.empty()) {
    const Result<RunningSandbox> sandbox = find_running_sandbox(whole_folder(options.source.folder));
    if (!sandbox) {
      view->error(sandbox.error());
      return ExitCode::failed;
    }
    brokers = sandbox->broker;
  }
  const std::optional<Source> source = read_application(options.source, host, *view);
  if (!source) return ExitCode::failed;
  const std::optional<NamedTopic> topic = find_topic(source->application, options.topic, *view);
  if (!topic) return ExitCode::failed;
  const auto reader = TopicReader::open(brokers, topic->name, options.from_beginning);
  if (!reader) {
    view->error(reader.error());
    return ExitCode::failed;
  }
  return show(options, **reader, *topic, host, *view);
}

}  // namespace

void add_sandbox_tail(CLI::App& sandbox, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<TailOptions>();
  CLI::App* command = sandbox.add_subcommand("tail", "Show the records of a topic as they come, by its schema");
  command->add_option("topic", options->topic, "Its name in the blueprint, or in Kafka")
      ->required()
      ->type_name("TOPIC");
  command->add_option("-C,--folder", options->source.folder, "Folder of the project (default: .)")->type_name("DIR");
  command->add_option("-f,--file", options->source.file, "Project file (default: cloudflow.yaml)")->type_name("FILE");
  command->add_option("--kafka", options->kafka, "The broker (default: that of the sandbox that runs)")
      ->type_name("HOST:PORT");
  command->add_flag("--from-beginning", options->from_beginning, "Begin with what is there already");
  command->add_option("--grep", options->filter, "Only records whose line has this text")->type_name("TEXT");
  command->add_option("--count", options->count, "End after so many; exit code 1 where it ends before")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_time(*command, "--for", options->seconds, "Time after which it ends by itself, 0s for never", 0);
  add_json(*command, options->json, "one JSON object per record on stdout");
  command->callback([options, &host, &exit] { exit = run_tail(*options, host); });
}

}  // namespace cloudflow
