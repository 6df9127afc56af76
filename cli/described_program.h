// What a program of streamlets says of itself.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"

namespace cloudflow {

/// Descriptors as a program prints them.
struct DescribedProgram {
  std::string text{};  ///< as printed
  Json list{};         ///< an array
};

/// Runs PROGRAM --describe, for 30 s at most. not_found, invalid_input: it cannot be run, ends with another status than
/// 0, or prints something else than a JSON array.
Result<DescribedProgram> describe_program(const std::string& program, const std::stop_token& stop);

/// Classes in words: "com.example.A is new", "com.example.B has changed: inlets", "com.example.C is gone". Empty where
/// both lists say the same.
std::vector<std::string> described_otherwise(const Json& before, const Json& after);

}  // namespace cloudflow
