// Provider over the Kubernetes API, and what else the cli needs of a cluster: inventory, lock, facts, status.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cloudflow/provider.h"
#include "providers/kubernetes/ownership/lock_request.h"
#include "sdk/support/clock.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// Which cluster, as whom, and for which application.
struct KubernetesOptions {
  std::string kubeconfig{};   ///< path list as in KUBECONFIG; empty: in-cluster credentials
  std::string context{};      ///< empty: the current one
  std::string as{};           ///< user to impersonate; empty: none
  std::string ns{};           ///< the application's namespace
  std::string application{};  ///< id; owner of everything that is read and written
  std::string version{};      ///< of this program, for the inventory's tooling annotation
  bool adopt = false;         ///< Cloudflow 2's objects of the application of the same name are taken over
};

/// An application of ours in the cluster, by its inventory.
struct DeployedApplication {
  std::string name{};
  std::string ns{};
  std::string version{};  ///< as last applied; empty when unknown
  std::string created{};  ///< RFC 3339
};

/// A search of read() for what the record does not name: where it is gone, was edited, or lacks kinds of what is there.
struct RecordSearch {
  bool made = false;
  std::vector<std::string> unseen{};  ///< kinds and API groups that could not be looked at, sorted
};

/// Where Inventory::last keeps the topics that an application reads or writes and that are not its own:
/// {"uses": {cluster id: [topic]}}.
inline constexpr const char* used_member = "uses";

/// A topic as the record of another application has it, which made it, or uses it.
struct TopicMaker {
  std::string application{};
  std::string ns{};
  std::string topic_id{};    ///< empty when it was not recorded
  bool is_deployed = false;  ///< not only its topics are left
  bool only_uses = false;    ///< the topic is not its own
};

/// (Kafka cluster id, topic) → the applications whose records name it.
using TopicMakers = std::multimap<std::pair<std::string, std::string>, TopicMaker>;

/// The same application in another namespace.
struct OtherDeployment {
  std::string ns{};
  /// Its streamlets' Secrets; nothing where they may not be read.
  std::optional<std::vector<Json>> secrets{};
};

/// An operator of Cloudflow 2 that runs.
struct Cloudflow2Operator {
  std::string ns{};
  std::string deployment{};
};

/// One pod of a streamlet, for status.
struct PodStatus {
  std::string name{};
  bool ready = false;
  int ready_containers = 0;
  int containers = 0;
  int restarts = 0;
  std::string status{};  ///< "Running", "CrashLoopBackOff" … (docs/compatibility.md, Status)
  std::string reason{};  ///< why it is not ready; empty when it is
  std::string image{};   ///< of its first container
};

/// What runs for one streamlet.
struct StreamletStatus {
  std::string streamlet{};
  std::string image{};
  int wanted = 0;  ///< replicas asked for
  int available = 0;
  Readiness readiness{};
  std::vector<PodStatus> pods{};
};

class KubernetesProvider final : public Provider {
 public:
  /// Loads credentials; does not talk to the cluster yet.
  static Result<std::unique_ptr<KubernetesProvider>> open(const KubernetesOptions& options, Clock& clock);
  ~KubernetesProvider() override;
  KubernetesProvider(const KubernetesProvider&) = delete;
  KubernetesProvider& operator=(const KubernetesProvider&) = delete;

  std::string_view name() const override { return "kubernetes"; }
  Traits traits(const ResourceId& id) const override;
  std::string headline(const Resource& desired) const override;
  const std::string& context() const;  ///< the context in use, for headings
  const std::string& ns() const;

  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override;
  Result<Change> compare(const Resource* desired, const Live* live) const override;
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override;
  Result<void> apply(const Change& change, std::stop_token stop) override;
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override;
  /// How long a replacement waits until what it replaces is gone; two minutes unless told.
  void set_deadline(std::chrono::milliseconds deadline);
  /// What the server warned of while changes were made and had not said of their dry run: "secret/a: …", sorted.
  std::vector<std::string> take_warnings();
  /// Ready when no pod of the application's streamlets runs any more, whatever became of what made them.
  ResourceId all_pods() const;

  /// The record of what this application made; `exists` is false where there is none.
  Result<Inventory> inventory(std::stop_token stop);
  /// Of the record as it is now: its uid and resourceVersion; empty where there is none.
  Result<std::string> record_version(std::stop_token stop);
  /// Whether that is the version which inventory() read last, or record() wrote.
  bool is_as_read(const std::string& record_version);
  /// Begins to list what `inventory` names, in the background; the next read() takes the lists from there.
  void read_ahead(const Inventory& inventory, std::stop_token stop);
  /// Begins, in the background and before the record is known, to list what is desired where nothing else is doing so.
  /// read() takes only lists that are as new as the record. `to_change`: most likely an apply of changes follows.
  void read_early(std::span<const Resource> desired, bool to_change, const std::stop_token& stop);
  /// So many calls will soon be made at once: where the server is far away, connections are opened for them.
  void expect(int calls);
  void forget_read_ahead();
  /// What the last read() had to look for.
  RecordSearch record_search();
  /// Writes the record (creating it): kinds and namespaces in ApplySet annotations, the rest as data. Conflict when
  /// another run has written it since this one read or wrote it.
  Result<void> record(const Inventory& inventory, std::stop_token stop);
  Result<void> remove_record(std::stop_token stop);

