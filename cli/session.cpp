// A command's working state, step by step.
#include "cli/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "cli/named_files.h"
#include "cli/pipeline/outside_values.h"
#include "cli/pipeline/plan_notes.h"
#include "cli/pipeline/record.h"
#include "cli/pipeline/topic_adoption.h"
#include "cli/pipeline/topic_ownership.h"
#include "cli/version.h"
#include "planner/model/config_schema.h"
#include "planner/model/load_application.h"
#include "planner/model/read_project.h"
#include "planner/model/shared_kafka.h"
#include "planner/plan/field_writers.h"
#include "planner/plan/make_plan.h"
#include "planner/render/contracts.h"
#include "planner/render/pod_reads.h"
#include "planner/render/render.h"
#include "planner/render/secrets.h"
#include "planner/rollout/readers.h"
#include "sdk/base/parallel.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

/// Java client properties from a nested or dotted tree: {"ssl": {"ca": x}} → "ssl.ca".
void collect_properties(const ConfigValue& value, const std::string& prefix, std::map<std::string, Secret>& out) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.members())
      collect_properties(member, prefix.empty() ? key : prefix + "." + key, out);
  } else if (value.is_list()) {
    std::vector<std::string> items;
    for (const ConfigValue& item : value.items()) items.push_back(item.text());
    out.insert_or_assign(prefix, Secret(join(items, ",")));
  } else if (!value.is_null()) {
    out.insert_or_assign(prefix, Secret(value.text()));
  }
}

/// How many objects that pods read are looked at at once.
constexpr std::size_t most_reads_at_once = 16;

}  // namespace

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
  environment_.kubernetes = {.space = options_.space.empty() ? application : options_.space,
                             .kubeconfig = options_.kubeconfig};
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
                            .space = environment_.kubernetes.space,
                            .application = application_.id,
                            .version = std::string(program_version),
                            .adopt = adopt_};
  if (options.kubeconfig.empty()) options.kubeconfig = environment_variable("KUBECONFIG").value_or("");
  if (options.kubeconfig.empty() && !environment_variable("KUBERNETES_SERVICE_HOST"))
    options.kubeconfig = environment_variable("HOME").value_or("") + "/.kube/config";
  CF_TRY(kubernetes_, KubernetesProvider::open(options, real_clock()));
  return {};
}

bool Session::connect() {
  const Result<void> opened = open_kubernetes();
  return opened ? true : fail(opened.error());
}

bool Session::lock(std::chrono::milliseconds patience) {
  const LockRequest request{
      .who = who_am_i(), .patience = patience, .say = [this](const std::string& line) { view_.note(line); }};
  const Result<void> locked = kubernetes_->lock(request, host_.finish);
  // A namespace that the plan makes is locked as soon as it is there.
  return locked || locked.error().kind == ErrorKind::not_found ? true : fail(locked.error());
}

void Session::lock_ahead(std::chrono::milliseconds patience) {
  patience_ = patience;
  environment_before_ = environment_;
  lock_ahead_ = std::make_unique<Ahead<LockTry>>(
      [this](const std::stop_token& stop) {
        LockTry out;
        out.result = kubernetes_->lock(
            {.who = who_am_i(), .say = [&](const std::string& line) { out.said.push_back(line); }}, stop);
        return out;
      },
      host_.finish);
}

bool Session::settle_lock() {
  if (lock_ahead_ == nullptr) return true;
  const LockTry tried = lock_ahead_->take();
  lock_ahead_.reset();
  for (const std::string& line : tried.said) view_.note(line);
  if (tried.result || tried.result.error().kind == ErrorKind::not_found) return true;
  if (tried.result.error().kind != ErrorKind::conflict) return fail(tried.result.error());
  return lock(patience_) && read_again();
}

