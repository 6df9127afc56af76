// Whose a topic is once it has been named for adoption.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/resource.h"

namespace cloudflow {

/// In the place of a topic's id: it is to be made, and Kafka has not yet said that it was.
inline constexpr const char* intended_topic = "";

/// What the record says of the topic that exists under a name now.
enum class TopicRecord {
  nothing,    ///< the name is not in it
  intended,   ///< an apply was about to make a topic of this name; whether it did is not known
  name_only,  ///< this application made one of this name, written down without Kafka's id
  this_one,   ///< this application made it
  another,    ///< this application made one of this name, which is gone: somebody made this one
};

/// `live_id` is Kafka's id of the topic that exists; empty when there is none, or Kafka gives none: then a recorded id
/// is not doubted.
TopicRecord record_of(const Inventory& record, const std::string& cluster_id, const std::string& topic,
                      const std::string& live_id);

/// Name of a cluster (`cluster_ids` has their ids) → names of its topics in the record; for many questions at once.
/// They live as long as the record.
std::map<std::string, std::set<std::string_view>> recorded_topics(
    const Inventory& record, const std::map<std::string, std::string>& cluster_ids);

enum class NamedBy {
  policy,  ///< of the environment, for every plan
  person,  ///< in this command, looking at this topic
};

/// Whether naming a topic for adoption makes the one that exists this application's, and is to be said. A policy speaks
/// of what was never this application's: that its topic was replaced by another is for a person to judge.
bool is_taken_over(TopicRecord record, NamedBy by);

/// Enters the topic that exists into the record, with its id where that is known.
void take_over(Inventory& record, const std::string& cluster_id, const std::string& topic, const std::string& live_id);

/// Recorded topics whose ids are to be asked for: those without one, and of those that were only to be made the ones
/// that are known to be this application's, `made`. The others may be anybody's.
std::vector<std::string> topics_without_id(const Inventory& record, const std::string& cluster_id,
                                           const std::set<std::string>& made);

/// What a plan says of recorded topics on clusters that are none of those in `cluster_ids` (name → Kafka's id): nobody
/// looks at them. Nothing when there are none.
std::optional<std::string> note_of_unknown_clusters(const Inventory& record,
                                                    const std::map<std::string, std::string>& cluster_ids);

}  // namespace cloudflow
