// Streamlets as processes of their own.
#include "tests/streamlet/running.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>

#include "tests/support/eventually.h"
#include "tests/support/kafka_actor.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

using namespace std::chrono_literals;

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

KafkaActor& actor(const std::string& brokers) {
  static std::map<std::string, std::unique_ptr<KafkaActor>> known;
  std::unique_ptr<KafkaActor>& one = known[brokers];
  if (!one) one = must(KafkaActor::start(CLOUDFLOW_SOURCE_DIR, brokers));
  return *one;
}

}  // namespace

std::string test_brokers() { return must(shared_brokers(CLOUDFLOW_SOURCE_DIR)); }

void write_documents(const TempFolder& folder, const Wanted& wanted) {
  Json plain = Json::object();
  Json ports = Json::object();
  for (const auto& [port, topic] : wanted.topics) {
    plain[port] = {{"id", topic}, {"cluster", nullptr}, {"config", Json::object()}};
    ports[port] = {{"id", topic},
                   {"config",
                    {{"bootstrap", {{"servers", wanted.brokers}}},
                     {"connection-config", Json::object()},
                     {"consumer-config", wanted.consumer},
                     {"producer-config", wanted.producer}}}};
  }
  Json config = Json::object();
  if (wanted.server_port != 0)
    config = {{"cloudflow", {{"internal", {{"server", {{"container-port", wanted.server_port}}}}}}}};
  const Json application{{"cloudflow",
                          {{"runner",
                            {{"streamlet",
                              {{"class_name", wanted.class_name},
                               {"streamlet_ref", wanted.streamlet},
                               {"context",
                                {{"app_id", wanted.application},
                                 {"app_version", "1"},
                                 {"config", config},
                                 {"port_mappings", plain},
                                 {"volume_mounts", Json::array()}}}}}}}}}};
  const Json secret{{"cloudflow",
                     {{"streamlets", {{wanted.streamlet, wanted.parameters}}},
                      {"streamlet", wanted.run},
                      {"runner", {{"streamlet", {{"context", {{"port_mappings", ports}}}}}}}}}};
  folder.write("application.conf", application.dump());
  folder.write("secret.conf", secret.dump());
}

StreamletProcess::StreamletProcess(const Wanted& wanted, const std::string& http) {
  write_documents(folder_, wanted);
  child_ = must(start_child({.command = {CLOUDFLOW_STREAMLET_PROGRAM, "--config", folder_.path(""), "--http", http}}));
}

StreamletProcess::StreamletProcess(const std::string& program, const std::map<std::string, std::string>& documents) {
  for (const auto& [name, text] : documents) folder_.write(name, text);
  child_ = must(start_child(
      {.command = {program}, .environment = {{"CLOUDFLOW_RUNNER_SECRET", folder_.path("")}, {"CLOUDFLOW_HTTP", "0"}}}));
}

const std::string& StreamletProcess::printed() {
  drain(child_.output, printed_);
  return printed_;
}

StreamletProcess::~StreamletProcess() {
  if (!status_) end_child(child_);
}

const std::string& StreamletProcess::said() {
  drain(child_.errors, said_);
  return said_;
}

bool StreamletProcess::says(const std::string& text) { return said().find(text) != std::string::npos; }

bool StreamletProcess::waits_to_say(const std::string& text) {
  return eventually([&] { return says(text); });
}

void StreamletProcess::signal(int number) const { ::kill(child_.process, number); }

int StreamletProcess::exit_code() {
  REQUIRE(eventually([&] {
    said();
    if (!status_) status_ = exit_status(child_);
    return status_.has_value();
  }));
  said();
  return *status_;
}

void StreamletProcess::kill() {
  signal(SIGKILL);
  REQUIRE(exit_code() == 128 + SIGKILL);
}

int StreamletProcess::stop() {
  signal(SIGTERM);
  return exit_code();
}

std::string make_topic(const std::string& name, int partitions, const std::string& brokers) {
  const std::string topic = fresh_name(name);
  must(actor(brokers).run(fmt::format("make {} {}", topic, partitions)));
  return topic;
}

void set_topic(const std::string& topic, const std::string& key, const std::string& value) {
  must(actor(test_brokers()).run(fmt::format("alter {} {} {}", topic, key, value)));
}

TopicReader::TopicReader(const std::string& topic, const std::string& brokers) {
  consumer_ =
      must(streamlet::Consumer::open("test", {.topic = topic, .brokers = brokers}, fresh_name("reader"), *this));
  must(consumer_->check_topic(topic, [](std::chrono::milliseconds) { return true; }));  // it may be new
  must(consumer_->subscribe());
}

TopicReader::~TopicReader() { consumer_->close(); }

const std::vector<TopicRecord>& TopicReader::records() {
  std::vector<streamlet::Received> some;
  must(consumer_->poll(20ms, some));
  for (const streamlet::Received& one : some) {
    TopicRecord& record = records_.emplace_back(one.partition(), one.offset(), std::string(one.key().value_or("")),
                                                std::string(one.value()));
    for (const streamlet::Header& header : one.headers()) record.headers[header.name] = header.value;
  }
  return records_;
}

const std::vector<TopicRecord>& TopicReader::wait_for(std::size_t count) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (records().size() < count && std::chrono::steady_clock::now() < end) {
  }
  return records_;
}

TopicWriter::TopicWriter(const std::string& topic)
    : topic_(topic),
      producer_(must(streamlet::Producer::open(
          "test", {.topic = topic, .brokers = test_brokers()},
          [this](const streamlet::Delivery& delivery) { lost_ += delivery.problem != nullptr ? 1 : 0; }))) {}

void TopicWriter::write(const std::string& key, const std::string& value) {
  const streamlet::Message message{.key = key, .value = value};
  while (producer_->send(topic_, message, nullptr) == streamlet::Producer::Sent::full) producer_->make_room(10ms);
}

void TopicWriter::flush() {
  REQUIRE(producer_->flush(patience));
  REQUIRE(lost_ == 0);
}

std::string http_get(int port, const std::string& path) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
    std::array<char, 4096> part{};
    ssize_t size = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    while (size > 0 && (size = ::recv(socket, part.data(), part.size(), 0)) > 0)
      answer.append(part.data(), static_cast<std::size_t>(size));
  }
  ::close(socket);
  const std::size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(9, 4) + answer.substr(body + 4);
}

std::int64_t committed(const std::string& group, const std::string& topic, int partition, const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 200> reason{};
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), reason.data(), reason.size());
  rd_kafka_conf_set(conf, "group.id", group.c_str(), reason.data(), reason.size());
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size());
  REQUIRE(client != nullptr);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition);
  // A cluster's first group has no coordinator for a moment.
  const bool answered =
      eventually([&] { return rd_kafka_committed(client, list, 30'000) == RD_KAFKA_RESP_ERR_NO_ERROR; });
  const std::int64_t offset = list->elems[0].offset;
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_destroy(client);
  REQUIRE(answered);
  return offset < 0 ? -1 : offset;
}

}  // namespace cloudflow::testing