bool Session::read_again() {
  inventory_ahead_.reset();
  kubernetes_->forget_read_ahead();
  has_inventory_ = false;
  kafka_ahead_.reset();
  kafka_.reset();
  cluster_ids_.clear();
  facts_ = {};
  environment_ = environment_before_;
  rendered_ = false;
  ask_ahead();
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
    CF_TRY(const Secret value, kubernetes_->secret_value(name, key, host_.finish));
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
  std::set<SourcePos> known;
  for (const Diagnostic& problem : problems.all()) {
    if (problem.severity == Severity::error) known.insert(problem.where);
  }
  std::map<std::string, Environment> environments = project_.environments;
  if (environments.empty()) environments.emplace("", Environment{});
  std::set<std::pair<SourcePos, std::string>> said;
  for (auto& [name, environment] : environments) {
    if (!options_.environment.empty() && name != options_.environment) continue;
    Diagnostics found;
    check_offline(std::move(environment), found);
    // Environments share files: what is wrong in one of those is said once.
    for (const Diagnostic& diagnostic : found.all()) {
      if (!known.contains(diagnostic.where) && said.emplace(diagnostic.where, diagnostic.message).second)
        problems.add(diagnostic);
    }
  }
  return !problems.has_errors();
}

void Session::check_offline(Environment environment, Diagnostics& problems) {
  const ConfigValue config = cloudflow::read_user_config(*tree_, project_, environment, problems);
  resolve_external(environment, lookup_offline(), problems);
  if (problems.has_errors()) return;
  // Kept in the session for leave_values() alone.
  config_ = effective_config(application_, environment, config, {}, problems);
  if (!problems.has_errors())
    desired_ = cloudflow::render(application_, environment, config_, *tree_, problems, project_.folder);
}

bool Session::prove_offline() {
  Diagnostics problems;
  check_offline(environment_, problems);
  config_ = {};
  desired_ = {};
  // Warnings come out when all is known.
  return !problems.has_errors() || report(problems);
}

bool Session::needs_facts() const { return facts_needed(application_, environment_, user_config_).any(); }

void Session::look_for_other_run() {
  wants_other_run_ = true;
  if (kubernetes_ == nullptr || other_run_ahead_ != nullptr) return;
  other_run_ahead_ = std::make_unique<Ahead<Result<std::optional<LockSeen>>>>(
      [this](const std::stop_token& stop) { return kubernetes_->see_lock(stop); }, host_.finish);
}

std::optional<LockSeen> Session::other_run() {
  if (other_run_ahead_ == nullptr) return std::nullopt;
  const Result<std::optional<LockSeen>> seen = other_run_ahead_->take();
  other_run_ahead_.reset();
  return seen ? *seen : std::nullopt;  // a help, not a condition
}

void Session::ask_ahead() {
  ahead_ = true;
  if (tree_ != nullptr && revision_ahead_ == nullptr) {
    revision_ahead_ = std::make_unique<Ahead<Result<Revision>>>(
        [this](const std::stop_token&) { return tree_->revision(); }, host_.finish);
  }
  if (has_inventory_ || inventory_ahead_ != nullptr || !open_kubernetes()) return;
  if (wants_other_run_) look_for_other_run();
  inventory_ahead_ = std::make_unique<Ahead<Result<Inventory>>>(
      [this](const std::stop_token& stop) {
        Result<Inventory> inventory = kubernetes_->inventory(stop);
        if (inventory) kubernetes_->read_ahead(*inventory, host_.finish);
        return inventory;
      },
      host_.finish);
}

void Session::ask_kafka_ahead() {
  if (kafka_ahead_ != nullptr || !open_kafka() || kafka_ == nullptr) return;
  kafka_ahead_ = std::make_unique<Ahead<Result<std::map<std::string, std::string>>>>(
      [this](const std::stop_token& stop) { return kafka_->cluster_ids(stop); }, host_.finish);
}

Result<std::map<std::string, std::string>> Session::take_cluster_ids() {
  if (kafka_ahead_ == nullptr) return kafka_->cluster_ids(host_.finish);
  auto ids = kafka_ahead_->take();
  kafka_ahead_.reset();
  return ids;
}

