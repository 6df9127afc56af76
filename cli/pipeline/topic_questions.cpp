// What Kafka is asked beside reading, planning and writing.
#include "cli/pipeline/topic_questions.h"
#include "cli/systems.h"

namespace cloudflow {
namespace {

Result<TopicQuestions::Names> gone_topics(KafkaProvider& kafka, const std::string& cluster,
                                          const TopicQuestions::Names& topics, const std::stop_token& stop) {
  std::vector<ResourceId> ids;
  for (const std::string& topic : topics) ids.push_back(topic_id(cluster, topic));
  CF_TRY(const std::vector<Readiness> answers, kafka.readiness(ids, stop));
  TopicQuestions::Names out;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (answers[i].state == Readiness::State::missing) out.push_back(topics[i]);
  }
  return out;
}

}  // namespace

TopicQuestions questions_for(KafkaProvider* kafka, std::stop_token stop) {
  if (kafka == nullptr) return {};
  return {
      .ids = [kafka, stop](const std::string& cluster,
                           const TopicQuestions::Names& topics) { return kafka->topic_ids(cluster, topics, stop); },
      .gone = [kafka, stop](const std::string& cluster,
                            const TopicQuestions::Names& topics) { return gone_topics(*kafka, cluster, topics, stop); },
      .confirmed = [kafka] { return kafka->confirmed(); },
      .was_there = [kafka](const ResourceId& topic) { return kafka->was_there(topic); }};
}

}  // namespace cloudflow
