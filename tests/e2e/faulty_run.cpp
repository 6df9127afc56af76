// A run of the real binary to which things happen at requests of its own.
#include "tests/e2e/faulty_run.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <thread>

#include "providers/kubernetes/api/kubeconfig.h"
#include "sdk/support/clock.h"
#include "tests/support/kubebed.h"

namespace cloudflow::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::string in_words(Mishap::What what) {
  switch (what) {
    case Mishap::What::lose_request:
      return "lost";
    case Mishap::What::lose_answer:
      return "its answer is lost";
    case Mishap::What::conflict:
      return "409";
    case Mishap::What::too_many:
      return "429";
    case Mishap::What::too_many_now:
      return "429 without Retry-After";
    case Mishap::What::internal_error:
      return "500";
    case Mishap::What::unavailable:
      return "503";
    case Mishap::What::hold:
      return "held";
    case Mishap::What::stop:
      return "SIGSTOP";
    case Mishap::What::stop_unlock:
      return "SIGSTOP and unlock";
    case Mishap::What::unlock:
      return "unlock";
    case Mishap::What::kill:
      return "SIGKILL";
    case Mishap::What::kill_after:
      return "SIGKILL after it";
  }
  return "";
}

KubeProxy::Fate answer_of(Mishap::What what) {
  switch (what) {
    case Mishap::What::lose_request:
      return KubeProxy::Fate::lose_request;
    case Mishap::What::lose_answer:
      return KubeProxy::Fate::lose_answer;
    case Mishap::What::conflict:
      return KubeProxy::Fate::say_conflict;
    case Mishap::What::too_many:
      return KubeProxy::Fate::say_too_many;
    case Mishap::What::too_many_now:
      return KubeProxy::Fate::say_too_many_now;
    case Mishap::What::kill_after:
      return KubeProxy::Fate::lose_answer;
    case Mishap::What::internal_error:
      return KubeProxy::Fate::say_internal_error;
    case Mishap::What::unavailable:
      return KubeProxy::Fate::say_unavailable;
    case Mishap::What::hold:
    case Mishap::What::stop:
    case Mishap::What::stop_unlock:
    case Mishap::What::unlock:
    case Mishap::What::kill:
      break;
  }
  return KubeProxy::Fate::pass;
}

}  // namespace

KafkaDesk::KafkaDesk(KafkaProxy& proxy) : proxy_(proxy) {
  proxy.on_request([this](const KafkaRequest& request) {
    FaultyRun* run = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      const auto found = runs_.find(request.client);
      if (found == runs_.end()) return KafkaProxy::Fate::pass;
      run = found->second;
      ++busy_[request.client];
    }
    const KafkaProxy::Fate fate = run->kafka_fate(request);
    const std::scoped_lock lock(mutex_);
    --busy_[request.client];
    return fate;
  });
}

void KafkaDesk::add(int process, FaultyRun& run) {
  const std::scoped_lock lock(mutex_);
  runs_[process] = &run;
  proxy_.tell_apart(process);
}

void KafkaDesk::remove(int process) {
  while (true) {
    {
      const std::scoped_lock lock(mutex_);
      runs_.erase(process);
      if (busy_[process] == 0) {
        busy_.erase(process);
        break;
      }
    }
    std::this_thread::yield();
  }
  proxy_.forget(process);
}

ProxiedServers::ProxiedServers()
    : access(read_kubeconfig(kubebed(), "")),
      kafka(start_behind(proxy)),
      bootstrap(fmt::format("127.0.0.1:{}", proxy.port())),
      topics(LibrdkafkaAdmin::open("default", bootstrap, *client_properties({}))),
      objects(access.value(), real_clock()),
      ground{{access->server, access->tls, desk}, kubebed(), bootstrap, *topics.value(), objects} {
  REQUIRE(kafka);
}

FaultyRun::FaultyRun(Servers& servers, std::string name, std::vector<Mishap> mishaps)
    : servers_(servers), name_(std::move(name)), mishaps_(std::move(mishaps)), proxy_(servers.api_server, servers.tls) {
  proxy_.on_request([this](const SeenRequest& request) { return kubernetes_fate(request); });
}

FaultyRun::~FaultyRun() {
  over_ = true;
  if (!is_started()) return;
  if (!status_) end_child(child_);
  servers_.kafka.remove(process_);
}

Result<void> FaultyRun::start(ProcessRequest request, const std::string& kubeconfig_file) {
  request.environment.insert_or_assign("KUBECONFIG", kubeconfig_file);
  CF_TRY(child_, start_child(request));
  process_ = child_.process;
  servers_.kafka.add(child_.process, *this);
  child_.input.close();
  return {};
}

void FaultyRun::look() {
  if (!is_started()) return;
  drain(child_.output, text_);
  drain(child_.errors, text_);
  if (status_) return;
  status_ = exit_status(child_);
  if (!status_) return;
  drain(child_.output, text_);
  drain(child_.errors, text_);
}

