// `cloudflow sandbox tail`: shows the records of a topic, by the topic's schema.
#include "cli/commands/sandbox_parts.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/sandbox/record_text.h"
#include "cli/sandbox/running_sandbox.h"
#include "cli/sandbox/sandbox_topic.h"
#include "cli/steps.h"
#include "planner/schema/avro/avro_from_json.h"
#include "planner/schema/avro/avro_json.h"
#include "providers/sandbox/topic_reader.h"
#include "sdk/support/clock.h"
#include "sdk/support/digest.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int most_records = 1'000'000'000;

struct TailOptions {
  SourceOptions source{};
  std::string topic{};
  std::string kafka{};
  std::string filter{};
  int count = 0;    ///< 0: no end
  int seconds = 0;  ///< 0: no end
  bool from_beginning = false;
  int last = 0;   ///< 0: not asked for
  int since = 0;  ///< seconds; 0: not asked for
  std::optional<std::int64_t> offset{};
  bool json = false;
};

/// A record as people and programs read it.
struct ShownRecord {
  Json value{};         ///< JSON where the schema is known, else text
  std::string bytes{};  ///< in hexadecimal digits, where the value alone does not say them
  std::string problem{};
};

/// `exact`: also where another branch of a union would be written again, which takes writing it.
ShownRecord shown_of(const ReadRecord& record, const SandboxTopic& topic, bool exact) {
  ShownRecord out;
  if (!record.value) return out;
  if (!topic.avro) {
    out.value = text_of_bytes(*record.value);
    return out;
  }
  Result<Json> value = avro_to_json(*record.value, *topic.avro);
  if (!value) {
    out.problem = value.error().message;
    out.bytes = hex_of_bytes(*record.value);
    return out;
  }
  out.value = *std::move(value);
  if (!exact) return out;
  const Result<std::string> again = json_to_avro(out.value, *topic.avro);
  if (!again || *again != *record.value) out.bytes = hex_of_bytes(*record.value);
  return out;
}

std::string line_of(const ReadRecord& record, const ShownRecord& shown, bool json) {
  if (json) {
    Json out{{"partition", record.partition},
             {"offset", record.offset},
             {"time", record.time < 0 ? Json() : Json(record.time)},
             {"key", record.key ? Json(text_of_bytes(*record.key)) : Json()}};
    if (shown.problem.empty()) out["value"] = shown.value;
    if (!shown.problem.empty()) out["undecodable"] = shown.problem;
    if (!shown.bytes.empty()) out["bytes"] = shown.bytes;
    return dump(out);
  }
  const std::string value = !shown.problem.empty()    ? fmt::format("{} (undecodable: {})", shown.bytes, shown.problem)
                            : shown.value.is_string() ? shown.value.get<std::string>()
                                                      : dump(shown.value);
  return fmt::format("{}/{}  {}  {}", record.partition, record.offset, record.key ? text_of_bytes(*record.key) : "-",
                     value);
}

/// Milliseconds since 1970; 0 where any is recent enough.
std::int64_t oldest_of(const TailOptions& options) {
  if (options.since == 0) return 0;
  const auto then = real_clock().wall() - std::chrono::seconds(options.since);
  return std::chrono::duration_cast<std::chrono::milliseconds>(then.time_since_epoch()).count();
}

/// Whether the sandbox is still there that is read from; another broker is left to the client.
bool is_running(const SandboxTopic& topic) {
  if (topic.folder.empty()) return true;
  const Result<RunningSandbox> sandbox = find_running_sandbox(topic.folder);
  return sandbox && sandbox->broker == topic.brokers;
}

ExitCode show(const TailOptions& options, TopicReader& reader, const SandboxTopic& topic, const Host& host,
              View& view) {
  const auto end = real_clock().now() + std::chrono::seconds(options.seconds);
  const std::int64_t oldest = oldest_of(options);
  int shown = 0;
  while (!host.finish.stop_requested() && !output_is_closed() && (options.seconds == 0 || real_clock().now() < end)) {
    const Result<std::optional<ReadRecord>> record = reader.next(std::chrono::milliseconds(200));
    if (!record) {
      view.error(record.error());
      return ExitCode::failed;
    }
    if (!*record && !is_running(topic)) {
      view.error({ErrorKind::unavailable, "the sandbox has ended"});
      return ExitCode::failed;
    }
    if (!*record || (options.since > 0 && (*record)->time < oldest)) continue;
    const std::string line = line_of(**record, shown_of(**record, topic, options.json), options.json);
    if (line.find(options.filter) == std::string::npos) continue;
    print_out(printable(line) + "\n");
    if (++shown == options.count) return ExitCode::ok;
  }
  return shown < options.count ? ExitCode::failed : ExitCode::ok;
}

/// The embedded broker does not know what was when: all is read there, and what is too old is left out.
ReadFrom begin_of(const TailOptions& options, const SandboxTopic& topic) {
  using Kind = ReadFrom::Kind;
  if (options.from_beginning) return {.kind = Kind::beginning};
  if (options.last > 0) return {.kind = Kind::last, .count = options.last};
  if (options.offset) return {.kind = Kind::offset, .count = *options.offset};
  if (options.since == 0) return {};
  return {.kind = topic.is_embedded ? Kind::beginning : Kind::since, .time = oldest_of(options)};
}

ExitCode run_tail(const TailOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::optional<SandboxTopic> topic =
      find_sandbox_topic(options.source, options.topic, options.kafka, host, *view);
  if (!topic) return ExitCode::failed;
  const auto reader = TopicReader::open(topic->brokers, topic->name, begin_of(options, *topic));
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
  CLI::Option_group* from =
      command->add_option_group("begin", "Where it begins (default: with what comes from now on)");
  from->add_flag("--from-beginning", options->from_beginning, "With all that is there");
  from->add_option("--last", options->last, "With the last N records of each partition")
      ->type_name("N")
      ->check(CLI::Range(1, most_records).description(""));
  add_time(*from, "--since", options->since, "With what was written so long ago or later, 0s for no such time", 0);
  from->add_option("--offset", options->offset, "With this offset, in each partition")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  from->require_option(0, 1);
  command->add_option("--grep", options->filter, "Only records whose line has this text")->type_name("TEXT");
  command->add_option("--count", options->count, "End after so many; exit code 1 where it ends before")
      ->type_name("N")
      ->check(CLI::Range(1, most_records).description(""));
  add_time(*command, "--for", options->seconds, "Time after which it ends by itself, 0s for never", 0);
  add_json(*command, options->json, "one JSON object per record on stdout");
  command->callback([options, &host, &exit] { exit = run_tail(*options, host); });
}

}  // namespace cloudflow
