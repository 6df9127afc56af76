// The words of a plan's notes.
#pragma once

#include <string>
#include <vector>

#include "planner/plan/plan.h"

namespace cloudflow::testing {

inline std::vector<std::string> texts(const std::vector<Note>& notes) {
  std::vector<std::string> out;
  for (const Note& note : notes) out.push_back(note.text);
  return out;
}

}  // namespace cloudflow::testing