  /// Takes the application's Lease, and waits for whoever has it as long as the request allows; then conflict, which
  /// names the holder. not_found where the namespace does not exist. It is renewed in the background until unlock() or
  /// destruction, and every write asks confirm_lock() first.
  Result<void> lock(const LockRequest& request, std::stop_token stop);
  void unlock();
  /// Stops when the lock is not ours any more before unlock() was called. Never, where nothing is locked.
  std::stop_token lock_lost();
  /// Who has it after lock_lost(); empty where nobody was seen to have it.
  std::string lock_taken_by();
  /// Succeeds while the lock is ours for certain, or where nothing was locked; renews it first where that was long ago.
  Result<void> confirm_lock(const std::stop_token& stop);
  /// What the holder of the lock is about, for those who wait for it.
  void say_in_lock(const std::string& commit);
  /// How far it is, likewise: "3 of 8 changes made".
  void say_progress(const std::string& done);
  /// Who has the lock; nothing where nobody does.
  Result<std::optional<LockSeen>> see_lock(std::stop_token stop);
  /// Whether the holder that was seen is at work: takes some seconds.
  Result<bool> is_at_work(const LockSeen& seen, std::stop_token stop);
  /// Takes the lock away from the holder that was seen; conflict when it has another one by now.
  Result<void> break_lock(const LockSeen& seen, std::stop_token stop);

  /// Kafka clusters by labelled secrets: cluster name → text of key secret.conf. Those of the application's namespace
  /// win over those of `also_in` (a namespace, or "*" for all; empty for none), where a name in `used` must mean one
  /// cluster. Other names that mean several are left out.
  Result<std::map<std::string, Secret>> kafka_clusters(const std::string& also_in, const std::set<std::string>& used,
                                                       std::stop_token stop);
  /// PersistentVolumeClaims of the namespace: name → access modes, comma separated.
  Result<std::map<std::string, std::string>> claims(std::stop_token stop);
  /// One key of a Secret in the namespace.
  Result<Secret> secret_value(const std::string& secret, const std::string& key, std::stop_token stop);
  /// All keys of a Secret in the namespace that are text; empty when there is no such Secret.
  Result<std::map<std::string, Secret>> secret_values(const std::string& secret, std::stop_token stop);
  /// What runs, by streamlet label; sorted by streamlet.
  Result<std::vector<StreamletStatus>> status(std::stop_token stop);
  /// Applications that have anything in the namespace, or in all when `ns` is empty; sorted.
  Result<std::vector<DeployedApplication>> applications(const std::string& ns, std::stop_token stop);
  /// Kafka cluster's id, topic → who made it, of other applications; of those whose records we may look at, in all
  /// namespaces.
  Result<TopicMakers> topic_makers(std::stop_token stop);
  /// Where else an application of this name is deployed, as far as we may look; sorted by namespace.
  Result<std::vector<OtherDeployment>> deployed_elsewhere(std::stop_token stop);
  /// Operators of Cloudflow 2 with ready replicas in the namespace, or in all when `ns` is empty. Where we may not
  /// look at all namespaces, the usual one and the application's own are looked at.
  Result<std::vector<Cloudflow2Operator>> cloudflow2_operators(const std::string& ns, std::stop_token stop);
  /// Credentials in the pull secret of the namespace, but those that an apply wrote for the application's own registry:
  /// JSON of registry → entry. not_found where there is no such secret.
  Result<Secret> other_registries(std::stop_token stop);
  /// Objects of Cloudflow 2's application of this name that are not desired: they stay with it. Sorted.
  Result<std::vector<ResourceId>> left_to_cloudflow2(std::span<const Resource> desired, std::stop_token stop);
  /// Writes one registry's credentials into the pull secret of the namespace, making both where they are missing; other
  /// registries' credentials stay. The secret belongs to the namespace, not to an application.
  Result<void> add_pull_credentials(const std::string& registry, const std::string& username, const Secret& password,
                                    std::stop_token stop);

 private:
  struct State;
  /// compare() with the digests of its configuration as this namespace's key makes them.
  Result<Change> compare_keyed(const Resource* desired, const Live* live) const;
  explicit KubernetesProvider(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
