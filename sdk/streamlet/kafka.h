// Kafka's clients as the runner uses them; kafka.cpp alone talks to librdkafka.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"
#include "cloudflow/streamlet/message.h"
#include "sdk/streamlet/documents.h"

struct rd_kafka_message_s;  // NOLINT(readability-identifier-naming): librdkafka's name
struct rd_kafka_s;          // NOLINT(readability-identifier-naming): librdkafka's name
struct rd_kafka_topic_s;    // NOLINT(readability-identifier-naming): librdkafka's name

namespace cloudflow::streamlet {

/// A record that was read. Its texts live as long as it does.
class Received {
 public:
  explicit Received(rd_kafka_message_s* message) : message_(message) {}

  int partition() const;
  std::int64_t offset() const;
  std::int64_t time() const;  ///< milliseconds since 1970; -1 where there is none
  std::optional<std::string_view> key() const;
  std::string_view value() const;
  bool is_tombstone() const;
  std::vector<Header> headers() const;

 private:
  struct Release {
    void operator()(rd_kafka_message_s* message) const;
  };
  std::unique_ptr<rd_kafka_message_s, Release> message_;
};

/// What both kinds of clients have. Reachability is said once when it goes, and once when it comes back.
class Client {
 public:
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Whether the topic is there and may be used. Waits for brokers that are away as long as `wait` says so (it waits a
  /// moment itself), and some seconds for a topic that is not there yet.
  Result<void> check_topic(const std::string& topic, const std::function<bool(std::chrono::milliseconds)>& wait);
  /// Looks whether brokers that went away are back; to be called now and then. Blocks for half a second at most.
  void look();
  /// What no waiting mends: a wrong password, a fenced client.
  std::optional<Error> failed() const;
  /// For what else is done with librdkafka (transaction.cpp, changelog.cpp).
  rd_kafka_s* handle() const;
  /// What is said of this client, with its brokers.
  std::string place(std::string_view what) const;

  struct State;

 protected:
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Who is told which partitions a consumer has. Called by the thread that polls or closes it.
class Assignment {
 public:
  virtual ~Assignment() = default;
  virtual void assigned(const std::vector<int>& partitions) = 0;
  /// Before they go to somebody else; when `lost`, they have gone already and nothing can be committed.
  virtual void revoked(const std::vector<int>& partitions, bool lost) = 0;
};

/// Reads one topic as a member of a group. One thread.
class Consumer : public Client {
 public:
  /// `who` names it in messages ("inlet in"). `assignment` has to outlive it. Whether poll() `tells_ends` of
  /// partitions.
  static Result<std::unique_ptr<Consumer>> open(const std::string& who, const PortSettings& port,
                                                const std::string& group, Assignment& assignment,
                                                bool tells_ends = false);
  /// One that reads the partitions that `leader` has of its topic, of another topic: it is no member of its group,
  /// where it only notes its offsets, and its commits are refused when those of `leader` are. `leader` has to outlive
  /// it.
  static Result<std::unique_ptr<Consumer>> open_following(const std::string& who, const PortSettings& port,
                                                          const std::string& group, const Consumer& leader);
  /// One that is no member of a group, but reads partitions that it is told by handle(), and says where they end. When
  /// it asks for a topic that is not there, it `may_make` it, if brokers do that.
  static Result<std::unique_ptr<Consumer>> open_alone(const std::string& who, const PortSettings& port,
                                                      bool may_make = false);
  ~Consumer() override;

  /// Begins to be polled; as a member of the group, unless it follows.
  Result<void> subscribe();
  /// Of one that follows: reads these partitions from what is committed. False when that is not known yet, and has to
  /// be tried again.
  Result<bool> follow(const std::vector<int>& partitions);
  void unfollow(const std::vector<int>& partitions);
  /// Of one that follows: commits once more what is committed, so that brokers do not forget it. Of partitions of which
  /// nothing is in work. Says nothing where that did not come about: it is for the next time.
  void renew(const std::vector<int>& partitions);
  /// Adds what there is, at most some hundred records; waits for the first one. An error is one that no waiting mends.
  /// `at_end` then has the partitions that came to their end, and not those of which there are records after it.
  Result<void> poll(std::chrono::milliseconds time, std::vector<Received>& into, std::set<int>* at_end = nullptr);
  void pause(const std::vector<int>& partitions);
  void resume(const std::vector<int>& partitions);
  /// Reads on from these offsets; false when that did not come about, and has to be tried again.
  bool seek(const std::map<int, std::int64_t>& positions);
  const std::string& topic() const;
  /// Next offsets by partition. With `wait` it is done afterwards, or a warning was given; without, failed_commits()
  /// tells later.
  void commit(const std::map<int, std::int64_t>& positions, bool wait);
  /// How many commits without `wait` have failed so far.
  int failed_commits() const;
  /// How many records follow on `position`, as far as it is known; -1 where it is not.
  std::int64_t lag(int partition, std::int64_t position) const;
  /// Leaves the group, after the assignment is told to let go.
  void close();

 private:
  using Client::Client;
};

/// What became of a message.
struct Delivery {
  /// Whom a problem concerns.
  enum class Blame {
    run,     ///< all that is sent there: it does not go on
    size,    ///< the record, or the batch in which it went, is larger than the topic takes
    record,  ///< this record, or another one of its batch, is none that the topic takes
  };

  void* ticket = nullptr;
  std::string_view topic{};
  int partition = 0;
  std::int64_t offset = -1;
  const char* problem = nullptr;  ///< null when it is acknowledged
  bool is_passing = false;        ///< the problem: another try may do better
  Blame blame = Blame::run;       ///< for the problem
};

/// Writes to topics in order and without duplicates of its own, and tells what is acknowledged. Many threads.
class Producer : public Client {
 public:
  /// Called for each message by the producer's own thread.
  using Delivered = std::function<void(const Delivery&)>;

  /// With a `transactional_id` nothing can be sent outside of its transactions (transaction.h).
  static Result<std::unique_ptr<Producer>> open(const std::string& who, const PortSettings& port, Delivered delivered,
                                                const std::string& transactional_id = "");
  ~Producer() override;

  enum class Sent {
    taken,
    full,     ///< too much is on its way: try again after a moment
    aborted,  ///< the transaction cannot be committed any more
  };
  /// To a partition by its key unless one is given. Throws std::runtime_error for a message that can never be sent,
  /// TooLargeError for one that is too large.
  Sent send(const std::string& topic, const Message& message, void* ticket, int partition = -1);
  /// The same for one that is sent to often.
  Sent send(rd_kafka_topic_s* topic, const Message& message, void* ticket, int partition = -1);
  rd_kafka_topic_s* topic_of(const std::string& name);
  /// Lets deliveries happen for that long at most.
  void make_room(std::chrono::milliseconds time);
  /// Waits until all is acknowledged; false when that takes longer.
  bool flush(std::chrono::nanoseconds time);
  /// Messages that are not acknowledged.
  int on_the_way() const;

 private:
  using Client::Client;
};

}  // namespace cloudflow::streamlet
