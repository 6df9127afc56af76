// The value of sasl.jaas.config, read as Kafka's Java clients read it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// One login module with its options; of an option that is given twice the last holds.
struct JaasEntry {
  std::string module{};
  std::map<std::string, std::string> options{};
};

/// `module flag option=value … ;`: words or texts in quotes, with Java's escapes and comments. An error says what Java
/// would refuse, and never holds a value.
Result<JaasEntry> read_jaas(std::string_view text);

}  // namespace cloudflow
