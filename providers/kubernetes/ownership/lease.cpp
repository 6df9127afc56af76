// The lock of an application: a Lease that its holder renews, and that others may take once they have seen it unchanged
// for as long as it lasts.
#include "providers/kubernetes/ownership/lease.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>

#include "providers/kubernetes/api/api_discovery.h"
#include "sdk/support/digest.h"
#include "sdk/support/process_mark.h"
#include "sdk/support/random_bytes.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// How often something is tried that others may come between.
constexpr int attempts = 5;
/// How often a lock of somebody else is looked at.
constexpr milliseconds look = 1s;
/// Of how long a lock lasts: when it is renewed; until when its holder writes without asking; for how long the next
/// holder waits, where it was taken away from one that may be at work.
constexpr int renewals = 6;
constexpr int unasked = 3;
constexpr int settling = 2;
/// What a request may take to be carried out whose sender was killed.
constexpr milliseconds on_its_way = 1s;
/// After so many times its duration without an answer a holder gives up. Until then it writes nothing, and goes on when
/// the server is back and nobody has taken the lock.
constexpr int given_up = 4;

constexpr std::string_view process_annotation = "cloudflow/process";
constexpr std::string_view commit_annotation = "cloudflow/commit";
constexpr std::string_view progress_annotation = "cloudflow/progress";
constexpr std::string_view broken_annotation = "cloudflow/taken-from";

/// Time since the machine started, with the time that it slept.
milliseconds uptime() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                  std::chrono::nanoseconds(now.tv_nsec));
}

std::string random_id() { return hex(random_bytes(8)); }

/// metav1.MicroTime wants exactly six digits.
std::string micro_time(std::chrono::system_clock::time_point time) {
  std::string text = rfc3339(time);
  text.pop_back();
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count() % 1'000'000;
  return fmt::format("{}.{:06}Z", text, micros);
}

/// "2026-11-21T08:00:00Z", without the fraction.
std::string whole_seconds(const std::string& time) {
  return time.substr(0, time.find('.')) + (time.find('.') == std::string::npos ? "" : "Z");
}

std::string holder_of(const Json& lease) { return string_at(lease, {"spec", "holderIdentity"}); }

std::string annotation(const Json& lease, std::string_view name) {
  return string_at(lease, {"metadata", "annotations", name});
}

/// "ann@laptop, process 12, run 3f9c2a1b5d6e7f80, commit 1a2b3c4d5e6f"
std::string shown_holder(const Json& lease) {
  constexpr std::size_t short_commit = 12;
  const std::string commit = annotation(lease, commit_annotation).substr(0, short_commit);
  return holder_of(lease) + (commit.empty() ? "" : ", commit " + commit);
}

std::string version_of(const Json& lease) { return string_at(lease, {"metadata", "resourceVersion"}); }

LockSeen seen_in(const Json& lease) {
  return {.identity = holder_of(lease),
          .holder = shown_holder(lease),
          .since = whole_seconds(string_at(lease, {"spec", "acquireTime"})),
          .renewed = whole_seconds(string_at(lease, {"spec", "renewTime"})),
          .progress = annotation(lease, progress_annotation),
          .is_dead = has_ended_here(annotation(lease, process_annotation)),
          .uid = string_at(lease, {"metadata", "uid"}),
          .version = version_of(lease)};
}

std::string locked_by(const Json& lease) {
  return fmt::format("locked by {} since {}, last renewed {}", quote(shown_holder(lease)),
                     whole_seconds(string_at(lease, {"spec", "acquireTime"})),
                     whole_seconds(string_at(lease, {"spec", "renewTime"})));
}

std::unexpected<Error> held_by_other(const Json& lease) {
  return failure(ErrorKind::conflict, locked_by(lease),
                 fmt::format("wait for it, for longer with --lock-timeout; a holder that is gone loses it within {} "
                             "seconds, or at once by `cloudflow unlock`",
                             lock_duration.count()));
}

/// Whether nobody knows if a write was done.
bool is_unknown(const Error& error) { return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout; }

