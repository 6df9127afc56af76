// Transactions over librdkafka.
#include "sdk/streamlet/transaction.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "sdk/streamlet/free.h"
#include "sdk/streamlet/log.h"

namespace cloudflow::streamlet {
namespace {

using ErrorHandle = std::unique_ptr<rd_kafka_error_t, Free<rd_kafka_error_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Free<rd_kafka_topic_partition_list_destroy>>;

constexpr int init_patience = 1000;  ///< milliseconds, after which it is looked whether the run goes on
constexpr auto retry_wait = std::chrono::milliseconds(100);
constexpr int whole_time = -1;  ///< what is left of the transaction's own time

std::unexpected<Error> hopeless(const Producer& producer, std::string_view step, const ErrorHandle& problem) {
  if (const auto broken = producer.failed()) return std::unexpected(*broken);
  return failure(ErrorKind::denied, producer.place(fmt::format("{}: {}", step, rd_kafka_error_string(problem.get()))));
}

}  // namespace

Membership::Membership(const Consumer& consumer) : data_(rd_kafka_consumer_group_metadata(consumer.handle())) {}
void Membership::Release::operator()(rd_kafka_consumer_group_metadata_s* data) const {
  rd_kafka_consumer_group_metadata_destroy(data);
}

Result<void> Transaction::init() {
  while (true) {
    const ErrorHandle problem(rd_kafka_init_transactions(producer_.handle(), init_patience));
    if (!problem) return {};
    if (rd_kafka_error_is_retriable(problem.get()) == 0)
      return hopeless(producer_, "transactions cannot begin", problem);
    if (run_.is_stopping()) return failure(ErrorKind::interrupted, "stopped before it began");
    producer_.look();
  }
}

Result<void> Transaction::begin() {
  const ErrorHandle problem(rd_kafka_begin_transaction(producer_.handle()));
  if (problem) return hopeless(producer_, "a transaction cannot begin", problem);
  is_open_ = true;
  return {};
}

Result<bool> Transaction::commit(const std::vector<Positions>& positions) {
  const auto done = [&](std::string_view step, auto call) -> Result<bool> {
    while (true) {
      const ErrorHandle problem(call());
      if (!problem) return true;
      if (rd_kafka_error_txn_requires_abort(problem.get()) != 0) {
        log::warn(producer_.place(fmt::format("{}: {}", step, rd_kafka_error_string(problem.get()))));
        return false;
      }
      if (rd_kafka_error_is_retriable(problem.get()) == 0) return hopeless(producer_, step, problem);
      log::warn(producer_.place(fmt::format("{}: {}; trying on", step, rd_kafka_error_string(problem.get()))));
      run_.wait(retry_wait);
    }
  };
  for (const Positions& one : positions) {
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(one.next.size())));
    for (const auto& [partition, offset] : one.next)
      rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), partition)->offset = offset;
    CF_TRY(const bool is_taken, done("offsets are not taken into the transaction", [&] {
             return rd_kafka_send_offsets_to_transaction(producer_.handle(), list.get(), one.membership.get(),
                                                         whole_time);
           }));
    if (!is_taken) return false;
  }
  CF_TRY(const bool is_committed, done("the transaction is not committed",
                                       [&] { return rd_kafka_commit_transaction(producer_.handle(), whole_time); }));
  if (is_committed) is_open_ = false;
  return is_committed;
}

Result<void> Transaction::abort() {
  while (true) {
    const ErrorHandle problem(rd_kafka_abort_transaction(producer_.handle(), whole_time));
    if (!problem) break;
    if (rd_kafka_error_is_retriable(problem.get()) == 0)
      return hopeless(producer_, "the transaction is not aborted", problem);
    run_.wait(retry_wait);
  }
  is_open_ = false;
  return {};
}

}  // namespace cloudflow::streamlet
