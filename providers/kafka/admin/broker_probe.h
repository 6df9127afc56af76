// Why a cluster cannot be reached, told by what answers at its addresses.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

/// The likely cause and the next step, for an address list that did not lead to a cluster; "" when nothing better is
/// known than `words`, in which the client says what went wrong. `protocol` is the security.protocol in use, in small
/// letters. Connects to the first address and takes some seconds.
std::string why_no_answer(const std::string& bootstrap_servers, std::string_view protocol, std::string_view words);

}  // namespace cloudflow
