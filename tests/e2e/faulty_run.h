// A run of the real binary to which things happen at requests of its own: lost and refused requests, lost answers, held
// ones, signals. What it changed on the servers is written down.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "providers/kubernetes/api/api_client.h"
#include "sdk/support/child.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kafkabed.h"
#include "tests/support/kube_proxy.h"

namespace cloudflow::testing {

/// One thing that happens to a run.
struct Mishap {
  enum class What {
    lose_request,
    lose_answer,
    conflict,        ///< the answer is 409
    too_many,        ///< 429, to be asked again after a second
    too_many_now,    ///< 429 that does not say when to ask again
    internal_error,  ///< 500
    unavailable,     ///< 503
    hold,            ///< the request is late by `time`
    stop,            ///< SIGSTOP; SIGCONT after `time`
    stop_unlock,     ///< the same, and somebody runs `unlock --yes` meanwhile
    unlock,          ///< somebody runs `unlock --yes`
    kill,            ///< SIGKILL; the request is lost
    kill_after,      ///< SIGKILL; the server has the request
  };
  What what = What::lose_request;
  bool at_kafka = false;  ///< at a request to Kafka, not to the API server
  int nth = 1;            ///< from which request to that server on
  bool at_write = false;  ///< `nth` counts only what changes something
  int times = 1;          ///< for how many requests
  std::chrono::milliseconds time{0};
};

/// Something that a run changed, as a server took it.
struct Changed {
  std::string what{};  ///< "PATCH /api/v1/…", "Kafka 19"
  std::string body{};
  bool is_lock = false;  ///< of the Lease
  std::chrono::steady_clock::time_point sent{};
  std::chrono::steady_clock::time_point at{};
};

/// Kinds of what an application has in its namespace.
inline constexpr std::pair<const char*, const char*> application_kinds[] = {
    {"api/v1", "configmaps"},
    {"api/v1", "secrets"},
    {"api/v1", "services"},
    {"api/v1", "serviceaccounts"},
    {"api/v1", "persistentvolumeclaims"},
    {"apis/apps/v1", "deployments"},
    {"apis/rbac.authorization.k8s.io/v1", "roles"},
    {"apis/rbac.authorization.k8s.io/v1", "rolebindings"},
    {"apis/coordination.k8s.io/v1", "leases"},
};

class FaultyRun;

/// Tells the requests of several runs to one Kafka apart.
class KafkaDesk {
 public:
  explicit KafkaDesk(KafkaProxy& proxy);
  ~KafkaDesk() { proxy_.on_request({}); }
  KafkaDesk(const KafkaDesk&) = delete;
  KafkaDesk& operator=(const KafkaDesk&) = delete;
  void add(int process, FaultyRun& run);
  void remove(int process);

 private:
  KafkaProxy& proxy_;
  std::mutex mutex_{};
  std::map<int, FaultyRun*> runs_{};
  std::map<int, int> busy_{};  ///< requests of a process that are being judged
};

/// The servers of a search.
struct Servers {
  std::string api_server{};
  TlsOptions tls{};
  KafkaDesk& kafka;
};

/// The servers, and how to look at them without the program.
struct Ground {
  Servers servers;
  std::string kubeconfig{};
  std::string bootstrap{};
  KafkaAdmin& topics;
  ApiClient& objects;
};

/// The real servers, with proxies between them and the runs; the test fails where they are not there.
struct ProxiedServers {
  ProxiedServers();

  Result<ClusterAccess> access;
  KafkaProxy proxy{};
  Result<std::unique_ptr<Kafkabed>> kafka;
  KafkaDesk desk{proxy};
  std::string bootstrap;
  Result<std::unique_ptr<LibrdkafkaAdmin>> topics;
  ApiClient objects;
  Ground ground;
};

/// To be used from one thread; what happens at requests comes from others.
class FaultyRun {
 public:
  FaultyRun(Servers& servers, std::string name, std::vector<Mishap> mishaps);
  /// Ends it where it still runs.
  ~FaultyRun();
  FaultyRun(const FaultyRun&) = delete;
  FaultyRun& operator=(const FaultyRun&) = delete;

  KubeProxy& proxy() { return proxy_; }
  const std::string& name() const { return name_; }
  int process() const { return process_; }
  /// `request` without KUBECONFIG.
  Result<void> start(ProcessRequest request, const std::string& kubeconfig_file);
  bool is_started() const { return child_.process > 0; }
  /// Takes what it has printed, and whether it has ended.
  void look();
  const std::optional<int>& status() const { return status_; }
  bool was_killed() const { return killed_; }
  const std::string& printed() const { return text_; }
  /// Requests to the API server so far.
  int requests() const { return requests_; }
  /// Whether `unlock` is to be run now; asked once for each time.
  bool wants_unlock() { return unlock_.exchange(false); }
  bool is_stopped() const { return stopped_; }
  /// It has been stopped for as long as the mishap says.
  bool has_slept_enough() const;
  void go_on();
  void kill();
  /// In the order in which they were sent.
  std::vector<Changed> changes() const;
  /// "12 PATCH /api/…: held", with milliseconds since `start`.
  std::vector<std::string> happened(std::chrono::steady_clock::time_point start) const;

  /// What becomes of a request to Kafka.
  KafkaProxy::Fate kafka_fate(const KafkaRequest& request);

 private:
  KubeProxy::Fate kubernetes_fate(const SeenRequest& request);
  /// What happens at this request, which is the `nth` to its server; where it is a write (else 0),
  /// or the `nth_write`.
  std::optional<Mishap> mishap_at(bool at_kafka, int nth, int nth_write, const std::string& request);
  /// False when the request is lost.
  bool suffer(const Mishap& mishap);

  Servers& servers_;
  const std::string name_;
  std::atomic<int> process_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<int> kafka_requests_ = 0;
  std::atomic<int> writes_ = 0;
  std::atomic<int> kafka_writes_ = 0;
  std::atomic<bool> unlock_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> killed_ = false;
  std::atomic<bool> over_ = false;
  mutable std::mutex mutex_{};  // of the four below
  std::vector<Mishap> mishaps_;
  std::vector<Changed> kafka_changes_{};
  std::vector<std::pair<std::chrono::steady_clock::time_point, std::string>> happened_{};
  std::chrono::steady_clock::time_point awake_{};
  Child child_{};
  std::optional<int> status_{};
  std::string text_{};
  KubeProxy proxy_;  // ends first: it calls the others
};

}  // namespace cloudflow::testing