Result<Revision> Session::take_revision() {
  if (revision_ahead_ == nullptr) return tree_ != nullptr ? tree_->revision() : Result<Revision>();
  Result<Revision> revision = revision_ahead_->take();
  revision_ahead_.reset();
  return revision;
}

bool Session::take_inventory() {
  if (has_inventory_) return true;
  Result<Inventory> inventory =
      inventory_ahead_ != nullptr ? inventory_ahead_->take() : kubernetes_->inventory(host_.finish);
  inventory_ahead_.reset();
  if (!inventory) return fail(inventory.error());
  inventory_ = std::move(*inventory);
  has_inventory_ = true;
  return true;
}

bool Session::gather() { return gather_facts() && take_inventory(); }

bool Session::prove() {
  if (!read_user_config()) return false;
  return needs_facts() ? prove_offline() : gather_facts() && render();
}

bool Session::fail_outside(const Error& error) { return prove_offline() && fail(error); }

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
      clusters = kubernetes_->kafka_clusters(environment_.kubernetes.kafka_space, needed.kafka_clusters, host_.finish);
    if (i == 1 && needed.claims) claims = kubernetes_->claims(host_.finish);
    if (i == 2 && needed.registries) registries = kubernetes_->other_registries(host_.finish);
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
  std::vector<KafkaClusterOptions> clusters;
  const auto add = [&](const std::string& name, const ConfigValue& settings, bool is_spare) {
    KafkaClusterOptions options{.name = name, .is_spare = is_spare};
    if (const ConfigValue* servers = settings.dotted("bootstrap.servers")) {
      options.bootstrap_servers = servers->text();
      options.where = servers->where();
    }
    if (const ConfigValue* connection = settings.find("connection-config"))
      collect_properties(*connection, "", options.properties);
    if (const auto given = environment_.kafka.find(name); given != environment_.kafka.end())
      options.cluster_id = given->second.cluster_id;
    options.unrelated_groups = environment_.policy.unrelated_groups;
    clusters.push_back(std::move(options));
  };
  for (const auto& [name, settings] : config_.clusters) add(name, settings, false);
  for (const auto& [name, settings] : config_.other_clusters) add(name, settings, true);
  if (clusters.empty()) return {};
  CF_TRY(kafka_, KafkaProvider::open(std::move(clusters), real_clock()));
  // One lock for both systems: it is in Kubernetes.
  kafka_->guard_writes([this](const std::stop_token& stop) {
    return kubernetes_ != nullptr ? kubernetes_->confirm_lock(stop) : Result<void>();
  });
  return {};
}

bool Session::connect_kafka() {
  const Result<void> opened = open_kafka();
  return opened ? true : fail(opened.error());
}

bool Session::identify_kafka() {
  if (kafka_ == nullptr) return true;
  if (cluster_ids_.empty()) {
    Result<std::map<std::string, std::string>> ids = take_cluster_ids();
    if (!ids) return fail(ids.error());
    cluster_ids_ = std::move(*ids);
  }
  cluster_ids_.merge(kafka_->spare_ids());
  return true;
}

TopicQuestions Session::topic_questions() const { return questions_for(kafka_.get(), host_.finish); }

TopicMakers Session::topic_makers() const {
  auto asked = kubernetes_->topic_makers(host_.finish);
  return asked ? *std::move(asked) : TopicMakers();  // a help, not a condition
}

std::vector<Provider*> Session::providers() {
  std::vector<Provider*> out = {kubernetes_.get()};
  if (kafka_ != nullptr) out.push_back(kafka_.get());
  return out;
}

std::vector<std::string> Session::targets() const {
  std::vector<std::string> out;
  if (kubernetes_ != nullptr)
    out.push_back(fmt::format("kubernetes {}{}{}", kubernetes_->context(), kubernetes_->context().empty() ? "" : "/",
                              kubernetes_->space()));
  for (const auto& [name, settings] : config_.clusters) {
    const auto id = cluster_ids_.find(name);
    out.push_back(fmt::format("kafka {}{}", name, id == cluster_ids_.end() ? "" : " " + id->second));
  }
  // Where only topics are that have left the source.
  for (const auto& [name, id] : cluster_ids_) {
    if (!config_.clusters.contains(name) && inventory_.topics.contains(id))
      out.push_back(fmt::format("kafka {} {}", name, id));
  }
  return out;
}

