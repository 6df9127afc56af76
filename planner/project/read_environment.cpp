// One entry of `environments:`.
#include "planner/project/read_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/project/external_values.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// A name that Kubernetes refuses is a mistake here, before any cluster is asked. An empty one is not given.
void check_object_name(const PlacedText& name, std::string_view what, bool may_have_dots, Diagnostics& problems) {
  const bool fits = may_have_dots ? is_dns_subdomain(name.value) : is_object_label(name.value);
  if (name.value.empty() || fits) return;
  const std::string form = may_have_dots ? subdomain_form(name.value) : label_form(name.value);
  const bool helps = may_have_dots ? is_dns_subdomain(form) : is_dns_label(form);
  problems.error("invalid-name", name.where,
                 fmt::format("{} is {}, wanted {} at most of small letters, digits{} \"-\", with a letter or digit at "
                             "both ends",
                             what, quote(name.value), may_have_dots ? "253 characters" : "63 characters",
                             may_have_dots ? ", dots and" : " and"),
                 helps ? fmt::format("for example {}", form) : "", static_cast<int>(name.value.size()));
}

KubernetesSettings read_kubernetes(const ConfigValue* value, const std::string& owner, Diagnostics& problems) {
  if (value == nullptr) return {};
  Fields fields(*value, fmt::format("\"kubernetes\" of {}", owner), problems);
  KubernetesSettings out{.where = value->where()};
  out.context = fields.text("context");
  const PlacedText ns = fields.placed_text("namespace");
  check_object_name(ns, fmt::format("the namespace of {}", owner), false, problems);
  out.ns = ns.value;
  out.kubeconfig = fields.text("kubeconfig");
  out.as = fields.text("as");
  const PlacedText kafka_ns = fields.placed_text("kafka-secrets-namespace");
  if (kafka_ns.value != "*")
    check_object_name(kafka_ns, fmt::format("\"kafka-secrets-namespace\" of {}", owner), false, problems);
  out.kafka_ns = kafka_ns.value;
  fields.finish();
  return out;
}

/// "k1:9092,k2:9092", however it is spelled; a list is joined. Null when absent.
std::optional<ConfigValue> read_bootstrap(Fields& fields, const ConfigValue& value, Diagnostics& problems) {
  std::vector<const ConfigValue*> found;
  for (const std::string_view key : {"bootstrap-servers", "bootstrap.servers"}) {
    if (const ConfigValue* servers = fields.find(key); servers != nullptr) found.push_back(servers);
  }
  fields.allow("bootstrap");
  if (const ConfigValue* servers = value.at({"bootstrap", "servers"}); servers != nullptr) found.push_back(servers);
  if (found.empty()) return std::nullopt;
  if (found.size() > 1) {
    problems.error("conflicting-keys", found[1]->where(),
                   fmt::format("{} gives its bootstrap servers twice; the first is at {}", fields.what(),
                               found[0]->where().text()));
  }
  const ConfigValue& servers = *found.front();
  if (is_external(servers) || servers.is_scalar()) return servers;
  std::vector<std::string> each;
  for (const ConfigValue& item : servers.items()) each.push_back(item.text());
  if (!servers.is_list() || each.empty() || std::ranges::any_of(each, &std::string::empty)) {
    wrong_type(servers, fmt::format("\"bootstrap-servers\" in {}", fields.what()), "host:port, or a list of them",
               problems);
  }
  return ConfigValue::string(join(each, ","), servers.where());
}

