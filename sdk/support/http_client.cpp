// HTTP for many threads at once: when to try again, and how much at a time.
#include "sdk/support/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>

#include "sdk/support/http_transport.h"
#include "sdk/support/outage.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using std::chrono::milliseconds;

/// How many requests may be in flight: one more per round of successes, half of them after a 429.
class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(int most) : most_(std::max(most, 1)), limit_(most_) {}

  /// False when `stop` or the deadline came first.
  bool enter(milliseconds time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool entered = changed_.wait_for(lock, stop, time, [&] { return in_flight_ < static_cast<int>(limit_); });
    if (entered) ++in_flight_;
    return entered;
  }

  void leave(bool overloaded) {
    {
      const std::scoped_lock lock(mutex_);
      --in_flight_;
      // A burst of 429s answers one round of requests: it halves the limit once, not once for each of them.
      if (overloaded && --until_next_cut_ < 0) {
        limit_ = std::max(limit_ / 2, 1.0);
        until_next_cut_ = in_flight_;
      } else if (!overloaded) {
        limit_ = std::min(limit_ + 1 / limit_, static_cast<double>(most_));
      }
    }
    changed_.notify_all();
  }

  int now() const {
    const std::scoped_lock lock(mutex_);
    return static_cast<int>(limit_);
  }

 private:
  mutable std::mutex mutex_{};
  std::condition_variable_any changed_{};
  int most_;
  double limit_;
  int in_flight_ = 0;
  int until_next_cut_ = 0;
};

bool may_retry(const HttpRequest& request, const HttpAttempt& attempt, int attempts_made) {
  if (attempt.delivered) return false;
  if (!attempt.response) return attempt.passing && (request.idempotent || attempt.not_sent);
  const int status = attempt.response->status;
  // A server that failed inside may have been unlucky; one that does so twice has a reason, which waiting does not end.
  if (status == 500) return request.idempotent && attempts_made == 1;
  return status == 429 || (request.idempotent && (status == 502 || status == 503 || status == 504));
}

/// A gateway answers for a server that is away. 503 is none of these: an API server says so of its extensions.
bool is_of_gateway(const HttpAttempt& attempt) { return attempt.response && attempt.response->status == 502; }

/// How often at least a server is asked that is being restarted, and how short an outage is not worth a word.
constexpr milliseconds outage_pause{1000};
constexpr milliseconds short_outage{1000};

/// What the server asks us to wait, in whole seconds; zero when it does not. Dates are not used by API servers.
milliseconds asked_pause(const HttpAttempt& attempt) {
  if (!attempt.response) return milliseconds(0);
  const auto found = attempt.response->headers.find("retry-after");
  if (found == attempt.response->headers.end()) return milliseconds(0);
  return std::chrono::seconds(std::clamp(std::atol(found->second.c_str()), 0L, 3600L));
}

/// Anything between nothing and the doubled bound, so that many clients do not come back together.
milliseconds own_pause(const HttpOptions& options, int attempts_made, milliseconds longest) {
  const auto doubled = options.backoff * (1LL << std::min(attempts_made - 1, 20));
  const milliseconds bound = std::min<milliseconds>(doubled, longest);
  thread_local std::mt19937_64 random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<long long>(0, bound.count())(random));
}

}  // namespace

struct HttpClient::State {
  State(HttpOptions http_options, Clock& its_clock)
      : options(std::move(http_options)), clock(its_clock), limit(options.concurrency), transport(options) {}
  HttpOptions options;
  Clock& clock;
  ConcurrencyLimit limit;
  HttpTransport transport;
  std::atomic<bool> has_answered = false;

  /// Whether the server is gone that was there: it may be restarting.
  bool is_outage(const HttpAttempt& attempt) const {
    if (options.outage_name.empty() || !has_answered) return false;
    return is_of_gateway(attempt) || (!attempt.response && attempt.passing && !attempt.answered);
  }
};

HttpClient::HttpClient(HttpOptions options, Clock& clock)
    : state_(std::make_unique<State>(std::move(options), clock)) {}
HttpClient::~HttpClient() = default;

namespace {

/// What the fence said holds for so long while a request waits for its turn.
constexpr milliseconds fence_holds{5000};

}  // namespace

void HttpClient::expect(int requests, const HttpRequest& opening) { state_->transport.open_ahead(requests, opening); }

int HttpClient::concurrency() const { return state_->limit.now(); }

Result<HttpResponse> HttpClient::send(const HttpRequest& request, const std::stop_token& stop) {
  const auto started = state_->clock.now();
  for (int attempts = 1;; ++attempts) {
    const auto left = [&] {
      return request.deadline - std::chrono::duration_cast<milliseconds>(state_->clock.now() - started);
    };
    const auto asked = state_->clock.now();
    // Before the request has its turn: the fence may send one of its own.
    if (request.fence) CF_CHECK(request.fence(stop));
    // A request that is made all the same may be answered before it is ended.
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
    if (!state_->limit.enter(left(), stop)) {
      if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
      return failure(ErrorKind::timeout, "not sent in time: too many requests before it");
    }
    if (request.fence && state_->clock.now() - asked > fence_holds) {
      state_->limit.leave(false);
      --attempts;
      continue;
    }
    HttpAttempt attempt = state_->transport.exchange(request, left(), stop);
    state_->limit.leave(attempt.response && attempt.response->status == 429);
    if (attempt.response && !is_of_gateway(attempt) && !state_->options.outage_name.empty()) {
      state_->has_answered = true;
      if (attempts > 1) outage::over(state_->options.outage_name);
    }
    const bool outage = state_->is_outage(attempt);
    if ((!outage && attempts >= state_->options.attempts) || !may_retry(request, attempt, attempts))
      return std::move(attempt.response);
    const milliseconds longest = outage ? outage_pause : state_->options.longest_backoff;
    const milliseconds pause = std::max(asked_pause(attempt), own_pause(state_->options, attempts, longest));
    if (pause >= left()) return std::move(attempt.response);
    if (outage && request.deadline - left() >= short_outage)
      outage::say(state_->options.outage_name,
                  attempt.response ? "its gateway answers with HTTP status 502" : attempt.response.error().message,
                  left());
    state_->clock.sleep(pause, stop);
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  }
}

}  // namespace cloudflow
