// A command's working state, step by step.
#include "cli/session.h"

#include <fmt/format.h>

#include <tuple>

#include "cli/named_files.h"
#include "cli/pipeline/kafka_clusters.h"
#include "cli/pipeline/offline.h"
#include "cli/pipeline/outside_values.h"
#include "cli/pipeline/planning.h"
#include "cli/systems.h"
#include "cli/version.h"
#include "planner/application/load_application.h"
#include "planner/project/read_project.h"
#include "planner/project/shared_kafka.h"
#include "planner/render/render.h"
#include "planner/settings/config_schema.h"
#include "providers/kubernetes/cluster/facts.h"
#include "providers/kubernetes/cluster/pull_credentials.h"
#include "sdk/support/parallel.h"

namespace cloudflow {

Session::Session(const Host& host, View& view, SourceOptions options)
    : host_(host), view_(view), options_(std::move(options)) {
  enter_folder_of_project(options_);
}
Session::~Session() = default;

void Session::leave_values() {
  using Values =
      std::tuple<Project, Application, ConfigValue, ClusterFacts, EffectiveConfig, Inventory, std::vector<Resource>>;
  static auto& left = *new std::vector<const Values*>;  // never destroyed, so nothing in it is lost to a leak checker
  left.push_back(new Values(std::move(project_), std::move(application_), std::move(user_config_), std::move(facts_),
                            std::move(config_), std::move(inventory_), std::move(desired_)));
}

bool Session::report(const Diagnostics& problems) {
  view_.diagnostics(problems);
  return !problems.has_errors();
}

bool Session::fail(const Error& error) {
  view_.error(error);
  return false;
}

bool Session::open_tree() {
  if (tree_ == nullptr) tree_ = open_shown(options_, host_, view_);
  return tree_ != nullptr;
}

void Session::use(std::unique_ptr<SourceTree> tree, Project project) {
  tree_ = std::move(tree);
  view_.read_files_with(file_text_of(*tree_));
  project_ = std::move(project);
  project_given_ = true;
}

bool Session::open_deployed(const std::string& application) {
  application_.id = application;
  environment_.kubernetes = {.ns = options_.ns.empty() ? application : options_.ns, .kubeconfig = options_.kubeconfig};
  return connect();
}

bool Session::open_project() {
  if (project_given_ || !project_.application.empty()) return true;
  if (!open_tree()) return false;
  Diagnostics problems;
  std::optional<Project> project = read_project(*tree_, options_.file, environment_variable, problems);
  if (project) project_ = std::move(*project);
  return report(problems);
}

bool Session::open_application() {
  if (!application_.id.empty()) return true;
  if (!open_project()) return false;
  Diagnostics problems;
  std::optional<Application> application = load_application(*tree_, project_, environment_variable, problems);
  if (!report(problems)) return false;
  if (!application) return fail({ErrorKind::invalid_input, "the application could not be read"});
  application_ = std::move(*application);
  return true;
}

bool Session::choose_environment() {
  if (!environment_.name.empty()) return true;
  Result<Environment> chosen = cloudflow::choose_environment(project_, options_, application_.id);
  if (!chosen) return fail(chosen.error());
  environment_ = *std::move(chosen);
  return true;
}

Result<void> Session::open_kubernetes() {
  if (kubernetes_ != nullptr) return {};
  KubernetesOptions options{.kubeconfig = environment_.kubernetes.kubeconfig,
                            .context = environment_.kubernetes.context,
                            .as = environment_.kubernetes.as,
                            .ns = environment_.kubernetes.ns,
                            .application = application_.id,
                            .version = std::string(program_version),
                            .adopt = adopt_};
  if (options.kubeconfig.empty()) options.kubeconfig = environment_variable("KUBECONFIG").value_or("");
  if (options.kubeconfig.empty() && !environment_variable("KUBERNETES_SERVICE_HOST"))
    options.kubeconfig = environment_variable("HOME").value_or("") + "/.kube/config";
  CF_TRY(cluster_, KubernetesCluster::open(options, real_clock()));
  kubernetes_ = std::make_unique<KubernetesProvider>(*cluster_);
  return {};
}

bool Session::connect() {
  const Result<void> opened = open_kubernetes();
  return opened ? true : fail(opened.error());
}

bool Session::lock(std::chrono::milliseconds patience) {
  const LockRequest request{
      .who = who_am_i(), .patience = patience, .say = [this](const std::string& line) { view_.note(line); }};
  const Result<void> locked = cluster_->lock().take(request, host_.finish);
  // A namespace that the plan makes is locked as soon as it is there.
  return locked || locked.error().kind == ErrorKind::not_found ? true : fail(locked.error());
}

void Session::start_locking(std::chrono::milliseconds patience) {
  patience_ = patience;
  environment_before_ = environment_;
  background_.lock.begin(
      [this](const std::stop_token& stop) {
        LockTry out;
        // What is read meanwhile may be from before the last requests of whom it is taken over from.
        out.result = cluster_->lock().take(
            {.who = who_am_i(), .takes_over = false, .say = [&](const std::string& line) { out.said.push_back(line); }},
            stop);
        if (out.result) out.record_version = cluster_->record().version(stop);
        return out;
      },
      host_.finish);
}

bool Session::settle_lock() {
  const std::optional<LockTry> tried = background_.lock.take();
  if (!tried) return true;
  for (const std::string& line : tried->said) view_.note(line);
  if (tried->result) {
    if (!tried->record_version) return fail(tried->record_version.error());
    // Another run may have written its last between our question for the record and our lock.
    return wait_for_inventory() && (cluster_->record().is_known_as(*tried->record_version) || read_again());
  }
  if (tried->result.error().kind == ErrorKind::not_found) return true;
  if (tried->result.error().kind != ErrorKind::conflict) return fail(tried->result.error());
  return lock(patience_) && read_again();
}

bool Session::read_again() {
  background_.inventory.drop();
  kubernetes_->forget_read_ahead();
  has_inventory_ = false;
  background_.cluster_ids.drop();
  kafka_.reset();
  cluster_ids_.clear();
  facts_ = {};
  environment_ = environment_before_;
  rendered_ = false;
  start_reading();
  return gather_facts() && render();
}

bool Session::read_user_config() {
  if (user_config_read_) return true;
  Diagnostics problems;
  user_config_ = cloudflow::read_user_config(*tree_, project_, environment_, problems);
  check_config(user_config_, problems);
  user_config_read_ = report(problems);
  return user_config_read_;
}

ExternalLookup Session::external_lookup(bool online) {
  if (!online) return lookup_offline();
  const auto secret = [this](const std::string& name, const std::string& key) -> Result<std::string> {
    CF_CHECK(open_kubernetes());
    CF_TRY(const Secret value, secret_value(*cluster_, name, key, host_.finish));
    return value.reveal();
  };
  return lookup_online(options_.folder, secret, host_.finish);
}

bool Session::resolve_external_values(bool online) {
  Diagnostics problems;
  resolve_external(environment_, external_lookup(online), problems);
  return report(problems);
}

bool Session::validate(Diagnostics& problems) {
  Result<std::unique_ptr<SourceTree>> tree = open_source(source_request(options_, host_));
  if (!tree) {
    problems.error("unreadable-source", tree.error().where.value_or(SourcePos{}), tree.error().message,
                   tree.error().hint);
    return false;
  }
  tree_ = *std::move(tree);
  view_.read_files_with(file_text_of(*tree_));
  std::optional<Project> project = read_project(*tree_, options_.file, environment_variable, problems);
  if (!project) return false;
  project_ = std::move(*project);
  std::optional<Application> application = load_application(*tree_, project_, environment_variable, problems);
  if (!application) return false;
  application_ = std::move(*application);
  if (!options_.environment.empty() && !project_.environments.contains(options_.environment)) {
    const Error wrong = no_environment(project_, options_.environment);
    problems.error("unknown-environment", project_.where, wrong.message, wrong.hint);
  }
  warn_of_shared_kafka(project_, problems);
  // Kept in the session for leave_values() alone.
  Offline offline = check_environments(*tree_, project_, application_, options_.environment, problems);
  config_ = std::move(offline.config);
  desired_ = std::move(offline.desired);
  return !problems.has_errors();
}

bool Session::check_source_alone() {
  Diagnostics problems;
  cloudflow::check_offline(*tree_, project_, application_, environment_, problems);
  // Warnings come out when all is known.
  return !problems.has_errors() || report(problems);
}

bool Session::needs_facts() const { return facts_needed(application_, environment_, user_config_).any(); }

void Session::look_for_other_run() {
  wants_other_run_ = true;
  if (kubernetes_ == nullptr) return;
  background_.other_run.begin([this](const std::stop_token& stop) { return cluster_->lock().holder(stop); },
                              host_.finish);
}

std::optional<LockSeen> Session::other_run() {
  const auto seen = background_.other_run.take();
  return seen && *seen ? **seen : std::nullopt;  // a help, not a condition
}

void Session::start_reading() {
  ahead_ = true;
  if (tree_ != nullptr)
    background_.revision.begin([this](const std::stop_token&) { return tree_->revision(); }, host_.finish);
  if (has_inventory_ || !open_kubernetes()) return;
  if (wants_other_run_) look_for_other_run();
  background_.inventory.begin(
      [this](const std::stop_token& stop) {
        Result<Inventory> inventory = cluster_->record().read(stop);
        if (inventory) kubernetes_->read_ahead(*inventory, host_.finish);
        return inventory;
      },
      host_.finish);
}

void Session::ask_kafka_ahead() {
  if (!open_kafka() || kafka_ == nullptr) return;
  background_.cluster_ids.begin([this](const std::stop_token& stop) { return kafka_->cluster_ids(stop); },
                                host_.finish);
}

bool Session::wait_for_inventory() {
  if (has_inventory_) return true;
  Result<Inventory> inventory = background_.inventory.take_or([this] { return cluster_->record().read(host_.finish); });
  if (!inventory) return fail(inventory.error());
  inventory_ = std::move(*inventory);
  has_inventory_ = true;
  return true;
}

bool Session::gather() { return gather_facts() && wait_for_inventory(); }

bool Session::check_offline() {
  if (!read_user_config()) return false;
  return needs_facts() ? check_source_alone() : gather_facts() && render();
}

bool Session::fail_outside(const Error& error) { return check_source_alone() && fail(error); }

bool Session::gather_facts() {
  if (facts_.online) return true;
  if (!read_user_config()) return false;
  const FactsNeeded needed = facts_needed(application_, environment_, user_config_);
  if (needed.any()) {
    if (const Result<void> opened = open_kubernetes(); !opened) return fail_outside(opened.error());
  }
  Result<std::map<std::string, Secret>> clusters;
  Result<std::map<std::string, std::string>> claims;
  Result<Secret> registries;
  parallel_for(3, 3, [&](std::size_t i) {
    if (i == 0 && !needed.kafka_clusters.empty())
      clusters = kafka_clusters(*cluster_, environment_.kubernetes.kafka_ns, needed.kafka_clusters, host_.finish);
    if (i == 1 && needed.claims) claims = cloudflow::claims(*cluster_, host_.finish);
    if (i == 2 && needed.registries) registries = other_registries(*cluster_, host_.finish);
  });
  if (!clusters) return fail_outside(clusters.error());
  if (!claims) return fail_outside(claims.error());
  if (!registries && registries.error().kind != ErrorKind::not_found) return fail_outside(registries.error());
  Diagnostics problems;
  facts_ = facts_of({.kafka_clusters = *std::move(clusters),
                     .claims = *std::move(claims),
                     .registries = registries ? *std::move(registries) : Secret()},
                    needed, problems);
  return report(problems) && resolve_external_values(true);
}

bool Session::render() {
  if (rendered_) return true;
  if (!read_user_config()) return false;
  if (!facts_.online && !resolve_external_values(false)) return false;
  Diagnostics problems;
  config_ = effective_config(application_, environment_, user_config_, facts_, problems);
  if (ahead_ && !problems.has_errors()) ask_kafka_ahead();
  desired_ = cloudflow::render(application_, environment_, config_, *tree_, problems, project_.folder);
  rendered_ = report(problems);
  return rendered_;
}

Result<void> Session::open_kafka() {
  if (kafka_ != nullptr) return {};
  std::vector<KafkaClusterOptions> clusters = kafka_clusters_of(config_, environment_);
  if (clusters.empty()) return {};
  CF_TRY(kafka_, KafkaProvider::open(std::move(clusters), real_clock()));
  // One lock for both systems: it is in Kubernetes.
  kafka_->guard_writes([this](const std::stop_token& stop) {
    return cluster_ != nullptr ? cluster_->lock().confirm(stop) : Result<void>();
  });
  return {};
}

bool Session::connect_kafka() {
  const Result<void> opened = open_kafka();
  return opened ? true : fail(opened.error());
}

Result<ClusterIds> Session::ask_cluster_ids() {
  if (kafka_ == nullptr) return ClusterIds();
  if (cluster_ids_.empty()) {
    CF_TRY(cluster_ids_, background_.cluster_ids.take_or([this] { return kafka_->cluster_ids(host_.finish); }));
  }
  cluster_ids_.merge(kafka_->spare_ids());
  return cluster_ids_;
}

bool Session::identify_kafka() {
  const Result<ClusterIds> ids = ask_cluster_ids();
  return ids ? true : fail(ids.error());
}

TopicQuestions Session::topic_questions() const { return questions_for(kafka_.get(), host_.finish); }

TopicMakers Session::topic_makers() const {
  auto asked = cloudflow::topic_makers(*cluster_, host_.finish);
  return asked ? *std::move(asked) : TopicMakers();  // a help, not a condition
}

std::vector<Provider*> Session::providers() {
  std::vector<Provider*> out = {kubernetes_.get()};
  if (kafka_ != nullptr) out.push_back(kafka_.get());
  return out;
}

std::string Session::kubernetes_target() const {
  if (cluster_ == nullptr) return "";
  return fmt::format("kubernetes {}{}{}", cluster_->context(), cluster_->context().empty() ? "" : "/", cluster_->ns());
}

std::vector<std::string> Session::targets() const {
  return targets_of(kubernetes_target(), config_, cluster_ids_, inventory_);
}

PlanningQuestions Session::planning_questions() {
  return {.cluster_ids = [this] { return ask_cluster_ids(); },
          .record_search = [this] { return kubernetes_->record_search(); },
          .elsewhere = [this] { return deployed_elsewhere(*cluster_, host_.finish); },
          .topics = topic_questions()};
}

std::optional<Plan> Session::finish_plan(std::span<const Resource> desired, const Allowances& allowed,
                                         const PlanningQuestions& questions) {
  Result<Revision> revision =
      background_.revision.take_or([this] { return tree_ != nullptr ? tree_->revision() : Result<Revision>(); });
  if (!revision && revision.error().kind == ErrorKind::interrupted) {
    view_.error(revision.error());
    return std::nullopt;
  }
  if (allowed.drain && has_kafka()) kafka().expect_end_of(environment_.group_prefix + application_.id + ".");
  const std::vector<Provider*> systems = providers();
  Result<Planned> planned = plan_for({.application = application_,
                                      .environment = environment_,
                                      .config = config_,
                                      .desired = desired,
                                      .providers = systems,
                                      .tree = tree_.get(),
                                      .is_project = !project_given_,
                                      .revision = std::move(revision),
                                      .where = kubernetes_target(),
                                      .others_make_pod_reads = adopt_ || project_given_},
                                     std::move(inventory_), shared_topics_, questions, allowed, host_.finish);
  if (!planned) {
    view_.error(planned.error());
    return std::nullopt;
  }
  inventory_ = std::move(planned->record);
  adopted_topics_ = std::move(planned->adopted);
  if (!report(planned->problems)) return std::nullopt;
  return std::move(planned->plan);
}

bool Session::prepare_plan() {
  if (!open_project() || !open_application() || !choose_environment()) return false;
  start_reading();
  // What is wrong in the source is told before what is wrong with the cluster.
  if (!gather_facts() || !render() || !connect()) return false;
  kubernetes_->read_early(desired_, background_.lock.has_begun(), host_.finish);
  return settle_lock() && wait_for_inventory() && connect_kafka();
}

std::optional<Plan> Session::plan(const Allowances& allowed, const MoreOfPlan& more) {
  if (!prepare_plan()) return std::nullopt;
  BackgroundTask<PodReadsFound> reads(
      [this](const std::stop_token& stop) { return look_at_pod_reads(desired_, *kubernetes_, stop); }, host_.finish);
  PlanningQuestions questions = planning_questions();
  questions.pod_reads = [&] { return reads.take(); };
  questions.more = more;
  return finish_plan(desired_, allowed, questions);
}

std::optional<Plan> Session::plan_removal(const Allowances& allowed) {
  if (!prepare_plan()) return std::nullopt;
  add_places();
  desired_.clear();
  PlanningQuestions questions = planning_questions();
  questions.more = [this](const Plan& plan, const Inventory& record) -> Result<PlanAdditions> {
    PlanAdditions out;
    const bool has_namespace = cluster_->lock().lost().stop_possible();  // it is where the lock is
    if (has_namespace && (record.exists || has_changes(plan))) {
      out.notes.emplace_back(
          fmt::format("namespace/{0} stays, as others may use it; what is left in it goes with it: kubectl delete "
                      "namespace {0}",
                      cluster_->ns()));
    }
    // An earlier run may have removed what made them: pods that still run read and write their topics.
    for (const Change& change : plan.changes) {
      if (is_topic(change.id) && change.action == Action::remove) out.awaits[change.id] = {kubernetes_->all_pods()};
    }
    return out;
  };
  return finish_plan({}, allowed, questions);
}

std::optional<Plan> Session::plan_removal_of_deployed() {
  if (!wait_for_inventory()) return std::nullopt;
  return finish_plan({}, {}, planning_questions());
}

void Session::add_places() {
  // What is owned is found by where it was recorded; what this source asks for may add places.
  for (const Resource& resource : desired_) {
    if (is_object(resource.id))
      inventory_.resources.push_back({resource.id.provider, resource.id.kind, resource.id.scope, ""});
  }
}

}  // namespace cloudflow