/// A lock of somebody else, and for how long it has been seen as it is.
class Watched {
 public:
  /// To be told of every look, with when it was begun.
  void see(const Json& lease, milliseconds begun) {
    std::string version = string_at(lease, {"metadata", "uid"}) + "/" + version_of(lease);
    if (version != version_) {
      version_ = std::move(version);
      since_ = uptime();
    }
    unchanged_ = std::max(begun - since_, milliseconds(0));
  }
  milliseconds unchanged() const { return unchanged_; }

 private:
  std::string version_{};
  milliseconds since_{0};
  milliseconds unchanged_{0};
};

/// How long its holder may go without renewing it.
milliseconds length_of(const Json& lease) {
  return std::chrono::seconds(std::max(1LL, int_at(lease, {"spec", "leaseDurationSeconds"}, lock_duration.count())));
}

/// Why a lock may be taken: nobody has it, or its holder is dead. Empty when it may not; "nobody" needs no words.
std::optional<std::string> why_free(const Json& lease, const Watched& watched) {
  if (holder_of(lease).empty()) return "";
  const std::string from = "The lock was taken over from " + quote(shown_holder(lease));
  if (has_ended_here(annotation(lease, process_annotation)))
    return from + ", a process of this machine that has ended.";
  if (watched.unchanged() >= length_of(lease))
    return fmt::format(
        "{}, who did not renew it for {}.", from,
        counted(std::chrono::duration_cast<std::chrono::seconds>(watched.unchanged()).count(), "second"));
  return std::nullopt;
}

}  // namespace

struct Lease::State {
  State(ApiClient& its_client, Clock& its_clock, std::string its_ns, std::string its_name, const LockRequest& request)
      : client(its_client),
        clock(its_clock),
        ns(std::move(its_ns)),
        name(std::move(its_name)),
        duration(std::max<milliseconds>(request.duration, 1s)),
        holder(fmt::format("{}, process {}, run {}", request.who, ::getpid(), random_id())),
        resource(*well_known_resource("Lease.coordination.k8s.io")),
        object(resource.object(ns, name)) {}
  ~State() {
    renewing = {};  // asks the thread to stop and waits for it
    if (!lost.stop_requested() && document.is_object()) give_back();
  }

  ApiClient& client;
  Clock& clock;
  const std::string ns;
  const std::string name;
  const milliseconds duration;
  const std::string holder;
  const ApiResource resource;
  const ApiPath object;

  mutable std::mutex words{};  // of the two below; held for a moment only
  std::string commit{};
  std::string progress{};

  std::mutex mutex{};                   // of the two below, which only who renews it changes
  Json document{};                      // as last written by us
  std::string taken_by{};               // who has it after us; empty: nobody
  std::atomic<milliseconds> renewed{};  // when the last renewal that was answered was sent
  std::stop_source lost{};
  std::jthread renewing{};

  milliseconds age() const { return uptime() - renewed.load(); }
  WriteOptions write_options() const {
    return {.needs_lock = false, .deadline = std::max<milliseconds>(duration / unasked, 1s)};
  }

  Result<void> take(const LockRequest& request, const std::stop_token& stop);
  void stamp(Json& lease, bool acquired) const;
  ApiResult<Json> create(const std::stop_token& stop);
  Result<std::optional<Json>> take_from(Json lease, const std::string& why, const LockRequest& request,
                                        const std::stop_token& stop);
  void begin(Json lease, milliseconds asked);
  milliseconds unsettled(const Json& lease) const;
  void keep(const std::stop_token& stop);
  void renew(const std::stop_token& stop, const std::stop_token& cut_off);
  bool look_who_has_it(const std::stop_token& stop);
  Result<void> confirm(const std::stop_token& stop);
  Error taken_away();
  void give_back();
};

