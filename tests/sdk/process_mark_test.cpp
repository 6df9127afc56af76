// Which processes count as dead.
#include "sdk/support/process_mark.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"
#include "tests/support/eventually.h"

using namespace cloudflow;

namespace {

/// Our own mark with one part replaced.
std::string mark_with(std::size_t part, const std::string& text) {
  std::vector<std::string> parts = split(process_mark(), ' ');
  REQUIRE(parts.size() == 4);
  parts[part] = text;
  return join(parts, " ");
}

}  // namespace

TEST_CASE("a process that runs has not ended", "[process]") {
  CHECK(process_mark() == process_mark());
  CHECK_FALSE(has_ended_here(process_mark()));
}

TEST_CASE("one that has ended here is known, also where its number is taken again", "[process]") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  const std::string mark = mark_with(2, std::to_string(child));
  // Not yet waited for: a process of that number is there, but nothing of it runs.
  CHECK(testing::eventually([&] { return has_ended_here(mark); }));
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(has_ended_here(mark));
  CHECK(has_ended_here(mark_with(3, "1")));
}

TEST_CASE("a process of another machine, another start of this one or another namespace may live", "[process]") {
  CHECK_FALSE(has_ended_here(mark_with(0, "4ae32911-7aa1-4f7a-8f8b-3f7a7f4b3a10")));
  CHECK_FALSE(has_ended_here(mark_with(1, "pid:[1]")));
  CHECK_FALSE(has_ended_here(""));
  CHECK_FALSE(has_ended_here("something else"));
  CHECK_FALSE(has_ended_here(mark_with(2, "-1")));
  CHECK_FALSE(has_ended_here(mark_with(2, "x")));
}