KafkaSettings read_kafka(const std::string& name, const ConfigValue& value, const std::string& owner,
                         Diagnostics& problems) {
  Fields fields(value, fmt::format("kafka cluster {} of {}", quote(name), owner), problems);
  KafkaSettings out{.config = ConfigValue::object({}, value.where()), .where = value.where()};
  out.cluster_id = fields.text("cluster-id");
  if (const auto servers = read_bootstrap(fields, value, problems)) {
    out.config = out.config.with_at(std::array<std::string, 2>{"bootstrap", "servers"}, *servers);
  } else if (value.is_object()) {
    problems.error("missing-key", value.where(), fmt::format("{} has no \"bootstrap-servers\"", fields.what()));
  }
  for (const std::string_view key : {"partitions", "replicas"}) {
    const ConfigValue* number = fields.find(key);
    if (number == nullptr) continue;
    if (!is_external(*number) && !fields.whole(key, 1)) continue;
    out.config = out.config.with(key, *number);
  }
  for (const std::string_view key : {"connection-config", "producer-config", "consumer-config"}) {
    const ConfigValue* settings = fields.find(key);
    if (settings == nullptr) continue;
    out.config = out.config.with(key, is_external(*settings) ? *settings : with_dots_opened(fields.object(key)));
  }
  fields.finish();
  return out;
}

PolicySettings read_policy(const ConfigValue* value, const std::string& owner, Diagnostics& problems) {
  PolicySettings out;
  if (value == nullptr) return out;
  static const std::array<std::string, 3> risks{"restart", "disruptive", "data_loss"};
  Fields fields(*value, fmt::format("\"policy\" of {}", owner), problems);
  out.max_deletes = fields.whole("max-deletes");
  out.max_restarts = fields.whole("max-restarts");
  for (const PlacedText& pattern : fields.texts("protect")) out.protect.push_back(pattern.value);
  for (const PlacedText& pattern : fields.texts("adopt")) {
    if (pattern.value.find('/') == std::string::npos) {
      problems.error("wrong-type", pattern.where,
                     fmt::format("\"adopt\" in {} names {}, wanted KIND/NAME", fields.what(), quote(pattern.value)),
                     fmt::format("for example secret/{0} or topic/{0}", pattern.value),
                     static_cast<int>(pattern.value.size()));
    }
    out.adopt.push_back(pattern.value);
  }
  for (const PlacedText& pattern : fields.texts("delete-topics")) out.delete_topics.push_back(pattern.value);
  for (const PlacedText& risk : fields.texts("deny")) {
    if (std::ranges::find(risks, risk.value) == risks.end()) {
      problems.error("unknown-risk", risk.where,
                     fmt::format("\"deny\" in {} names the risk {}, wanted restart, disruptive or data_loss",
                                 fields.what(), quote(risk.value)),
                     did_you_mean(risk.value, risks), static_cast<int>(risk.value.size()));
    }
    out.deny.push_back(risk.value);
  }
  for (const PlacedText& pattern : fields.texts("unrelated-groups")) out.unrelated_groups.push_back(pattern.value);
  out.take_over = fields.flag("take-over").value_or(true);
  fields.finish();
  return out;
}

std::vector<DriftRule> read_drift_rules(const ConfigValue* list, std::string_view key, const std::string& owner,
                                        Diagnostics& problems) {
  std::vector<DriftRule> out;
  if (list == nullptr) return out;
  if (!list->is_list()) {
    wrong_type(*list, fmt::format("\"{}\" in \"drift\" of {}", key, owner),
               "a list of rules: [{resource: deployment/*, path: spec.replicas}]", problems);
    return out;
  }
  for (const ConfigValue& item : list->items()) {
    Fields fields(item, fmt::format("a rule of \"{}\" in \"drift\" of {}", key, owner), problems);
    DriftRule rule;
    const auto take = [&](std::string_view name, std::string& into) {
      if (const PlacedText text = fields.placed_text(name); !text.value.empty()) into = text.value;
    };
    const PlacedText resource = fields.placed_text("resource");
    if (!resource.value.empty()) rule.resource = resource.value;
    if (!resource.value.empty() && resource.value != "*" && resource.value.find('/') == std::string::npos) {
      problems.error("wrong-type", resource.where,
                     fmt::format("\"resource\" in {} is {}, wanted KIND/NAME", fields.what(), quote(resource.value)),
                     fmt::format("for example {}/*", resource.value), static_cast<int>(resource.value.size()));
    }
    take("path", rule.path);
    take("manager", rule.manager);
    // To take everything of a resource back is a wish; to ignore everything is to forget what it was for.
    const auto names = [](const std::string& pattern) { return pattern.find_first_not_of('*') != std::string::npos; };
    const bool names_any = names(rule.path) || names(rule.manager) || (key == "take-over" && names(rule.resource));
    if (!names_any) {
      problems.error("missing-key", item.where(),
                     fmt::format("{} names neither a path nor a manager: it would hold for every field", fields.what()),
                     "add path: spec.replicas, or manager: NAME, as `cloudflow plan` shows them");
    }
    fields.finish();
    out.push_back(std::move(rule));
  }
  return out;
}

