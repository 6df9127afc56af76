// A streamlet object with the values of its documents.
#include "sdk/streamlet/binding.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cloudflow/streamlet/class_mistakes.h"

namespace cloudflow::streamlet {
namespace {

/// Every port of the class has to be wired.
Result<void> check_ports(const Streamlet& streamlet, const Documents& documents) {
  const auto check = [&](const std::string& kind, const std::string& name) -> Result<void> {
    if (documents.ports.contains(name)) return {};
    return failure(ErrorKind::invalid_input,
                   fmt::format("{} {} of streamlet {} has no topic", kind, name, documents.streamlet),
                   "secret.conf has no such port: was the descriptor made with another version of this program?");
  };
  for (const AnyInlet* inlet : streamlet.inlets()) CF_CHECK(check("inlet", inlet->name()));
  for (const AnyOutlet* outlet : streamlet.outlets()) CF_CHECK(check("outlet", outlet->name()));
  return {};
}

Result<void> check_class(const Streamlet& streamlet, const std::string& class_name) {
  std::vector<Error> mistakes = class_mistakes(streamlet, class_name);
  if (mistakes.empty()) return {};
  if (mistakes.size() == 1) return std::unexpected(std::move(mistakes.front()));
  return failure(ErrorKind::invalid_input, text_of(mistakes));
}

}  // namespace

Result<std::unique_ptr<Streamlet>> bind(const StreamletClass& which, const Documents& documents) {
  std::unique_ptr<Streamlet> out = which.make();
  CF_CHECK(check_class(*out, which.class_name));
  CF_CHECK(check_ports(*out, documents));
  for (AnyParameter* parameter : out->parameters()) {
    const Json* given = find(documents.parameters, {parameter->key()});
    if (const auto set = parameter->set(given == nullptr ? Json() : *given); !set) {
      return failure(ErrorKind::invalid_input, fmt::format("config parameter {} of streamlet {}: {}", parameter->key(),
                                                           documents.streamlet, set.error().message));
    }
  }
  if (ServerPort* server = out->server(); server != nullptr) {
    if (documents.server_port == 0) {
      return failure(ErrorKind::invalid_input,
                     fmt::format("application.conf gives streamlet {} no port to listen on", documents.streamlet));
    }
    const std::size_t colon = documents.run.http.rfind(':');
    server->set(documents.server_port, colon == std::string::npos ? "" : documents.run.http.substr(0, colon));
  }
  for (VolumeMount* mount : out->volume_mounts()) {
    if (const auto given = documents.mounts.find(mount->name()); given != documents.mounts.end())
      mount->set_path(given->second);
  }
  return out;
}

Result<OnError> error_policy(const Streamlet& streamlet, const Documents& documents) {
  const OnError policy = documents.run.on_error.value_or(streamlet.error_policy());
  if (policy == OnError::dead_letter && streamlet.dead_letter_outlet() == nullptr) {
    return failure(ErrorKind::invalid_input,
                   fmt::format("cloudflow.streamlet.on-error is dead-letter, and streamlet {} has no outlet for them",
                               documents.streamlet),
                   "declare Outlet<Bytes> and call dead_letters_to(outlet) in the constructor");
  }
  return policy;
}

namespace {

/// A transaction is one of one cluster, by one producer.
Result<void> check_exactly_once(const Streamlet& streamlet, const Documents& documents) {
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    return failure(ErrorKind::invalid_input,
                   fmt::format("streamlet {} cannot process exactly once: {}", documents.streamlet, why), hint);
  };
  if (streamlet.inlets().empty())
    return refuse("it has no inlet", "what generate sends has no offset that could be part of its transaction");
  const std::string first = streamlet.inlets().front()->name();
  const std::string writes = streamlet.outlets().empty() ? first : streamlet.outlets().front()->name();
  const auto check = [&](const std::string& port) -> Result<void> {
    if (documents.ports.at(port).brokers == documents.ports.at(first).brokers) return {};
    return refuse(fmt::format("{} and {} are on two clusters", first, port), "a transaction belongs to one of them");
  };
  for (const AnyInlet* inlet : streamlet.inlets()) CF_CHECK(check(inlet->name()));
  for (const AnyOutlet* outlet : streamlet.outlets()) {
    CF_CHECK(check(outlet->name()));
    if (documents.ports.at(outlet->name()).producer != documents.ports.at(writes).producer) {
      return refuse(fmt::format("{} and {} have different settings of their producer", writes, outlet->name()),
                    "all outlets share one producer in a transaction");
    }
  }
  return {};
}

/// A partition of a store is one of the inlets.
Result<void> check_stores(const Streamlet& streamlet, const Documents& documents) {
  if (streamlet.stores().empty()) return {};
  const std::string& first = streamlet.inlets().front()->name();
  for (const AnyInlet* inlet : streamlet.inlets()) {
    if (documents.ports.at(inlet->name()).brokers == documents.ports.at(first).brokers) continue;
    return failure(ErrorKind::invalid_input,
                   fmt::format("streamlet {} has stores, and its inlets {} and {} are on two clusters",
                               documents.streamlet, first, inlet->name()),
                   "inlets with common stores are read by what one group says, which belongs to one cluster");
  }
  return {};
}

}  // namespace

Result<RunSettings> run_settings(const Streamlet& streamlet, const Documents& documents) {
  using namespace std::chrono_literals;
  RunSettings out = documents.run;
  out.processing = out.given_processing.value_or(streamlet.processing());
  const bool is_once = out.processing == Processing::exactly_once;
  CF_CHECK(check_stores(streamlet, documents));
  if (is_once) CF_CHECK(check_exactly_once(streamlet, documents));
  if (out.commit_every == 0ns) out.commit_every = is_once ? 100ms : 1s;
  return out;
}

}  // namespace cloudflow::streamlet