std::map<std::string, std::string> clusters_by_brokers(const EffectiveConfig& config) {
  std::map<std::string, std::string> out;
  for (const auto* clusters : {&config.clusters, &config.other_clusters}) {
    for (const auto& [name, settings] : *clusters) {
      if (const ConfigValue* servers = settings.dotted("bootstrap.servers")) out.emplace(servers->text(), name);
    }
  }
  return out;
}

std::optional<Plan> Session::finish_plan(std::span<const Resource> desired, const Allowances& allowed) {
  const std::vector<Provider*> systems = providers();
  Result<Revision> revision = take_revision();
  if (!revision && revision.error().kind == ErrorKind::interrupted) {
    view_.error(revision.error());
    return std::nullopt;
  }
  const TopicAdoption named{.desired = desired, .policy = environment_.policy, .allowed = allowed};
  if (adopts_topics(named)) {
    if (!identify_kafka()) return std::nullopt;
    auto adopted = adopt_topics(named, shared_topics_, cluster_ids_, topic_questions(), inventory_);
    if (!adopted) {
      view_.error(adopted.error());
      return std::nullopt;
    }
    adopted_topics_ = *std::move(adopted);
  }
  const std::string space = namespace_of(application_, environment_);
  const std::string without = tree_ == nullptr || project_given_ ? "" : why_no_commit(revision);
  if (!revision) revision = Revision{};
  const std::string groups = environment_.group_prefix + application_.id;
  if (allowed.drain && has_kafka()) kafka().expect_end_of(groups + ".");
  Result<Plan> plan = make_plan({.desired = desired,
                                 .inventory = inventory_,
                                 .providers = systems,
                                 .application = application_.id,
                                 .groups = groups,
                                 .kafka_clusters = clusters_by_brokers(config_),
                                 .commit = revision->commit,
                                 .contracts = contracts_id(application_, space),
                                 .drain = allowed.drain},
                                host_.finish);
  if (!plan) {
    view_.error(plan.error());
    return std::nullopt;
  }
  if (!identify_kafka()) return std::nullopt;
  plan->application = application_.id;
  plan->version = application_.version;
  plan->environment = environment_.name;
  plan->removes_all = desired.empty();
  plan->revision = *revision;
  if (tree_ != nullptr) find_writers(*plan, *tree_);
  plan->targets = targets();
  plan->records = {{contracts_id(application_, space), "contracts"},
                   {configuration_id(application_, space), "configuration"}};
  adopted_topics_ = settle_adopted_topics(std::move(adopted_topics_), cluster_ids_, inventory_, *plan);
  note_topic_makers(desired, inventory_, adopted_topics_, shared_topics_, cluster_ids_, topic_questions(), *plan);
  keep_shared_topics(shared_topics_, cluster_ids_, *plan);
  note_shared_groups(desired, application_, [this] { return kubernetes_->deployed_elsewhere(host_.finish); }, *plan);
  leave_finished_jobs(desired, inventory_, *plan);
  note_record(desired, inventory_, kubernetes_->record_search(), cluster_ids_, *plan);
  if (std::optional<std::string> note = note_of_unknown_clusters(inventory_, cluster_ids_); note && tree_ != nullptr)
    plan->notes.push_back(*std::move(note));
  note_destroy(inventory_, *plan);
  if (!without.empty()) plan->notes.push_back(without);
  apply_policy(*plan, environment_.policy, allowed);
  return std::move(*plan);
}

