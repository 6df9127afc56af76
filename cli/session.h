// What every command that looks at an application needs, opened step by step: source, project, environment, systems,
// desired state.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/host.h"
#include "cli/pipeline/background.h"
#include "cli/pipeline/planning.h"
#include "cli/pipeline/shared_topics.h"
#include "cli/pipeline/source.h"
#include "cli/views/view.h"
#include "planner/application/application.h"
#include "planner/plan/plan.h"
#include "planner/plan/policy.h"
#include "planner/project/external_values.h"
#include "planner/settings/effective_config.h"
#include "providers/kafka/kafka_provider.h"
#include "providers/kubernetes/cluster/cluster.h"
#include "providers/kubernetes/kubernetes_provider.h"

namespace cloudflow {

/// For so long another run is waited for, if nothing else is said: a dead one loses the lock in that time.
inline constexpr std::chrono::seconds lock_patience = lock_duration + std::chrono::seconds(15);

/// A command's working state. Every step reports its problems through the view and gives false when it cannot go on.
class Session {
 public:
  Session(const Host& host, View& view, SourceOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Proves source and every environment (or the one that is named) without asking any system; all problems at once.
  bool validate(Diagnostics& problems);
  /// Instead of a project file: what is asked for was given in another way. `project` has one environment.
  void use(std::unique_ptr<SourceTree> tree, Project project);
  /// Only the name of an application that is deployed already, and where it is; connects.
  bool open_deployed(const std::string& application);
  /// Objects that Cloudflow 2's operator made for this application are taken over. Before connect().
  void adopt() { adopt_ = true; }

  /// Source and cloudflow.yaml.
  bool open_project();
  /// Blueprint and descriptors, or what the build made; proven.
  bool open_application();
  /// The environment named, or the only one there is.
  bool choose_environment();
  /// Kubernetes credentials; asks nothing yet.
  bool connect();
  /// Takes the application's lock, and says for whom it waits; also where its namespace does not exist yet.
  bool lock(std::chrono::milliseconds patience = lock_patience);
  /// lock() while the next questions are asked already. plan() and plan_removal() settle it: where another run was
  /// waited for, they ask again.
  void start_locking(std::chrono::milliseconds patience);
  /// Who else is at work on this application is asked for beside the other questions of plan(), or beside what follows
  /// where connect() is done.
  void look_for_other_run();
  /// What look_for_other_run() found; nothing where nobody is at work, or it cannot be seen.
  std::optional<LockSeen> other_run();
  /// The configuration files.
  bool read_user_config();
  /// What rendering needs to know: values from outside, and of the cluster, which is only asked where it must be.
  bool gather_facts();
  /// The inventory and gather_facts().
  bool gather();
  /// Configuration and desired resources. Offline it works without connect().
  bool render();
  /// render() before any system is asked, as far as that is possible: what is wrong in the source is told first.
  bool check_offline();
  /// Clients for the Kafka clusters in use.
  bool connect_kafka();
  /// Which Kafka clusters they are, for targets() and the record of topics.
  bool identify_kafka();
  /// All of the above and the plan, with headings and policy.
  std::optional<Plan> plan(const Allowances& allowed, const MoreOfPlan& more = {});
  /// The plan for having nothing at all.
  std::optional<Plan> plan_removal(const Allowances& allowed);
  /// The same for an application of which only the name is known: what its inventory names, no topics.
  std::optional<Plan> plan_removal_of_deployed();

  /// For a process that ends after this session: its values are left where they are. Taking a large application apart
  /// block by block would cost more than comparing it; the system takes all of it at once.
  void leave_values();

  const Host& host() const { return host_; }
  View& view() { return view_; }
  const SourceTree& tree() const { return *tree_; }
  const Project& project() const { return project_; }
  const Environment& environment() const { return environment_; }
  /// One that is refined, before render().
  void replace_environment(Environment refined) { environment_ = std::move(refined); }
  const Application& application() const { return application_; }
  const EffectiveConfig& config() const { return config_; }
  const ConfigValue& user_config() const { return user_config_; }
  const ClusterFacts& facts() const { return facts_; }
  const std::vector<Resource>& desired() const { return desired_; }
  /// What is refined, between render() and plan().
  void replace_desired(std::vector<Resource> refined) { desired_ = std::move(refined); }
  const Inventory& inventory() const { return inventory_; }
  /// Topics that exist and that plan() has put into the inventory, because they are named for adoption.
  const std::vector<ResourceId>& adopted_topics() const { return adopted_topics_; }
  KubernetesCluster& cluster() { return *cluster_; }
  KubernetesProvider& kubernetes() { return *kubernetes_; }
  KafkaProvider& kafka() { return *kafka_; }
  bool has_kafka() const { return kafka_ != nullptr; }
  std::vector<Provider*> providers();
  /// "kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw"
  std::vector<std::string> targets() const;
  /// Kafka cluster ids by cluster name, as seen while planning.
  const std::map<std::string, std::string>& cluster_ids() const { return cluster_ids_; }

 private:
  /// Shows what was found; false when there are errors.
  bool report(const Diagnostics& problems);
  bool fail(const Error& error);
  /// fail(), unless something is wrong in the source: then that is told.
  bool fail_outside(const Error& error);
  /// check_offline(), and shows what it finds.
  bool check_source_alone();
  bool open_tree();
  ExternalLookup external_lookup(bool online);
  /// Replaces references to the outside in the environment; offline by stand-ins.
  bool resolve_external_values(bool online);
  Result<void> open_kubernetes();
  Result<void> open_kafka();
  /// Begins to ask for the inventory, for what it names, and for the source's revision, while there is other work to
  /// do. Mistakes come out later.
  void start_reading();
  /// The same for the Kafka clusters, once they are known.
  void ask_kafka_ahead();
  /// The inventory, which may have been asked for before.
  bool wait_for_inventory();
  /// Waits for what start_locking() began; where another run was waited for, or has written the record since it was
  /// read, everything is asked again.
  bool settle_lock();
  /// What was read before the lock was ours may be old.
  bool read_again();
  /// Everything that finish_plan needs.
  bool prepare_plan();
  /// Whether rendering needs to know something of the cluster.
  bool needs_facts() const;
  /// Where desired resources are, too, is searched for what is removed.
  void add_places();
  Result<ClusterIds> ask_cluster_ids();
  std::string kubernetes_target() const;
  /// What plan_for() asks whatever the plan is for.
  PlanningQuestions planning_questions();
  std::optional<Plan> finish_plan(std::span<const Resource> desired, const Allowances& allowed,
                                  const PlanningQuestions& questions);
  TopicQuestions topic_questions() const;
  TopicMakers topic_makers() const;

  const Host& host_;
  View& view_;
  SourceOptions options_;
  std::unique_ptr<SourceTree> tree_{};
  Project project_{};
  bool project_given_ = false;
  Environment environment_{};
  Application application_{};
  ConfigValue user_config_{};
  bool user_config_read_ = false;
  ClusterFacts facts_{};
  EffectiveConfig config_{};
  Inventory inventory_{};
  std::vector<Resource> desired_{};
  bool rendered_ = false;
  bool adopt_ = false;
  std::unique_ptr<KubernetesCluster> cluster_{};
  std::unique_ptr<KubernetesProvider> kubernetes_{};
  std::unique_ptr<KafkaProvider> kafka_{};
  std::map<std::string, std::string> cluster_ids_{};
  std::vector<ResourceId> adopted_topics_{};
  SharedTopics shared_topics_{[this] { return topic_makers(); }};
  bool ahead_ = false;  ///< systems may be asked while rendering
  bool has_inventory_ = false;
  std::chrono::milliseconds patience_{0};
  Environment environment_before_{};  ///< as it was before anything was read for it
  bool wants_other_run_ = false;
  Background background_{};  ///< uses what is above, so it ends first
};

}  // namespace cloudflow