void Lease::State::stamp(Json& lease, bool acquired) const {
  Json& spec = lease["spec"];
  spec["holderIdentity"] = holder;
  spec["leaseDurationSeconds"] = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  spec["renewTime"] = micro_time(clock.wall());
  Json& annotations = lease["metadata"]["annotations"];
  if (!annotations.is_object()) annotations = Json::object();
  annotations.erase(std::string(broken_annotation));
  annotations[std::string(process_annotation)] = process_mark();
  const std::scoped_lock lock(words);
  annotations.erase(std::string(commit_annotation));
  if (!commit.empty()) annotations[std::string(commit_annotation)] = commit;
  annotations.erase(std::string(progress_annotation));
  if (!progress.empty()) annotations[std::string(progress_annotation)] = progress;
  if (!acquired) return;
  spec["acquireTime"] = micro_time(clock.wall());
  spec["leaseTransitions"] = int_at(lease, {"spec", "leaseTransitions"}) + 1;
}

ApiResult<Json> Lease::State::create(const std::stop_token& stop) {
  Json fresh = {
      {"apiVersion", "coordination.k8s.io/v1"},
      {"kind", "Lease"},
      {"metadata", {{"name", name}, {"namespace", ns}, {"labels", {{"app.kubernetes.io/managed-by", "cloudflow"}}}}}};
  stamp(fresh, true);
  return client.create(resource.collection(ns), fresh, write_options(), stop);
}

void Lease::State::begin(Json lease, milliseconds asked) {
  document = std::move(lease);
  renewed = asked;
  renewing = std::jthread([this](const std::stop_token& end) { keep(end); });
}

/// For how long what the last holder has sent may still change something. A plan from before would not know of it.
milliseconds Lease::State::unsettled(const Json& lease) const {
  if (!annotation(lease, broken_annotation).empty()) return duration / settling;
  return has_ended_here(annotation(lease, process_annotation)) ? on_its_way : 0ms;
}

/// The lock as we have it now; nothing when somebody else came first, or nobody knows.
Result<std::optional<Json>> Lease::State::take_from(Json lease, const std::string& why, const LockRequest& request,
                                                    const std::stop_token& stop) {
  stamp(lease, true);
  ApiResult<Json> written = client.replace(object, lease, write_options(), stop);
  if (!written) {
    const Error& error = written.error();
    if (error.kind == ErrorKind::conflict || error.kind == ErrorKind::not_found || is_unknown(error))
      return std::optional<Json>();
    return std::unexpected<Error>(error);
  }
  if (!why.empty() && request.say) request.say(why);
  return std::optional<Json>(*std::move(written));
}

Result<void> Lease::State::take(const LockRequest& request, const std::stop_token& stop) {
  const milliseconds begun = uptime();
  Watched watched;
  bool said = false;
  bool absent = true;
  milliseconds created = begun;
  for (int tries = 0; tries < attempts;) {
    const milliseconds asked = uptime();
    if (absent) {
      ++tries;
      created = asked;
      ApiResult<Json> made = create(stop);
      if (made) {
        begin(*std::move(made), asked);
        return {};
      }
      if (made.error().reason != "AlreadyExists" && !is_unknown(made.error()))
        return std::unexpected<Error>(made.error());
    }
    ApiResult<Json> live = client.get(object, stop);
    absent = !live && live.error().kind == ErrorKind::not_found;
    if (absent) continue;
    if (!live) return std::unexpected<Error>(live.error());
    if (holder_of(*live) == holder) {  // written, and the answer got lost
      begin(*std::move(live), created);
      return {};
    }
    watched.see(*live, asked);
    if (const auto why = why_free(*live, watched)) {
      const milliseconds wait = unsettled(*live);
      if (!request.takes_over && (!why->empty() || wait > 0ms)) return held_by_other(*live);
      ++tries;
      CF_TRY(std::optional<Json> taken, take_from(*live, *why, request, stop));
      if (!taken) continue;
      begin(*std::move(taken), asked);
      if (const std::string from = annotation(*live, broken_annotation); !from.empty() && request.say) {
        request.say(fmt::format("The lock was taken away from {}, which may still be writing: waiting for {}.",
                                quote(from),
                                counted(std::chrono::duration_cast<std::chrono::seconds>(wait).count(), "second")));
      }
      if (wait > 0ms) clock.sleep(wait, stop);
      if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted while waiting for the lock");
      return {};
    }
    const milliseconds left = request.patience - (uptime() - begun);
    if (left <= 0ms) return held_by_other(*live);
    if (!said && request.say)
      request.say(
          fmt::format("{}; waiting for up to {}", locked_by(*live),
                      counted(std::chrono::duration_cast<std::chrono::seconds>(request.patience).count(), "second")));
    said = true;
    clock.sleep(std::min(look, left), stop);
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted while waiting for the lock");
  }
  return failure(ErrorKind::conflict, fmt::format("others keep taking the lock {}", quote(name)));
}

