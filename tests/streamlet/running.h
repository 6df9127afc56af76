// Streamlets as processes of their own, with documents as a pod would have them, and what they read and write.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sdk/streamlet/kafka.h"
#include "sdk/support/child.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

/// What a streamlet's pod would be given.
struct Wanted {
  std::string class_name{};
  std::string streamlet = "s";
  std::string application = "app";
  std::map<std::string, std::string> topics{};  ///< by port
  Json parameters = Json::object();
  Json run = Json::object();       ///< cloudflow.streamlet
  Json consumer = Json::object();  ///< consumer-config of all inlets
  Json producer = Json::object();
  std::string brokers{};
  int server_port = 0;
};

/// Writes application.conf and secret.conf.
void write_documents(const TempFolder& folder, const Wanted& wanted);

/// A running program of tests/streamlet_program; killed with this object.
class StreamletProcess {
 public:
  explicit StreamletProcess(const Wanted& wanted, const std::string& http = "0");
  /// Another program, with these documents by their names.
  StreamletProcess(const std::string& program, const std::map<std::string, std::string>& documents);
  ~StreamletProcess();
  StreamletProcess(const StreamletProcess&) = delete;
  StreamletProcess& operator=(const StreamletProcess&) = delete;

  const std::string& said();     ///< on stderr so far
  const std::string& printed();  ///< on stdout so far
  bool says(const std::string& text);
  bool waits_to_say(const std::string& text);
  void signal(int number) const;
  void kill();      ///< by SIGKILL, and waits until it is gone
  int stop();       ///< its exit status after SIGTERM
  int exit_code();  ///< waits for its end

 private:
  TempFolder folder_{};
  Child child_{};
  std::string said_{};
  std::string printed_{};
  std::optional<int> status_{};
};

struct TopicRecord {
  int partition = 0;
  std::int64_t offset = 0;
  std::string key{};
  std::string value{};
  std::map<std::string, std::string> headers{};
};

std::string test_brokers();
/// Makes a topic that no other test has, and returns its name.
std::string make_topic(const std::string& name, int partitions, const std::string& brokers = test_brokers());
void set_topic(const std::string& topic, const std::string& key, const std::string& value);

/// Reads a topic from its beginning, as often as it is asked.
class TopicReader : private streamlet::Assignment {
 public:
  explicit TopicReader(const std::string& topic, const std::string& brokers = test_brokers());
  ~TopicReader() override;
  /// Polls once, and returns everything so far.
  const std::vector<TopicRecord>& records();
  /// Polls until there are so many, or patience ends.
  const std::vector<TopicRecord>& wait_for(std::size_t count);

 private:
  void assigned(const std::vector<int>&) override {}
  void revoked(const std::vector<int>&, bool) override {}
  std::unique_ptr<streamlet::Consumer> consumer_{};
  std::vector<TopicRecord> records_{};
};

/// Writes to a topic with the partitioner of Java's clients.
class TopicWriter {
 public:
  explicit TopicWriter(const std::string& topic);
  void write(const std::string& key, const std::string& value);
  void flush();

 private:
  std::string topic_;
  std::atomic<int> lost_ = 0;
  std::unique_ptr<streamlet::Producer> producer_;
};

/// "200 " and the body of what a server on loopback answers to GET; "" where it answers nothing.
std::string http_get(int port, const std::string& path);

/// The next offset that the group has committed for a partition; -1 where it has none.
std::int64_t committed(const std::string& group, const std::string& topic, int partition,
                       const std::string& brokers = test_brokers());

}  // namespace cloudflow::testing
