// What is said at the end of an apply, and what status says of images.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <functional>

#include "cli/host.h"
#include "cli/views/status_view.h"
#include "cli/views/view.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// What goes to stdout meanwhile; stderr to the same file, or to one of its own.
std::string output_of(const std::function<void()>& work, bool together) {
  const TempFolder folder;
  const auto open_file = [&](const char* name) {
    const int file = ::open(folder.path(name).c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    return file;
  };
  std::fflush(stdout);
  std::fflush(stderr);
  const int out = open_file("out");
  const int err = together ? ::dup(out) : open_file("err");
  const int before[] = {::dup(STDOUT_FILENO), ::dup(STDERR_FILENO)};
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  work();
  std::fflush(stdout);
  std::fflush(stderr);
  ::dup2(before[0], STDOUT_FILENO);
  ::dup2(before[1], STDERR_FILENO);
  ::lseek(out, 0, SEEK_SET);
  std::string text(65536, ' ');
  const ssize_t got = ::read(out, text.data(), text.size());
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  for (const int file : {out, err, before[0], before[1]}) ::close(file);
  return text;
}

StreamletStatus running(const std::string& wanted, const std::string& runs, bool ready = true) {
  StreamletStatus out;
  out.streamlet = "a";
  out.image = wanted;
  out.pods.push_back({.name = "a-1", .ready = ready, .image = runs});
  return out;
}

/// The line of the streamlet.
std::string line_of(const StreamletStatus& streamlet) {
  const ApplicationStatus status{.application = "shop", .streamlets = {streamlet}};
  const std::string text = status_text(status, Style(false));
  const std::size_t begin = text.find("\na ") + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("status names the image that runs beside the one that is asked for", "[views][status]") {
  const std::string wanted = "registry.example.com/a:2";
  const std::string old = "registry.example.com/a:1";
  CHECK_THAT(line_of(running(wanted, old)),
             Catch::Matchers::ContainsSubstring("a:1 (asked for: ") && Catch::Matchers::ContainsSubstring("a:2)"));
  CHECK_THAT(line_of(running(wanted, wanted)), !Catch::Matchers::ContainsSubstring("asked for"));
  // What is not ready does not run yet, and where nothing is asked for there is nothing to compare.
  CHECK_THAT(line_of(running(wanted, old, false)), !Catch::Matchers::ContainsSubstring("asked for"));
  CHECK_THAT(line_of(running("", old)), !Catch::Matchers::ContainsSubstring("asked for"));
}

TEST_CASE("why a change failed is said again only to those who have not read it", "[views]") {
  const ResourceId id{"kubernetes", "ConfigMap", "shop", "a"};
  const Error why{.kind = ErrorKind::denied, .message = "no room in the store"};
  Outcome outcome;
  outcome.failures.push_back({id, Action::create, why});
  const auto told = [&] {
    const Host host;  // the view refers to it
    const std::unique_ptr<View> view = make_text_view(host, {});
    Plan plan;
    plan.application = "shop";
    view->event(Failed{id, Action::create, why});
    view->outcome(plan, outcome);
  };
  const auto count_of = [](const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = text.find("no room"); at != std::string::npos; at = text.find("no room", at + 1)) ++count;
    return count;
  };
  const std::string both = output_of(told, true);
  CHECK(count_of(both) == 1);
  CHECK_THAT(both, Catch::Matchers::ContainsSubstring("  ! configmap/a\n"));
  // A file with the answer alone has to say why itself.
  const std::string answer = output_of(told, false);
  CHECK(count_of(answer) == 1);
  CHECK_THAT(answer, Catch::Matchers::ContainsSubstring("  ! configmap/a: no room in the store\n"));
}

TEST_CASE("what is waited for is said with how much longer it may take, where that is told", "[views]") {
  const std::string said = output_of(
      [] {
        const Host host;  // the view refers to it
        const std::unique_ptr<View> view = make_text_view(host, {});
        const ResourceId id{"kubernetes", "Deployment.apps", "shop", "web"};
        view->event(Waiting{id, "0 of 1 pod ready"});
        view->event(Waiting{id, "0 of 1 pod ready", std::chrono::milliseconds(289'500)});
      },
      true);
  CHECK_THAT(said,
             Catch::Matchers::ContainsSubstring("  . deployment/web: 0 of 1 pod ready\n"
                                                "  . deployment/web: 0 of 1 pod ready; waits for up to 289 s more\n"));
}
