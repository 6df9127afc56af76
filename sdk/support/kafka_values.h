// How Kafka reads the values of a topic's configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloudflow {

/// What a setting of a topic holds. `set` is a list whose order means nothing.
enum class KafkaType { unknown, whole, real, boolean, text, set };

/// The type of a topic's setting in Kafka 2.8 to 4.4; unknown for a managed service's own and for later ones.
KafkaType kafka_type(std::string_view key);

/// As Java's Long.parseLong reads trimmed ASCII: a sign and digits. Nothing when it does not, or out of range.
std::optional<long long> java_whole_number(std::string_view text);
/// As Java's Double.parseDouble reads decimal notation: a sign, digits, an exponent, one of d, D, f and F.
std::optional<double> java_real_number(std::string_view text);
/// The same without the letter.
std::optional<double> plain_real_number(std::string_view text);

/// Why a value is not one that Kafka keeps as it is written.
struct KafkaValueProblem {
  std::string wanted{};  ///< "a whole number"
  std::string hint{};    ///< "write 604800000"; empty when nothing can be proposed
};
/// Nothing when Kafka reads it as it is written, or when the setting is not known here.
std::optional<KafkaValueProblem> kafka_value_problem(std::string_view key, std::string_view value);

}  // namespace cloudflow
