// The names, as tests/providers/kafka/setting_names_test.cpp reads them from Kafka's own library.
#include "sdk/support/kafka_names.h"

#include <algorithm>
#include <vector>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const std::vector<std::string>& client_settings() {
  static const std::vector<std::string> names = {
      "acks",
      "allow.auto.create.topics",
      "auto.commit.interval.ms",
      "auto.offset.reset",
      "batch.size",
      "bootstrap.controllers",
      "bootstrap.servers",
      "buffer.memory",
      "check.crcs",
      "client.dns.lookup",
      "client.id",
      "client.rack",
      "compression.gzip.level",
      "compression.lz4.level",
      "compression.type",
      "compression.zstd.level",
      "config.providers",
      "connections.max.idle.ms",
      "default.api.timeout.ms",
      "delivery.timeout.ms",
      "enable.auto.commit",
      "enable.idempotence",
      "enable.metrics.push",
      "exclude.internal.topics",
      "fetch.max.bytes",
      "fetch.max.wait.ms",
      "fetch.min.bytes",
      "group.id",
      "group.instance.id",
      "group.protocol",
      "group.remote.assignor",
      "heartbeat.interval.ms",
      "interceptor.classes",
      "isolation.level",
      "key.deserializer",
      "key.serializer",
      "linger.ms",
      "max.block.ms",
      "max.in.flight.requests.per.connection",
      "max.partition.fetch.bytes",
      "max.poll.interval.ms",
      "max.poll.records",
      "max.request.size",
      "metadata.max.age.ms",
      "metadata.max.idle.ms",
      "metadata.recovery.rebootstrap.trigger.ms",
      "metadata.recovery.strategy",
      "metric.reporters",
      "metrics.num.samples",
      "metrics.recording.level",
      "metrics.sample.window.ms",
      "partition.assignment.strategy",
      "partitioner.adaptive.partitioning.enable",
      "partitioner.availability.timeout.ms",
      "partitioner.class",
      "partitioner.ignore.keys",
      "receive.buffer.bytes",
      "reconnect.backoff.max.ms",
      "reconnect.backoff.ms",
      "request.timeout.ms",
      "retries",
      "retry.backoff.max.ms",
      "retry.backoff.ms",
      "sasl.client.callback.handler.class",
      "sasl.jaas.config",
      "sasl.kerberos.kinit.cmd",
      "sasl.kerberos.min.time.before.relogin",
      "sasl.kerberos.service.name",
      "sasl.kerberos.ticket.renew.jitter",
      "sasl.kerberos.ticket.renew.window.factor",
      "sasl.login.callback.handler.class",
      "sasl.login.class",
      "sasl.login.connect.timeout.ms",
      "sasl.login.read.timeout.ms",
      "sasl.login.refresh.buffer.seconds",
      "sasl.login.refresh.min.period.seconds",
      "sasl.login.refresh.window.factor",
      "sasl.login.refresh.window.jitter",
      "sasl.login.retry.backoff.max.ms",
      "sasl.login.retry.backoff.ms",
      "sasl.mechanism",
      "sasl.oauthbearer.assertion.algorithm",
      "sasl.oauthbearer.assertion.claim.aud",
      "sasl.oauthbearer.assertion.claim.exp.seconds",
      "sasl.oauthbearer.assertion.claim.iss",
      "sasl.oauthbearer.assertion.claim.jti.include",
      "sasl.oauthbearer.assertion.claim.nbf.seconds",
      "sasl.oauthbearer.assertion.claim.sub",
      "sasl.oauthbearer.assertion.file",
      "sasl.oauthbearer.assertion.private.key.file",
      "sasl.oauthbearer.assertion.private.key.passphrase",
      "sasl.oauthbearer.assertion.template.file",
      "sasl.oauthbearer.client.credentials.client.id",
      "sasl.oauthbearer.client.credentials.client.secret",
      "sasl.oauthbearer.clock.skew.seconds",
      "sasl.oauthbearer.expected.audience",
      "sasl.oauthbearer.expected.issuer",
      "sasl.oauthbearer.header.urlencode",
      "sasl.oauthbearer.jwks.endpoint.refresh.ms",
      "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
      "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
      "sasl.oauthbearer.jwks.endpoint.url",
      "sasl.oauthbearer.jwt.retriever.class",
      "sasl.oauthbearer.jwt.validator.class",
      "sasl.oauthbearer.scope",
      "sasl.oauthbearer.scope.claim.name",
      "sasl.oauthbearer.sub.claim.name",
      "sasl.oauthbearer.token.endpoint.url",
      "security.protocol",
      "security.providers",
      "send.buffer.bytes",
      "session.timeout.ms",
      "share.acknowledgement.mode",
      "share.acquire.mode",
      "socket.connection.setup.timeout.max.ms",
      "socket.connection.setup.timeout.ms",
      "ssl.cipher.suites",
      "ssl.enabled.protocols",
      "ssl.endpoint.identification.algorithm",
      "ssl.engine.factory.class",
      "ssl.key.password",
      "ssl.keymanager.algorithm",
      "ssl.keystore.certificate.chain",
      "ssl.keystore.key",
      "ssl.keystore.location",
      "ssl.keystore.password",
      "ssl.keystore.type",
      "ssl.protocol",
      "ssl.provider",
      "ssl.secure.random.implementation",
      "ssl.trustmanager.algorithm",
      "ssl.truststore.certificates",
      "ssl.truststore.location",
      "ssl.truststore.password",
      "ssl.truststore.type",
      "transaction.timeout.ms",
      "transaction.two.phase.commit.enable",
      "transactional.id",
      "value.deserializer",
      "value.serializer",
  };
  return names;
}

