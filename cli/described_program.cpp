// What a program of streamlets says of itself.
#include "cli/described_program.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::chrono::seconds patience_with_program{30};

std::map<std::string, Json> by_class(const Json& list) {
  std::map<std::string, Json> out;
  if (!list.is_array()) return out;
  for (const Json& one : list) out[string_at(one, {"class_name"})] = one;
  return out;
}

/// The members that differ.
std::vector<std::string> changed_members(const Json& before, const Json& after) {
  std::set<std::string> out;
  for (const Json* side : {&before, &after}) {
    if (!side->is_object()) continue;
    for (const auto& [key, value] : side->items()) {
      if (before.value(key, Json()) != after.value(key, Json())) out.insert(key);
    }
  }
  return {out.begin(), out.end()};
}

/// All mistakes that it names, else its first line.
std::string words_of(const std::string& errors) {
  constexpr std::string_view mark = "error: ";
  std::vector<std::string> mistakes;
  for (const std::string& line : split(errors, '\n')) {
    if (line.starts_with(mark)) mistakes.push_back(line.substr(mark.size()));
  }
  return mistakes.empty() ? std::string(trimmed(errors.substr(0, errors.find('\n')))) : join(mistakes, "; ");
}

}  // namespace

Result<DescribedProgram> describe_program(const std::string& program, const std::stop_token& stop) {
  const std::string shown = quote(program);
  const Result<ProcessOutput> ran =
      run_process({.command = {program, "--describe"}, .deadline = patience_with_program}, stop);
  if (!ran) return failure_in(fmt::format("cannot ask {} for its descriptors", shown), ran.error());
  if (ran->status != 0) {
    const std::string words = words_of(ran->errors);
    return failure(ErrorKind::invalid_input, fmt::format("{} --describe ended with status {}{}", shown, ran->status,
                                                         words.empty() ? "" : ": " + words));
  }
  Result<Json> list = parse_json(ran->output, "descriptors");
  if (!list || !list->is_array())
    return failure(ErrorKind::invalid_input, fmt::format("{} --describe did not print descriptors", shown));
  return DescribedProgram{.text = ran->output, .list = *std::move(list)};
}

std::vector<std::string> described_otherwise(const Json& before, const Json& after) {
  const std::map<std::string, Json> old = by_class(before);
  const std::map<std::string, Json> now = by_class(after);
  std::vector<std::string> out;
  for (const auto& [name, descriptor] : now) {
    const auto known = old.find(name);
    if (known == old.end()) {
      out.push_back(fmt::format("{} is new", name));
    } else if (known->second != descriptor) {
      out.push_back(fmt::format("{} has changed: {}", name, join(changed_members(known->second, descriptor), ", ")));
    }
  }
  for (const auto& [name, descriptor] : old) {
    if (!now.contains(name)) out.push_back(fmt::format("{} is gone", name));
  }
  return out;
}

}  // namespace cloudflow
