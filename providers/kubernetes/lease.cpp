// The lock of an application: a Lease that its holder renews, and that expires when the holder is gone.
#include "providers/kubernetes/lease.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "providers/kubernetes/api_discovery.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds duration = 30s;
constexpr std::chrono::seconds renewal = 5s;
constexpr int attempts = 5;

/// metav1.MicroTime wants exactly six digits.
std::string micro_time(std::chrono::system_clock::time_point time) {
  std::string text = rfc3339(time);
  text.pop_back();
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count() % 1'000'000;
  return fmt::format("{}.{:06}Z", text, micros);
}

bool expired(const Json& lease, std::chrono::system_clock::time_point now) {
  if (string_at(lease, {"spec", "holderIdentity"}).empty()) return true;
  const std::string renewed = string_at(lease, {"spec", "renewTime"});
  const std::chrono::seconds length(int_at(lease, {"spec", "leaseDurationSeconds"}, duration.count()));
  return renewed.empty() || parse_rfc3339(renewed) + length < now;
}

/// "2026-11-21T08:00:00Z", without the fraction.
std::string whole_seconds(const std::string& time) {
  return time.substr(0, time.find('.')) + (time.find('.') == std::string::npos ? "" : "Z");
}

std::unexpected<Error> held_by_other(const Json& lease) {
  return failure(
      ErrorKind::conflict,
      fmt::format("locked by {} since {}, last renewed {}", quote(string_at(lease, {"spec", "holderIdentity"})),
                  whole_seconds(string_at(lease, {"spec", "acquireTime"})),
                  whole_seconds(string_at(lease, {"spec", "renewTime"}))),
      fmt::format("wait for it; a holder that is gone loses it within {} seconds, or at once by `cloudflow unlock`",
                  duration.count()));
}

void stamp(Json& lease, const std::string& holder, std::chrono::system_clock::time_point now, bool acquired) {
  Json& spec = lease["spec"];
  spec["holderIdentity"] = holder;
  spec["leaseDurationSeconds"] = duration.count();
  spec["renewTime"] = micro_time(now);
  if (acquired) {
    spec["acquireTime"] = micro_time(now);
    spec["leaseTransitions"] = int_at(lease, {"spec", "leaseTransitions"}) + 1;
  }
}

}  // namespace

struct Lease::State {
  State(ApiClient& its_client, Clock& its_clock, std::string its_space, std::string its_name, std::string its_holder)
      : client(its_client),
        clock(its_clock),
        space(std::move(its_space)),
        holder(std::move(its_holder)),
        resource(*well_known_resource("Lease.coordination.k8s.io")),
        object(resource.object(space, its_name)),
        name(std::move(its_name)) {}
  ~State() {
    renewing = {};  // asks the thread to stop and waits for it
    if (!lost.stop_requested() && document.is_object()) give_back();
  }

  ApiClient& client;
  Clock& clock;
  const std::string space;
  const std::string holder;
  const ApiResource resource;
  const ApiPath object;
  const std::string name;
  Json document{};  // as last written by us; belongs to the renewing thread once that runs
  std::stop_source lost{};
  std::jthread renewing{};

  Result<void> take(std::stop_token stop);
  void keep(const std::stop_token& stop);
  void renew(const std::stop_token& stop);
  void give_back();
};

Result<void> Lease::State::take(std::stop_token stop) {
  for (int i = 0; i < attempts; ++i) {
    ApiResult<Json> live = client.get(object, stop);
    ApiResult<Json> written;
    if (!live && live.error().kind == ErrorKind::not_found) {
      Json fresh = {
          {"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata",
           {{"name", name}, {"namespace", space}, {"labels", {{"app.kubernetes.io/managed-by", "cloudflow"}}}}}};
      stamp(fresh, holder, clock.wall(), true);
      written = client.create(resource.collection(space), fresh, {}, stop);
    } else if (!live) {
      return std::unexpected<Error>(live.error());
    } else if (expired(*live, clock.wall())) {
      stamp(*live, holder, clock.wall(), true);
      written = client.replace(object, *live, {}, stop);
    } else {
      return held_by_other(*live);
    }
    if (written) {
      document = *std::move(written);
      renewing = std::jthread([this](const std::stop_token& end) { keep(end); });
      return {};
    }
    if (written.error().kind != ErrorKind::conflict) return std::unexpected<Error>(written.error());
  }
  return failure(ErrorKind::conflict, fmt::format("others keep taking the lock {}", quote(name)));
}

void Lease::State::keep(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any ended;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested() && !lost.stop_requested()) {
    ended.wait_for(lock, stop, renewal, [] { return false; });
    if (!stop.stop_requested()) renew(stop);
  }
}

void Lease::State::renew(const std::stop_token& stop) {
  Json next = document;
  stamp(next, holder, clock.wall(), false);
  ApiResult<Json> written = client.replace(object, next, {}, stop);
  if (written) {
    document = *std::move(written);
    return;
  }
  if (stop.stop_requested()) return;
  if (written.error().kind == ErrorKind::conflict || written.error().kind == ErrorKind::not_found) {
    ApiResult<Json> live = client.get(object, stop);
    if (live && string_at(*live, {"spec", "holderIdentity"}) == holder) {
      document = *std::move(live);
    } else if (live || live.error().kind == ErrorKind::not_found) {
      lost.request_stop();
    }
    return;
  }
  if (expired(document, clock.wall())) lost.request_stop();
}

/// Deletes the version that we wrote: nobody can have taken that. A renewal that was cut off may have been written all
/// the same; that one is ours, too, when it says since when we hold it.
void Lease::State::give_back() {
  for (int i = 0; i < attempts; ++i) {
    const DeleteOptions options{.uid = string_at(document, {"metadata", "uid"}),
                                .resource_version = string_at(document, {"metadata", "resourceVersion"})};
    const auto removed = client.remove(object, options, {});
    if (removed || removed.error().kind != ErrorKind::conflict) return;
    ApiResult<Json> live = client.get(object, {});
    const auto same = [&](std::initializer_list<std::string_view> path) {
      return string_at(*live, path) == string_at(document, path);
    };
    if (!live || !same({"metadata", "uid"}) || !same({"spec", "holderIdentity"}) || !same({"spec", "acquireTime"}))
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

Result<Lease> Lease::take(ApiClient& client, Clock& clock, const std::string& space, const std::string& name,
                          const std::string& holder, std::stop_token stop) {
  auto state = std::make_unique<State>(client, clock, space, name, holder);
  CF_CHECK(state->take(std::move(stop)));
  return Lease(std::move(state));
}

}  // namespace cloudflow
