// The Kafka broker of a sandbox.
#include "cli/sandbox/sandbox_broker.h"

#include <fmt/format.h>

#include "planner/settings/effective_config.h"
#include "providers/sandbox/embedded_topics.h"
#include "sdk/support/clock.h"

namespace cloudflow {
namespace {

/// Under which its process is remembered; no streamlet has a dot in its name.
constexpr const char* broker_process = "kafka.broker";

Result<std::unique_ptr<ApacheBroker>> start_apache(const WorkFolder& work, const std::string& data, const Host& host,
                                                   View& view) {
  return ApacheBroker::start({.cache = cache_folder(),
                              .data = data,
                              .jars = environment_variable("CLOUDFLOW_KAFKA_JARS").value_or(""),
                              .progress = [&view](const std::string& what) { view.note(what); },
                              .started = [&work](const std::string& mark) { work.note_process(broker_process, mark); },
                              .ended =
                                  [&host](const std::string& reason, std::chrono::seconds pause) {
                                    // By another thread than the view's.
                                    if (!host.finish.stop_requested())
                                      print_err(fmt::format("{}; starting it again in {} s\n", reason, pause.count()));
                                  }},
                             host.finish);
}

}  // namespace

Result<std::unique_ptr<SandboxBroker>> SandboxBroker::start(const BrokerChoice& choice, const WorkFolder& work,
                                                            const std::string& data, const Host& host, View& view) {
  std::unique_ptr<SandboxBroker> out(new SandboxBroker());
  if (choice.kind == BrokerChoice::Kind::embedded) {
    CF_TRY(out->embedded_, EmbeddedBroker::start());
    out->address_ = out->embedded_->address();
    out->topics_ = std::make_unique<EmbeddedTopics>(*out->embedded_);
    return out;
  }
  out->address_ = choice.address;
  if (choice.kind == BrokerChoice::Kind::apache) {
    CF_TRY(out->apache_, start_apache(work, data, host, view));
    out->address_ = out->apache_->address();
  }
  CF_TRY(
      std::unique_ptr<KafkaProvider> kafka,
      KafkaProvider::open({{.name = std::string(default_cluster), .bootstrap_servers = out->address_}}, real_clock()));
  out->kafka_ = kafka.get();
  out->topics_ = std::move(kafka);
  return out;
}

}  // namespace cloudflow
