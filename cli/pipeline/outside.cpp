// The two systems of an application.
#include "cli/pipeline/outside.h"

#include <fmt/format.h>

#include <utility>

#include "cli/host.h"
#include "cli/pipeline/kafka_clusters.h"
#include "cli/version.h"

namespace cloudflow {
namespace {

/// The file that is named, else what kubectl would take; empty within a pod that has an account.
std::string kubeconfig_of(const KubernetesSettings& target) {
  if (!target.kubeconfig.empty()) return target.kubeconfig;
  std::string named = environment_variable("KUBECONFIG").value_or("");
  if (!named.empty() || environment_variable("KUBERNETES_SERVICE_HOST")) return named;
  return environment_variable("HOME").value_or("") + "/.kube/config";
}

}  // namespace

Access Outside::connect(const Target& target, std::stop_token stop) {
  const KubernetesOptions options{.kubeconfig = kubeconfig_of(target.kubernetes),
                                  .context = target.kubernetes.context,
                                  .as = target.kubernetes.as,
                                  .ns = target.kubernetes.ns,
                                  .application = target.application,
                                  .version = std::string(program_version),
                                  .adopt = target.adopts};
  CF_TRY(auto cluster, KubernetesCluster::open(options, real_clock()));
  return std::make_unique<Outside>(std::move(cluster), std::move(stop));
}

Outside::Outside(std::unique_ptr<KubernetesCluster> cluster, std::stop_token stop)
    : stop_(std::move(stop)),
      cluster_(std::move(cluster)),
      kubernetes_(std::make_unique<KubernetesProvider>(*cluster_)) {}

std::vector<Provider*> Outside::providers() {
  std::vector<Provider*> out = {kubernetes_.get()};
  if (kafka_ != nullptr) out.push_back(kafka_.get());
  return out;
}

std::string Outside::name() const {
  return fmt::format("kubernetes {}{}{}", cluster_->context(), cluster_->context().empty() ? "" : "/", cluster_->ns());
}

Result<void> Outside::connect_kafka(const EffectiveConfig& config, const Environment& environment) {
  if (kafka_ != nullptr) return {};
  std::vector<KafkaClusterOptions> clusters = kafka_clusters_of(config, environment);
  if (clusters.empty()) return {};
  CF_TRY(kafka_, KafkaProvider::open(std::move(clusters), real_clock()));
  // One lock for both systems: it is in Kubernetes.
  kafka_->guard_writes([this](const std::stop_token& stop) { return cluster_->lock().confirm(stop); });
  return {};
}

void Outside::begin_cluster_ids() {
  if (kafka_ == nullptr) return;
  asked_cluster_ids_.begin([this](const std::stop_token& stop) { return kafka_->cluster_ids(stop); }, stop_);
}

Result<std::map<std::string, std::string>> Outside::cluster_ids() {
  using Ids = std::map<std::string, std::string>;
  if (kafka_ == nullptr) return Ids();
  if (cluster_ids_.empty()) {
    CF_TRY(cluster_ids_, asked_cluster_ids_.take_or([this] { return kafka_->cluster_ids(stop_); }));
  }
  cluster_ids_.merge(kafka_->spare_ids());
  return cluster_ids_;
}

void Outside::begin_reading(const SourceTree* tree) {
  if (tree != nullptr) asked_revision_.begin([tree](const std::stop_token&) { return tree->revision(); }, stop_);
  if (record_) return;
  asked_record_.begin(
      [this](const std::stop_token& stop) {
        Result<Inventory> record = cluster_->record().read(stop);
        if (record) kubernetes_->read_ahead(*record, stop_);
        return record;
      },
      stop_);
}

void Outside::read_early(std::span<const Resource> desired) {
  kubernetes_->read_early(desired, locking_.has_begun(), stop_);
}

Result<Inventory> Outside::record() {
  if (!record_) {
    CF_TRY(record_, asked_record_.take_or([this] { return cluster_->record().read(stop_); }));
  }
  return *record_;
}

Result<Revision> Outside::revision(const SourceTree* tree) {
  return asked_revision_.take_or([tree] { return tree != nullptr ? tree->revision() : Result<Revision>(); });
}

void Outside::forget_readings() {
  asked_record_.drop();
  kubernetes_->forget_read_ahead();
  record_.reset();
  asked_cluster_ids_.drop();
  kafka_.reset();
  cluster_ids_.clear();
}

Result<void> Outside::lock(std::chrono::milliseconds patience, const Say& say) {
  Result<void> locked = cluster_->lock().take({.who = who_am_i(), .patience = patience, .say = say}, stop_);
  // A namespace that the plan makes is locked as soon as it is there.
  if (!locked && locked.error().kind == ErrorKind::not_found) return {};
  return locked;
}

void Outside::begin_locking(std::chrono::milliseconds patience, Say say) {
  patience_ = patience;
  say_ = std::move(say);
  locking_.begin(
      [this](const std::stop_token& stop) {
        LockTry out;
        // What is read meanwhile may be from before the last requests of whom it is taken over from.
        out.result = cluster_->lock().take(
            {.who = who_am_i(), .takes_over = false, .say = [&](const std::string& line) { out.said.push_back(line); }},
            stop);
        if (out.result) out.record_version = cluster_->record().version(stop);
        return out;
      },
      stop_);
}

Result<bool> Outside::settle_lock() {
  const std::optional<LockTry> tried = locking_.take();
  if (!tried) return false;
  for (const std::string& line : tried->said) say_(line);
  if (tried->result) {
    if (!tried->record_version) return std::unexpected(tried->record_version.error());
    if (const auto read = record(); !read) return std::unexpected(read.error());
    // Another run may have written its last between our question for the record and our lock.
    return !cluster_->record().is_known_as(*tried->record_version);
  }
  if (tried->result.error().kind == ErrorKind::not_found) return false;
  if (tried->result.error().kind != ErrorKind::conflict) return std::unexpected(tried->result.error());
  CF_CHECK(lock(patience_, say_));
  return true;
}

void Outside::look_for_other_run() {
  asked_other_run_.begin([this](const std::stop_token& stop) { return cluster_->lock().holder(stop); }, stop_);
}

std::optional<LockSeen> Outside::other_run() {
  const auto seen = asked_other_run_.take();
  return seen && *seen ? **seen : std::nullopt;  // a help, not a condition
}

}  // namespace cloudflow
