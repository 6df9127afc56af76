// `cloudflow sandbox send` and `replay`: write records to a topic, by the topic's schema.
#include "cli/commands/sandbox_parts.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <functional>

#include "cli/commands/commands.h"
#include "cli/sandbox/record_text.h"
#include "cli/sandbox/sandbox_topic.h"
#include "planner/schema/avro/avro_from_json.h"
#include "providers/sandbox/topic_writer.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct SendOptions {
  SourceOptions source{};
  std::string topic{};
  std::vector<std::string> values{};
  std::optional<std::string> key{};
  std::string kafka{};
};

/// What is to be written.
struct SentRecord {
  std::optional<std::string> key{};
  std::optional<std::string> value{};
};

/// The bytes of a value that is given as JSON.
Result<std::string> bytes_of(const Json& value, const SandboxTopic& topic) {
  if (topic.avro) return json_to_avro(value, *topic.avro);
  return value.is_string() ? bytes_of_text(value.get<std::string>()) : dump(value);
}

/// A value as somebody types it: JSON where the topic is Avro, else it is written as it is.
Result<SentRecord> typed(const std::string& text, const SandboxTopic& topic) {
  SentRecord out;
  if (!topic.avro) {
    out.value = text;
    return out;
  }
  CF_TRY(const Json value, parse_json(text, "the value"));
  CF_TRY(out.value, json_to_avro(value, *topic.avro));
  return out;
}

/// A record as `tail --json` prints it.
Result<SentRecord> printed(const std::string& line, const SandboxTopic& topic) {
  CF_TRY(const Json record, parse_json(line, "the record"));
  const Json* value = find(record, {"value"});
  const Json* bytes = find(record, {"bytes"});
  const Json* key = find(record, {"key"});
  const bool has_key = key != nullptr && !key->is_null();
  if (!record.is_object() || (value == nullptr && bytes == nullptr) || (has_key && !key->is_string()))
    return failure(
        ErrorKind::invalid_input, "this is no record",
        "a line has what `sandbox tail --json` prints: a value, or bytes as \"0x01ff\", and a key that is text "
        "or null");
  SentRecord out;
  if (has_key) out.key = bytes_of_text(key->get<std::string>());
  if (bytes != nullptr) {
    out.value = bytes->is_string() ? bytes_of_hex(bytes->get<std::string>()) : std::nullopt;
    if (!out.value) return failure(ErrorKind::invalid_input, "\"bytes\" are no hexadecimal digits, as \"0x01ff\"");
  } else if (!value->is_null()) {
    CF_TRY(out.value, bytes_of(*value, topic));
  }
  return out;
}

using Reading = std::function<Result<SentRecord>(const std::string& text, const SandboxTopic& topic)>;

/// Where a text comes from, as messages say it.
std::string place_of(const SendOptions& options, std::size_t index) {
  return fmt::format("{} {}", options.values.empty() ? "line" : "value", index + 1);
}

ExitCode send(const SendOptions& options, const Reading& reading, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const auto failed = [&](const Error& error) {
    view->error(error);
    return ExitCode::failed;
  };
  const std::optional<SandboxTopic> topic =
      find_sandbox_topic(options.source, options.topic, options.kafka, host, *view);
  if (!topic) return ExitCode::failed;
  std::vector<SentRecord> given;
  for (std::size_t i = 0; i < options.values.size(); ++i) {  // all of them before the first is written
    Result<SentRecord> record = reading(options.values[i], *topic);
    if (!record) return failed(failure_in(place_of(options, i), std::move(record.error())).error());
    given.push_back(*std::move(record));
  }
  const auto writer = TopicWriter::open(topic->brokers, topic->name);
  if (!writer) return failed(writer.error());
  std::optional<Error> trouble;
  const auto write = [&](SentRecord record) {
    if (!record.key) record.key = options.key;
    if (const Result<void> wrote = (*writer)->write(record.key, record.value); !wrote) trouble = wrote.error();
  };
  for (SentRecord& record : given) {
    if (!trouble) write(std::move(record));
  }
  for (std::size_t i = 0; options.values.empty() && !trouble && !host.finish.stop_requested(); ++i) {
    const std::optional<std::string> line = read_input_line();
    if (!line) break;
    if (trimmed(*line).empty()) continue;
    Result<SentRecord> record = reading(*line, *topic);
    if (record) {
      write(*std::move(record));
    } else {
      trouble = failure_in(place_of(options, i), std::move(record.error())).error();
    }
  }
  const Result<std::int64_t> written = (*writer)->finish();
  if (written) view->note(fmt::format("{} written to {}.", counted(*written, "record"), topic->name));
  if (!written && !trouble) trouble = written.error();
  return trouble ? failed(*trouble) : ExitCode::ok;
}

CLI::App* add(CLI::App& sandbox, const std::string& name, const std::string& what, SendOptions& options) {
  CLI::App* command = sandbox.add_subcommand(name, what);
  command->add_option("topic", options.topic, "Its name in the blueprint, or in Kafka")->required()->type_name("TOPIC");
  command->add_option("-C,--folder", options.source.folder, "Folder of the project (default: .)")->type_name("DIR");
  command->add_option("-f,--file", options.source.file, "Project file (default: cloudflow.yaml)")->type_name("FILE");
  command->add_option("--kafka", options.kafka, "The broker (default: that of the sandbox that runs)")
      ->type_name("HOST:PORT");
  return command;
}

}  // namespace

void add_sandbox_send(CLI::App& sandbox, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<SendOptions>();
  CLI::App* command =
      add(sandbox, "send", "Write records to a topic: values as JSON where it is Avro, else as they are", *options);
  command->add_option("value", options->values, "One record each; without any, each line of standard input is one")
      ->type_name("VALUE");
  command->add_option("--key", options->key, "Key of the records (default: none)")->type_name("TEXT");
  command->callback([options, &host, &exit] { exit = send(*options, typed, host); });

  const auto again = std::make_shared<SendOptions>();
  add(sandbox, "replay", "Write records once more, which standard input has as `tail --json` prints them", *again)
      ->callback([again, &host, &exit] { exit = send(*again, printed, host); });
}

}  // namespace cloudflow
