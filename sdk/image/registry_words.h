// What a registry says when it refuses.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "sdk/support/http_client.h"

namespace cloudflow {

/// The words in an answer that is no success: those of the registry's errors, else the beginning of its text.
std::string words_of(const HttpResponse& answer);

/// "doing: HTTP status 500, words", with what to do about such a status.
Error refusal_of(const HttpResponse& answer, std::string_view doing);

}  // namespace cloudflow