bool FaultyRun::has_slept_enough() const {
  const std::scoped_lock lock(mutex_);
  return stopped_ && Clock::now() >= awake_;
}

void FaultyRun::go_on() {
  stopped_ = false;
  ::kill(process_, SIGCONT);
}

void FaultyRun::kill() {
  killed_ = true;
  ::kill(process_, SIGKILL);
}

std::vector<Changed> FaultyRun::changes() const {
  std::vector<Changed> out;
  for (const ProxiedWrite& write : proxy_.writes()) {
    if (write.status >= 300) continue;
    out.push_back({.what = write.method + " " + write.path,
                   .body = write.body,
                   .is_lock = write.path.find("/leases") != std::string::npos,
                   .sent = write.sent,
                   .at = write.at});
  }
  const std::scoped_lock lock(mutex_);
  out.insert(out.end(), kafka_changes_.begin(), kafka_changes_.end());
  std::ranges::sort(out, {}, &Changed::sent);
  return out;
}

std::vector<std::string> FaultyRun::happened(Clock::time_point start) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [time, what] : happened_)
    out.push_back(fmt::format("{:6} {} {}", std::chrono::duration_cast<std::chrono::milliseconds>(time - start).count(),
                              name_, what));
  return out;
}

std::optional<Mishap> FaultyRun::mishap_at(bool at_kafka, int nth, int nth_write, const std::string& request) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(mishaps_, [&](const Mishap& mishap) {
    const bool is_due = mishap.at_write ? nth_write >= mishap.nth : nth >= mishap.nth;
    return mishap.at_kafka == at_kafka && is_due && mishap.times > 0 &&
           (nth_write > 0 || mishap.what != Mishap::What::conflict);
  });
  if (found == mishaps_.end()) return std::nullopt;
  --found->times;
  happened_.emplace_back(Clock::now(), fmt::format("{}: {}", request, in_words(found->what)));
  return *found;
}

bool FaultyRun::suffer(const Mishap& mishap) {
  switch (mishap.what) {
    case Mishap::What::hold: {
      const auto until = Clock::now() + mishap.time;
      while (Clock::now() < until && !killed_ && !over_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      return !killed_;
    }
    case Mishap::What::stop:
    case Mishap::What::stop_unlock: {
      const std::scoped_lock lock(mutex_);
      ::kill(process_, SIGSTOP);
      awake_ = Clock::now() + mishap.time;
      stopped_ = true;
      if (mishap.what == Mishap::What::stop_unlock) unlock_ = true;
      return true;
    }
    case Mishap::What::unlock:
      unlock_ = true;
      return true;
    case Mishap::What::kill:
      kill();
      return false;
    case Mishap::What::kill_after:
      kill();
      return true;
    case Mishap::What::lose_request:
    case Mishap::What::lose_answer:
    case Mishap::What::conflict:
    case Mishap::What::too_many:
    case Mishap::What::too_many_now:
    case Mishap::What::internal_error:
    case Mishap::What::unavailable:
      break;
  }
  return true;
}

KubeProxy::Fate FaultyRun::kubernetes_fate(const SeenRequest& request) {
  const int nth = ++requests_;
  if (killed_) return KubeProxy::Fate::lose_request;
  const bool is_write = request.method != "GET" && request.target.find("dryRun") == std::string::npos &&
                        request.body.find("\"dryRun\"") == std::string::npos;
  const int nth_write = is_write ? ++writes_ : 0;
  const auto mishap = mishap_at(false, nth, nth_write, request.method + " " + request.target);
  if (!mishap) return KubeProxy::Fate::pass;
  return suffer(*mishap) ? answer_of(mishap->what) : KubeProxy::Fate::lose_request;
}

KafkaProxy::Fate FaultyRun::kafka_fate(const KafkaRequest& request) {
  const int nth = ++kafka_requests_;
  if (killed_) return KafkaProxy::Fate::lose_request;
  const int nth_write = request.is_change ? ++kafka_writes_ : 0;
  KafkaProxy::Fate fate = KafkaProxy::Fate::pass;
  if (const auto mishap = mishap_at(true, nth, nth_write, fmt::format("Kafka {}", request.kind))) {
    if (!suffer(*mishap) || mishap->what == Mishap::What::lose_request) return KafkaProxy::Fate::lose_request;
    if (mishap->what == Mishap::What::lose_answer || mishap->what == Mishap::What::kill_after)
      fate = KafkaProxy::Fate::lose_answer;
  }
  if (!request.is_change) return fate;
  const std::scoped_lock lock(mutex_);
  const auto now = Clock::now();
  kafka_changes_.push_back({.what = fmt::format("Kafka {}", request.kind), .sent = now, .at = now});
  return fate;
}

}  // namespace cloudflow::testing
