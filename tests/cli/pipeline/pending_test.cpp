#include "cli/pipeline/pending.h"

#include <catch2/catch_all.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace cloudflow;

TEST_CASE("a question is asked once, beside other work or when its answer is needed", "[pending]") {
  Pending<int> question;
  std::atomic<int> asked = 0;
  const auto ask = [&](const std::stop_token&) { return ++asked; };
  CHECK_FALSE(question.has_begun());
  CHECK_FALSE(question.take().has_value());
  CHECK(question.take_or([] { return 7; }) == 7);
  question.begin(ask, {});
  question.begin(ask, {});
  CHECK(question.has_begun());
  CHECK(question.take_or([] { return 7; }) == 1);
  CHECK_FALSE(question.has_begun());
  CHECK(asked == 1);
  question.begin(ask, {});
  CHECK(question.take() == 2);
}

TEST_CASE("an answer that nobody wants any more is not waited for to the end", "[pending]") {
  std::atomic<bool> stopped = false;
  const auto until_stopped = [&](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any told;
    std::unique_lock lock(mutex);
    told.wait(lock, stop, [] { return false; });
    stopped = true;
    return 1;
  };
  Pending<int> question;
  std::stop_source command;
  question.begin(until_stopped, command.get_token());
  SECTION("it is dropped") { question.drop(); }
  SECTION("the command ends") {
    command.request_stop();
    CHECK(question.take() == 1);
  }
  CHECK(stopped);
  CHECK_FALSE(question.has_begun());
}