void read_drift(const ConfigValue* value, const std::string& owner, Environment& out, Diagnostics& problems) {
  if (value == nullptr) return;
  Fields fields(*value, fmt::format("\"drift\" of {}", owner), problems);
  out.ignore_drift = read_drift_rules(fields.find("ignore"), "ignore", owner, problems);
  out.policy.take_over_drift = read_drift_rules(fields.find("take-over"), "take-over", owner, problems);
  fields.finish();
}

std::optional<PullCredentials> read_pull(const ConfigValue* value, const std::string& owner, Diagnostics& problems) {
  if (value == nullptr) return std::nullopt;
  Fields fields(*value, fmt::format("\"image-pull\" of {}", owner), problems);
  PullCredentials out;
  out.registry = fields.text("registry");
  out.username = fields.required_text("username");
  const ConfigValue* password = fields.find("password");
  if (password == nullptr) {
    problems.error("missing-key", fields.where(), fmt::format("{} has no \"password\"", fields.what()),
                   "take it from outside git: password: {from-env: NAME}");
  } else if (is_external(*password)) {
    out.password = *password;
  } else if (password->is_scalar()) {
    out.password = ConfigValue::secret(password->text(), password->where());
    problems.warning("plain-password", password->where(),
                     fmt::format("the password in {} stands in git", fields.what()),
                     "take it from outside git: password: {from-env: NAME}");
  } else {
    wrong_type(*password, fmt::format("\"password\" in {}", fields.what()), "a reference like {from-env: NAME}",
               problems);
  }
  fields.finish();
  return out;
}

void read_replicas(Fields& fields, Environment& out, Diagnostics& problems) {
  const ConfigValue replicas = fields.object("replicas");
  Fields counts(replicas, fmt::format("\"replicas\" of {}", fields.what()), problems);
  for (const auto& [streamlet, value] : replicas.members()) {
    const auto count = counts.whole(streamlet);
    // Also where the number is a mistake: the name may be one, too.
    out.replicas[streamlet] = {count.value_or(1), value.where()};
  }
}

void read_volume_mounts(Fields& fields, Environment& out, Diagnostics& problems) {
  for (const auto& [mount, claim] : flattened(fields.object("volume-mounts"))) {
    if (!claim.is_scalar() || claim.text().empty()) {
      wrong_type(claim, fmt::format("volume mount {} of {}", quote(mount), fields.what()),
                 "the name of a PersistentVolumeClaim", problems);
      continue;
    }
    if (mount.find('.') == std::string::npos) {
      problems.error("wrong-type", claim.where(),
                     fmt::format("volume mount {} of {} names no streamlet, wanted STREAMLET: {{MOUNT: CLAIM}}",
                                 quote(mount), fields.what()));
      continue;
    }
    check_object_name({claim.text(), claim.where()}, fmt::format("the claim of {} of {}", quote(mount), fields.what()),
                      true, problems);
    out.volume_mounts[mount] = {claim.text(), claim.where()};
  }
}

