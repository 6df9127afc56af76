// What a run waits out: an outside system that has answered before and does not now. Said once for each outage.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace cloudflow::outage {

/// Warns (log::warn) that `system` ("kafka", "kubernetes") does not answer, why, and for how long it will be asked
/// again. One line for each outage, however many calls it hits. Safe from any thread.
void say(std::string_view system, std::string_view why, std::chrono::milliseconds left);

/// It answers: what comes next is another outage.
void over(std::string_view system);

}  // namespace cloudflow::outage
