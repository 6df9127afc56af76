// The plan of an application with six streamlets, in which everything happens that a plan can say.
#include "tests/cli/views/sample_plan.h"

#include <string>

#include "cli/systems.h"

namespace cloudflow::testing {
namespace {

Change object(const std::string& kind, const std::string& name, const std::string& streamlet, Action action) {
  Change out{.id = {"kubernetes", kind, "calls", name}, .action = action};
  out.traits.runs_pods = kind == "Deployment.apps";
  if (action == Action::remove) return out;
  out.desired = {.id = out.id,
                 .spec = {{"apiVersion", "v1"}, {"kind", "Service"}, {"metadata", {{"name", name}}}},
                 .streamlet = streamlet};
  return out;
}

Change topic(const std::string& name, Action action) {
  Change out{.id = topic_id("default", name), .action = action};
  if (action != Action::remove) out.desired.id = out.id;
  return out;
}

std::string flink_settings(int slots) {
  std::string out;
  for (int i = 0; i < 12; ++i) out += "state.setting-" + std::to_string(i) + ": true\n";
  return out + "taskmanager.numberOfTaskSlots: " + std::to_string(slots) + "\nparallelism.default: 2\n";
}

}  // namespace

Plan sample_plan() {
  Plan out{.application = "call-records", .version = "2.1.0", .environment = "prod"};
  out.revision = {.commit = "3f2a91c8d0aa", .branch = "more-partitions", .subject = "More partitions for calls"};
  out.targets = {"kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw"};
  out.pods = 9;
  out.unchanged = 14;

  Change ingress = object("Deployment.apps", "call-records-ingress", "ingress", Action::update);
  ingress.risk = Risk::restart;
  ingress.restarts = 2;
  ingress.pods = 2;
  ingress.fields.push_back({.path = "spec.replicas",
                            .pointer = "/spec/replicas",
                            .before = 3,
                            .after = 2,
                            .cause = Cause::drift,
                            .manager = "kubectl-edit",
                            .since = "2026-11-29T08:48:03Z",
                            .take_over = true});
  ingress.fields.push_back({.path = "spec.template.spec.containers[main].image",
                            .before = "registry.example.com/ingress:1.4.0",
                            .after = "registry.example.com/ingress:1.5.0",
                            .origin = SourcePos{"cloudflow.yaml", 9, 12}});
  out.writers[{"cloudflow.yaml", 9}] = {.commit = "3f2a91c", .subject = "Use ingress 1.5", .author = "Ada Lovelace"};
  Change secret = object("Secret", "ingress", "ingress", Action::update);
  secret.fields.push_back({.path = "secret.conf: cloudflow.streamlets.ingress.token",
                           .before = "hunter2",
                           .after = "hunter3",
                           .secret = true,
                           .origin = SourcePos{"cloudflow.yaml", 21, 7}});
  Change stats = object("ConfigMap", "call-records-stats-flink-config", "stats", Action::update);
  stats.fields.push_back({.path = "data[flink-conf.yaml]",
                          .before = flink_settings(1),
                          .after = flink_settings(2),
                          .origin = SourcePos{"config/prod.conf", 3, 5}});
  out.writers[{"config/prod.conf", 3}] = {.commit = "77be012", .subject = "more slots", .author = "Grace Hopper"};
  Change merge = object("Deployment.apps", "call-records-merge", "merge", Action::create);
  merge.headline = "1 pod, merge:1.5.0";
  merge.pods = 1;
  merge.desired.origins.set("", {"blueprint.conf", 7, 5});
  Change store = object("PersistentVolumeClaim", "call-records-store", "store", Action::replace);
  lose(store, {"what is on the volume of 20Gi", true});
  store.fields.push_back({.path = "spec.storageClassName",
                          .before = "standard",
                          .after = "fast",
                          .origin = SourcePos{"config/prod.conf", 14, 3}});
  store.notes.emplace_back("kubectl-annotate keeps metadata.annotations[team] in it, which is lost");
  Change old = object("Deployment.apps", "call-records-audit", "", Action::remove);
  Change calls = topic("calls", Action::update);
  calls.risk = Risk::disruptive;
  calls.fields.push_back(
      {.path = "partitions", .before = 12, .after = 24, .origin = SourcePos{"blueprint.conf", 31, 20}});
  calls.notes.emplace_back("keys move between partitions: readers see records of one key out of order for a while");
  out.writers[{"blueprint.conf", 31}] = {.uncommitted = true};
  Change audit = topic("audit-trail", Action::remove);
  lose(audit, {"15,204 records that group call-records.audit.in has not read", false});
  audit.refused = "it loses data: apply --delete-topic audit-trail agrees to that";
  Change made = topic("aggregates", Action::create);
  made.headline = "12 partitions, 3 replicas, retention.ms=604800000";
  made.desired.origins.set("", {"blueprint.conf", 40, 3});
  Change record = object("ConfigMap", "cloudflow-contracts-call-records", "", Action::update);
  record.fields.push_back({.path = "data.contracts", .before = "a", .after = "b"});
  out.records[record.id] = "contracts";
  out.changes = {made, calls, secret, stats, ingress, merge, store, old, audit, record};
  out.notes.emplace_back("the last apply was not completed: the next one also waits until everything is ready");
  return out;
}

PlanPicture sample_picture() {
  PlanPicture out;
  Graph& graph = out.graph;
  const auto add = [&](const std::string& label, const std::string& detail, bool is_topic, int layer) {
    if (is_topic) {
      out.topics.emplace(topic_id("default", label), graph.nodes.size());
    } else {
      out.streamlets.emplace(label, graph.nodes.size());
    }
    graph.nodes.push_back({.label = label, .detail = detail, .topic = is_topic, .layer = layer});
    return graph.nodes.size() - 1;
  };
  const std::size_t ingress = add("ingress", "akka, server", false, 0);
  const std::size_t calls = add("calls", "", true, 1);
  const std::size_t invalid = add("invalid-calls", "", true, 1);
  const std::size_t merge = add("merge", "akka", false, 2);
  const std::size_t stats = add("stats", "flink", false, 2);
  const std::size_t aggregates = add("aggregates", "", true, 3);
  const std::size_t store = add("store", "spark", false, 4);
  graph.edges = {{.from = ingress, .to = calls, .port = "out"},    {.from = ingress, .to = invalid, .port = "invalid"},
                 {.from = calls, .to = merge, .port = "in"},       {.from = calls, .to = stats, .port = "in"},
                 {.from = merge, .to = aggregates, .port = "out"}, {.from = stats, .to = aggregates, .port = "out"},
                 {.from = aggregates, .to = store, .port = "in"}};
  return out;
}

}  // namespace cloudflow::testing
