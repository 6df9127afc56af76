// Which settings Kafka's brokers and clients know by name.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

/// Of the settings that Kafka's Java clients 4.3 know (producer, consumer, admin) and of those of a topic since 2.8:
/// the hint "did you mean …?" where `name` is none of them and is nearly one. Empty for a known name and for one that
/// is far from all: plug-ins and managed services have names of their own.
std::string near_client_setting(std::string_view name);
std::string near_topic_setting(std::string_view name);

/// Whether Kafka lets a topic have this name: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', and neither "." nor "..".
bool is_topic_name(std::string_view name);

}  // namespace cloudflow
