// The documents in the container to plain values.
#include "sdk/streamlet/documents.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace cloudflow::streamlet {
namespace {

Result<Json> read_file(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return failure(ErrorKind::not_found, fmt::format("cannot read {}", path),
                   "the folder with a streamlet's documents comes from --config or CLOUDFLOW_RUNNER_SECRET; a pod has "
                   "them in /etc/cloudflow-runner-secret");
  }
  return parse_json(std::string(std::istreambuf_iterator<char>(file), {}), path);
}

/// What a setting is as text; librdkafka takes nothing else.
std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : dump(value); }

/// {"security": {"protocol": "SSL"}} → "security.protocol": "SSL".
void flatten(const Json& tree, const std::string& path, std::map<std::string, std::string>& out) {
  for (const auto& [name, value] : tree.items()) {
    if (value.is_object()) {
      flatten(value, path + name + ".", out);
    } else if (!value.is_null()) {
      out[path + name] = text_of(value);
    }
  }
}

std::map<std::string, std::string> client_settings(const Json& config, const std::string& kind) {
  std::map<std::string, std::string> out;
  for (const std::string& part : {std::string("connection-config"), kind}) {
    if (const Json* given = find(config, {part}); given != nullptr && given->is_object()) flatten(*given, "", out);
  }
  out.erase("bootstrap.servers");  // brokers are the port's
  return out;
}

Result<PortSettings> port_of(const std::string& name, const Json& port, const std::string& default_brokers) {
  PortSettings out{.topic = string_at(port, {"config", "topic", "name"}, string_at(port, {"id"})),
                   .brokers = string_at(port, {"config", "bootstrap", "servers"}, default_brokers)};
  if (out.topic.empty())
    return failure(ErrorKind::invalid_input, fmt::format("port {} of secret.conf has neither an id nor a topic", name));
  if (out.brokers.empty())
    return failure(ErrorKind::invalid_input, fmt::format("port {} of secret.conf has no brokers", name));
  if (const Json* config = find(port, {"config"}); config != nullptr) {
    out.consumer = client_settings(*config, "consumer-config");
    out.producer = client_settings(*config, "producer-config");
  }
  return out;
}

std::unexpected<Error> unfit(std::string_view setting, const std::string& value, std::string_view wanted) {
  return failure(ErrorKind::invalid_input,
                 fmt::format("cloudflow.streamlet.{} is {}, wanted {}", setting, value, wanted));
}

Result<std::optional<OnError>> on_error_of(const Json& given) {
  const std::string text = string_at(given, {"on-error"});
  if (find(given, {"on-error"}) == nullptr) return std::nullopt;
  if (text == "stop") return OnError::stop;
  if (text == "skip") return OnError::skip;
  if (text == "dead-letter") return OnError::dead_letter;
  return unfit("on-error", dump(*find(given, {"on-error"})), "stop, skip or dead-letter");
}

Result<std::optional<Processing>> processing_of(const Json& given) {
  const std::string text = string_at(given, {"processing"});
  if (find(given, {"processing"}) == nullptr) return std::nullopt;
  if (text == "at-least-once") return Processing::at_least_once;
  if (text == "exactly-once") return Processing::exactly_once;
  return unfit("processing", dump(*find(given, {"processing"})), "at-least-once or exactly-once");
}

/// A whole number in bounds, or a duration, where it is given.
template <class T>
Result<void> take(const Json& given, const std::string& name, T least, T most, T& into) {
  const Json* value = find(given, {name});
  if (value == nullptr) return {};
  const Result<T> read = ParameterType<T>::read(*value);
  if (!read || *read < least || *read > most) {
    return unfit(name, dump(*value),
                 fmt::format("{} to {}", ParameterType<T>::text(least), ParameterType<T>::text(most)));
  }
  into = *read;
  return {};
}

Result<RunSettings> run_settings(const Json& given) {
  using namespace std::chrono_literals;
  RunSettings out;
  CF_TRY(out.on_error, on_error_of(given));
  CF_TRY(out.given_processing, processing_of(given));
  CF_CHECK(take<std::int32_t>(given, "workers", 1, 256, out.workers));
  CF_CHECK(take<std::chrono::nanoseconds>(given, "renew-offsets-every", 1s, 24h, out.renew_offsets_every));
  CF_CHECK(take<std::int32_t>(given, "records-in-work", 1, 10'000'000, out.records_in_work));
  CF_CHECK(take<std::chrono::nanoseconds>(given, "stop-within", 1s, 24h, out.stop_within));
  CF_CHECK(take<std::chrono::nanoseconds>(given, "commit-every", 10ms, 1h, out.commit_every));
  CF_CHECK(take<MemorySize>(given, "state-memory", {8 << 20}, {1LL << 40}, out.state_memory));
  out.state_folder = string_at(given, {"state-folder"}, out.state_folder);
  if (const Json* http = find(given, {"http"}); http != nullptr) out.http = text_of(*http);
  return out;
}

}  // namespace

std::string Documents::group_of(const std::string& inlet) const {
  return fmt::format("{}.{}.{}", application, streamlet, inlet);
}

Result<Documents> read_documents(const std::string& folder) {
  CF_TRY(Json all, read_file(folder, "application.conf"));
  CF_TRY(const Json secret, read_file(folder, "secret.conf"));
  all.merge_patch(secret);  // what both have counts as it is in secret.conf
  const Json* me = find(all, {"cloudflow", "runner", "streamlet"});
  if (me == nullptr || string_at(*me, {"streamlet_ref"}).empty() || string_at(*me, {"context", "app_id"}).empty()) {
    return failure(ErrorKind::invalid_input,
                   fmt::format("{}/application.conf does not say which streamlet this is", folder),
                   "it has to have cloudflow.runner.streamlet with streamlet_ref and context.app_id");
  }
  Documents out{.class_name = string_at(*me, {"class_name"}),
                .streamlet = string_at(*me, {"streamlet_ref"}),
                .application = string_at(*me, {"context", "app_id"})};
  const std::string brokers = string_at(all, {"cloudflow", "kafka", "bootstrap-servers"});
  if (const Json* ports = find(*me, {"context", "port_mappings"}); ports != nullptr && ports->is_object()) {
    for (const auto& [name, port] : ports->items()) {
      CF_TRY(out.ports[name], port_of(name, port, brokers));
    }
  }
  if (const Json* parameters = find(all, {"cloudflow", "streamlets", out.streamlet}); parameters != nullptr)
    out.parameters = *parameters;
  if (const Json* mounts = find(*me, {"context", "volume_mounts"}); mounts != nullptr && mounts->is_array()) {
    for (const Json& mount : *mounts) out.mounts[string_at(mount, {"name"})] = string_at(mount, {"path"});
  }
  out.server_port =
      static_cast<int>(int_at(*me, {"context", "config", "cloudflow", "internal", "server", "container-port"}));
  if (const Json* given = find(all, {"cloudflow", "streamlet"}); given != nullptr) {
    CF_TRY(out.run, run_settings(*given));
  }
  return out;
}

}  // namespace cloudflow::streamlet
