// Where the key of a value stands, in a YAML file that writes it on a line above.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/diagnostics.h"

namespace cloudflow {

/// The lines of a YAML file; without any, every value's own place is the answer.
class KeyLines {
 public:
  KeyLines() = default;
  explicit KeyLines(const std::string& text);

  /// The place of the key above a value that begins its line: who gives something another name changes that line.
  /// Otherwise the value's own.
  SourcePos key_of(const SourcePos& value) const;

 private:
  std::vector<std::string> lines_{};
};

}  // namespace cloudflow