void Lease::State::keep(const std::stop_token& stop) {
  std::mutex sleeping;
  std::condition_variable_any ended;
  std::unique_lock lock(sleeping);
  while (!stop.stop_requested() && !lost.stop_requested()) {
    ended.wait_for(lock, stop, duration / renewals, [] { return false; });
    if (stop.stop_requested()) return;
    const std::scoped_lock mine(mutex);
    if (!lost.stop_requested() && age() >= duration / renewals / 2) renew(stop, {});
  }
}

/// Whether it is ours by the server's word, however our last write ended; then `document` is what the server has.
bool Lease::State::look_who_has_it(const std::stop_token& stop) {
  ApiResult<Json> live = client.get(object, stop);
  if (live && holder_of(*live) == holder) {
    document = *std::move(live);
    return true;
  }
  if (stop.stop_requested()) return false;
  if (live || live.error().kind == ErrorKind::not_found) {
    if (live) taken_by = shown_holder(*live);
    lost.request_stop();
  }
  return false;
}

/// Needs `mutex`. Without an answer nobody knows whose it is. `cut_off` ends a write that is on its way, too: whoever
/// gives the lock back at once has to ask first which version there is.
void Lease::State::renew(const std::stop_token& stop, const std::stop_token& cut_off) {
  for (int i = 0; i < attempts && !stop.stop_requested(); ++i) {
    const milliseconds asked = uptime();
    Json next = document;
    stamp(next, false);
    ApiResult<Json> written = client.replace(object, next, write_options(), cut_off);
    if (written) {
      document = *std::move(written);
      renewed = asked;
      return;
    }
    // Another version may be our own, written without an answer: who it names counts.
    if (stop.stop_requested() || !look_who_has_it(stop)) break;
    if (string_at(document, {"spec", "renewTime"}) == string_at(next, {"spec", "renewTime"})) {
      renewed = asked;  // this one came through, only its answer did not
      return;
    }
  }
  if (!stop.stop_requested() && age() >= duration * given_up) lost.request_stop();
}

Error Lease::State::taken_away() {
  const std::scoped_lock lock(mutex);
  return {ErrorKind::conflict,
          taken_by.empty() ? "the lock of this run was taken away"
                           : fmt::format("the lock of this run was taken away: {} has it now", quote(taken_by)),
          std::nullopt, "wait until nobody else is at work, and run it again; what is done will be found"};
}

Result<void> Lease::State::confirm(const std::stop_token& stop) {
  while (!lost.stop_requested()) {
    if (age() < duration / unasked) return {};
    {
      const std::unique_lock lock(mutex, std::try_to_lock);  // who has it is renewing
      if (lock.owns_lock() && age() >= duration / unasked && !lost.stop_requested()) renew(stop, stop);
    }
    if (age() >= duration / unasked && !lost.stop_requested()) clock.sleep(look / 5, stop);
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  }
  return std::unexpected(taken_away());
}

/// Deletes the version that we wrote: nobody can have taken that. A renewal that was cut off may have been written all
/// the same; that one is ours, too, when it names this run.
void Lease::State::give_back() {
  for (int i = 0; i < attempts; ++i) {
    const DeleteOptions options{
        .uid = string_at(document, {"metadata", "uid"}), .resource_version = version_of(document), .needs_lock = false};
    const auto removed = client.remove(object, options, {});
    if (removed || removed.error().kind != ErrorKind::conflict) return;
    ApiResult<Json> live = client.get(object, {});
    if (!live || holder_of(*live) != holder ||
        string_at(*live, {"metadata", "uid"}) != string_at(document, {"metadata", "uid"}))
      return;
    document = *std::move(live);
  }
}

