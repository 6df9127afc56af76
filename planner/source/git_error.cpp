// libgit2's last error as an Error.
#include "planner/source/git_error.h"

#include <git2.h>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

ErrorKind kind_of(int code, int error_class) {
  switch (code) {
    case GIT_ENOTFOUND:
    case GIT_EUNBORNBRANCH:
      return ErrorKind::not_found;
    case GIT_EAUTH:
      return ErrorKind::unauthenticated;
    case GIT_ECERTIFICATE:
      return ErrorKind::denied;
    case GIT_ELOCKED:
      return ErrorKind::unavailable;
    case GIT_EUSER:
      return ErrorKind::interrupted;
    default:
      break;
  }
  const bool network = error_class == GIT_ERROR_NET || error_class == GIT_ERROR_OS || error_class == GIT_ERROR_HTTP ||
                       error_class == GIT_ERROR_SSL || error_class == GIT_ERROR_SSH;
  return network ? ErrorKind::unavailable : ErrorKind::invalid_input;
}

}  // namespace

std::unexpected<Error> git_failure(std::string_view doing, int code) {
  const git_error* last = git_error_last();
  std::string message = last != nullptr && last->message != nullptr ? last->message : "unknown git error";
  const ErrorKind kind = kind_of(code, last != nullptr ? last->klass : 0);
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return failure(kind, std::string(doing) + ": " + std::string(trimmed(message)));
}

}  // namespace cloudflow