/// What keeps environments apart that share a Kafka cluster.
void read_prefixes(Fields& fields, Environment& out, Diagnostics& problems) {
  const auto read = [&](std::string_view key, std::string& prefix) {
    const PlacedText text = fields.placed_text(key);
    prefix = text.value;
    const bool fits = std::ranges::all_of(
        prefix, [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'); });
    if (fits) return;
    problems.error("invalid-prefix", text.where,
                   fmt::format("{} of {} is {}, wanted letters, digits, dots, dashes and underscores", quote(key),
                               fields.what(), quote(prefix)),
                   "", static_cast<int>(prefix.size()));
  };
  read("topic-prefix", out.topic_prefix);
  read("group-prefix", out.group_prefix);
}

void flatten(const std::string& prefix, const ConfigValue& value,
             std::vector<std::pair<std::string, ConfigValue>>& out) {
  for (const auto& [key, member] : value.members()) {
    const std::string path = prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
    if (member.is_object() && !is_external(member)) {
      flatten(path, member, out);
    } else {
      out.emplace_back(path, member);
    }
  }
}

}  // namespace

std::vector<std::pair<std::string, ConfigValue>> flattened(const ConfigValue& value) {
  std::vector<std::pair<std::string, ConfigValue>> out;
  flatten("", value, out);
  return out;
}

std::string project_path(const PlacedText& path, std::string_view what, bool must_exist, const ProjectPlace& place,
                         Diagnostics& problems) {
  if (path.value.empty()) return "";
  const auto length = static_cast<int>(path.value.size());
  const auto whole = resolve_path(place.folder, path.value);
  if (!whole) {
    problems.error("path-outside", path.where,
                   fmt::format("{} is {}, which is outside the source", what, quote(path.value)), "", length);
    return "";
  }
  if (must_exist && !place.tree->exists(*whole)) {
    const std::string why = obstacle_at(*place.tree, *whole);
    problems.error("missing-file", path.where,
                   fmt::format("{} is {}, which {}{}", what, quote(path.value),
                               why.empty() ? "does not exist" : "cannot be read: ", why),
                   "", length);
    return "";
  }
  return path.value.ends_with('/') ? *whole + "/" : *whole;
}

Environment read_environment(const std::string& name, const ConfigValue& value, const ProjectPlace& place,
                             Diagnostics& problems) {
  const std::string owner = fmt::format("environment {}", quote(name));
  Fields fields(value, owner, problems);
  Environment out{.name = name, .where = value.where()};
  out.kubernetes = read_kubernetes(fields.find("kubernetes"), owner, problems);
  const ConfigValue clusters = fields.object("kafka");
  for (const auto& [cluster, settings] : clusters.members()) {
    if (!settings.is_object() && (cluster == "bootstrap-servers" || cluster == "bootstrap.servers" ||
                                  cluster == "partitions" || cluster == "cluster-id")) {
      problems.error("wrong-type", settings.where(),
                     fmt::format("\"kafka\" of {} has settings of its own, wanted clusters by name", owner),
                     "write kafka: {default: {…}}");
      break;
    }
    out.kafka[cluster] = read_kafka(cluster, settings, owner, problems);
  }
  for (const PlacedText& file : fields.texts("config")) {
    const std::string path =
        project_path(file, fmt::format("a configuration file of {}", owner), true, place, problems);
    if (!path.empty()) out.config.push_back(path);
  }
  out.values = fields.object("values");
  read_replicas(fields, out, problems);
  read_volume_mounts(fields, out, problems);
  const PlacedText logback = fields.placed_text("logback");
  out.logback = project_path(logback, fmt::format("the logback file of {}", owner), true, place, problems);
  const PlacedText account = fields.placed_text("service-account");
  check_object_name(account, fmt::format("the service account of {}", owner), true, problems);
  out.service_account = account.value;
  read_prefixes(fields, out, problems);
  out.pull_credentials = read_pull(fields.find("image-pull"), owner, problems);
  out.runtimes = fields.object("runtimes");
  out.policy = read_policy(fields.find("policy"), owner, problems);
  read_drift(fields.find("drift"), owner, out, problems);
  fields.finish();
  return out;
}

}  // namespace cloudflow
