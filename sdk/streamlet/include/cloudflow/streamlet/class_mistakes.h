// What is wrong with a class of streamlets, whatever its documents say: told when the program describes itself, in
// tests (TestRun), and by the run.
#pragma once

#include <string>
#include <typeinfo>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow::streamlet {

class Streamlet;

/// All of it; `called` names the class in messages.
std::vector<Error> class_mistakes(const Streamlet& streamlet, const std::string& called);
/// "message (hint); message (hint)".
std::string text_of(const std::vector<Error>& mistakes);
/// Throws std::logic_error with that text, where there are some; it has the class's name in C++.
void check_class(const Streamlet& streamlet, const std::type_info& type);

}  // namespace cloudflow::streamlet