bool Session::prepare_plan() {
  if (!open_project() || !open_application() || !choose_environment()) return false;
  ask_ahead();
  // What is wrong in the source is told before what is wrong with the cluster.
  if (!gather_facts() || !render() || !connect()) return false;
  kubernetes_->read_early(desired_, lock_ahead_ != nullptr, host_.finish);
  return settle_lock() && take_inventory() && connect_kafka();
}

std::optional<Plan> Session::plan(const Allowances& allowed) {
  if (!prepare_plan()) return std::nullopt;
  Ahead<Reads> reads([this](const std::stop_token& stop) { return look_at_pod_reads(stop); }, host_.finish);
  std::optional<Plan> plan = finish_plan(desired_, allowed);
  if (plan && !check_pod_reads(*plan, reads.take())) return std::nullopt;
  return plan;
}

Session::Reads Session::look_at_pod_reads(const std::stop_token& stop) {
  Reads out;
  for (const PodRead& read : pod_reads(desired_)) out.emplace(read.what, Readiness::State::ready);
  std::vector<Reads::value_type*> open;
  for (auto& one : out) open.push_back(&one);
  parallel_for(open.size(), static_cast<int>(std::min<std::size_t>(open.size(), most_reads_at_once)),
               [&](std::size_t i) {
                 auto& [id, state] = *open[i];
                 const auto answer = kubernetes_->readiness(std::span(&id, 1), stop);
                 if (answer) {
                   state = answer->front().state;
                 } else if (answer.error().kind != ErrorKind::denied) {
                   state = std::unexpected(answer.error());
                 }  // without the right to look nothing can be said of it
               });
  return out;
}

bool Session::check_pod_reads(Plan& plan, const Reads& known) {
  Diagnostics problems;
  for (const auto& [id, state] : known) {
    if (!state) return fail(state.error());
  }
  for (const PodRead& read : pod_reads(desired_)) {
    if (*known.at(read.what) != Readiness::State::missing) continue;
    std::string text = fmt::format("pods of {} read {} of namespace {}, which does not exist", read.reader->id.text(),
                                   printable_name(read), quote(read.what.scope));
    // Pods that run have what they need, until they start anew; what is made may make it; and the original lets it
    // pass.
    const auto change = std::ranges::find(plan.changes, read.reader->id, &Change::id);
    if (change == plan.changes.end() || change->refused || adopt_ || project_given_ || may_make_others(desired_)) {
      plan.notes.push_back(std::move(text));
    } else {
      problems.error("pod-read-missing", read.reader->origin_of(read.pointer).value_or(SourcePos{}), std::move(text),
                     "create it first, add it to kubernetes/*.yaml, or mark the reference as optional");
    }
  }
  return report(problems);
}

std::optional<Plan> Session::plan_removal(const Allowances& allowed) {
  if (!prepare_plan()) return std::nullopt;
  add_places();
  desired_.clear();
  std::optional<Plan> plan = finish_plan({}, allowed);
  if (!plan) return plan;
  const bool has_namespace = kubernetes_->lock_lost().stop_possible();  // it is where the lock is
  if (has_namespace && (inventory_.exists || has_changes(*plan))) {
    plan->notes.push_back(
        fmt::format("namespace/{0} stays, as others may use it; what is left in it goes with it: kubectl delete "
                    "namespace {0}",
                    kubernetes_->space()));
  }
  // An earlier run may have removed what made them: pods that still run read and write their topics.
  for (const Change& change : plan->changes) {
    if (change.id.provider == "kafka" && change.action == Action::remove)
      plan->awaits[change.id].push_back(kubernetes_->all_pods());
  }
  return plan;
}

std::optional<Plan> Session::plan_removal_of_deployed() {
  if (!take_inventory()) return std::nullopt;
  return finish_plan({}, {});
}

void Session::add_places() {
  // What is owned is found by where it was recorded; what this source asks for may add places.
  for (const Resource& resource : desired_) {
    if (resource.id.provider == "kubernetes")
      inventory_.resources.push_back({resource.id.provider, resource.id.kind, resource.id.scope, ""});
  }
}

}  // namespace cloudflow
