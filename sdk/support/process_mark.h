// A process told apart from every other that ever ran, so that it can be said later whether it still does.
#pragma once

#include <optional>
#include <string>

namespace cloudflow {

/// The mark of this process: machine since its last start, PID namespace, PID, and when the process began. Empty where
/// the system does not tell.
std::string process_mark();
/// That of another process of this machine; empty where it is not there.
std::string process_mark(int pid);

/// The number of the process that `mark` is of, while it runs here.
std::optional<int> running_process(const std::string& mark);
/// The number of the process group that it led, while somebody of it runs here, itself or what it started.
std::optional<int> running_group(const std::string& mark);

/// Whether `mark` is of a process of this machine, since its last start and in our PID namespace, that has ended. False
/// for everything that cannot be known here.
bool has_ended_here(const std::string& mark);

}  // namespace cloudflow