Lease::Lease(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

bool Lease::held() const { return !state_->lost.stop_requested(); }
std::stop_token Lease::lost() const { return state_->lost.get_token(); }
Result<void> Lease::confirm(const std::stop_token& stop) { return state_->confirm(stop); }
std::string Lease::taken_by() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->taken_by;
}
const std::string& Lease::identity() const { return state_->holder; }

void Lease::about(const std::string& commit) {
  const std::scoped_lock lock(state_->words);
  state_->commit = commit;
}

void Lease::progress(const std::string& done) {
  const std::scoped_lock lock(state_->words);
  state_->progress = done;
}

long long Lease::transitions() const {
  const std::scoped_lock lock(state_->mutex);
  return int_at(state_->document, {"spec", "leaseTransitions"});
}

Result<Lease> Lease::take(ApiClient& client, Clock& clock, const std::string& ns, const std::string& name,
                          const LockRequest& request, std::stop_token stop) {
  auto state = std::make_unique<State>(client, clock, ns, name, request);
  CF_CHECK(state->take(request, stop));
  return Lease(std::move(state));
}

namespace {

ApiPath path_of(const std::string& ns, const std::string& name) {
  return well_known_resource("Lease.coordination.k8s.io")->object(ns, name);
}

/// The Lease, where somebody has it.
Result<std::optional<Json>> held_lease(ApiClient& client, const std::string& ns, const std::string& name,
                                       const std::stop_token& stop) {
  ApiResult<Json> live = client.get(path_of(ns, name), stop);
  if (!live && live.error().kind == ErrorKind::not_found) return std::optional<Json>();
  if (!live) return std::unexpected<Error>(live.error());
  if (holder_of(*live).empty()) return std::optional<Json>();
  return std::optional<Json>(*std::move(live));
}

}  // namespace

Result<std::optional<LockSeen>> see_lock(ApiClient& client, const std::string& ns, const std::string& name,
                                         const std::stop_token& stop) {
  CF_TRY(const std::optional<Json> live, held_lease(client, ns, name, stop));
  return live ? std::optional(seen_in(*live)) : std::nullopt;
}

Result<bool> is_alive(ApiClient& client, Clock& clock, const std::string& ns, const std::string& name,
                      const LockSeen& seen, const std::stop_token& stop) {
  const milliseconds until = uptime() + lock_duration / renewals + 2s;
  while (true) {
    CF_TRY(const std::optional<LockSeen> now, see_lock(client, ns, name, stop));
    if (!now || now->uid != seen.uid || now->version != seen.version) return true;
    if (uptime() >= until) return false;
    clock.sleep(look / 2, stop);
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  }
}

Result<void> break_lock(ApiClient& client, const std::string& ns, const std::string& name, const LockSeen& seen,
                        const std::stop_token& stop) {
  for (int i = 0; i < attempts; ++i) {
    CF_TRY(std::optional<Json> live, held_lease(client, ns, name, stop));
    if (!live) return {};
    if (holder_of(*live) != seen.identity)
      return failure(ErrorKind::conflict, fmt::format("the lock has another holder by now: {}", locked_by(*live)));
    if (seen_in(*live).is_dead) {
      const auto removed =
          client.remove(path_of(ns, name), {.uid = seen.uid, .resource_version = version_of(*live)}, stop);
      if (removed || removed.error().kind == ErrorKind::not_found) return {};
      if (removed.error().kind != ErrorKind::conflict) return std::unexpected<Error>(removed.error());
      continue;
    }
    // The next holder has to know of it.
    Json next = *std::move(live);
    next["metadata"]["annotations"][std::string(broken_annotation)] = seen.holder;
    next["spec"].erase("holderIdentity");
    const auto written = client.replace(path_of(ns, name), next, {}, stop);
    if (written || written.error().kind == ErrorKind::not_found) return {};
    if (written.error().kind != ErrorKind::conflict) return std::unexpected<Error>(written.error());
  }
  return failure(ErrorKind::conflict, fmt::format("the lock {} keeps changing", quote(name)),
                 "its holder is at work: try again");
}

}  // namespace cloudflow