const std::vector<std::string>& topic_settings() {
  static const std::vector<std::string> names = {
      "cleanup.policy",
      "compression.gzip.level",
      "compression.lz4.level",
      "compression.type",
      "compression.zstd.level",
      "delete.retention.ms",
      "file.delete.delay.ms",
      "flush.messages",
      "flush.ms",
      "follower.replication.throttled.replicas",
      "index.interval.bytes",
      "leader.replication.throttled.replicas",
      "local.retention.bytes",
      "local.retention.ms",
      "max.compaction.lag.ms",
      "max.message.bytes",
      "message.downconversion.enable",
      "message.format.version",
      "message.timestamp.after.max.ms",
      "message.timestamp.before.max.ms",
      "message.timestamp.difference.max.ms",
      "message.timestamp.type",
      "min.cleanable.dirty.ratio",
      "min.compaction.lag.ms",
      "min.insync.replicas",
      "preallocate",
      "remote.log.copy.disable",
      "remote.log.delete.on.disable",
      "remote.storage.enable",
      "retention.bytes",
      "retention.ms",
      "segment.bytes",
      "segment.index.bytes",
      "segment.jitter.ms",
      "segment.ms",
      "unclean.leader.election.enable",
  };
  return names;
}

/// Strimzi's login module has settings that look like Kafka's.
constexpr std::string_view of_strimzi = "oauth.";

std::string near(std::string_view name, const std::vector<std::string>& known) {
  if (std::ranges::binary_search(known, name) || name.starts_with(of_strimzi)) return "";
  return did_you_mean(name, known);
}

}  // namespace

std::string near_client_setting(std::string_view name) { return near(name, client_settings()); }

std::string near_topic_setting(std::string_view name) { return near(name, topic_settings()); }

bool is_topic_name(std::string_view name) {
  const bool characters = std::ranges::all_of(
      name, [](unsigned char c) { return (c < 0x80 && std::isalnum(c) != 0) || c == '.' || c == '_' || c == '-'; });
  return characters && !name.empty() && name.size() <= 249 && name != "." && name != "..";
}

}  // namespace cloudflow
