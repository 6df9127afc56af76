// cloudflow.yaml as values: the application, where its parts are, and its environments.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/config/config_value.h"
#include "planner/config/placed.h"

namespace cloudflow {

struct KubernetesSettings {
  std::string context{};
  std::string ns{};  ///< namespace; empty for the application's id
  std::string kubeconfig{};
  std::string as{};        ///< user to impersonate
  std::string kafka_ns{};  ///< where else labelled Kafka cluster secrets are looked for; "*" for everywhere
  SourcePos where{};
};

/// A named Kafka cluster given by the environment. Same keys as a cluster secret, plus cluster-id.
struct KafkaSettings {
  std::string cluster_id{};  ///< pin; empty for any
  ConfigValue
      config{};  ///< bootstrap.servers, partitions, replicas, connection-config, producer-config, consumer-config
  SourcePos where{};
};

/// What may be done without asking a person. Unset means no limit.
/// Which changes that others make to live things are meant. Patterns with '*'.
struct DriftRule {
  std::string resource = "*";  ///< "kind/name"
  std::string path = "*";      ///< of a field, as a plan shows it: "spec.replicas"
  std::string manager = "*";   ///< who wrote it, as a plan shows it
};

struct PolicySettings {
  std::optional<int> max_deletes{};
  std::optional<int> max_restarts{};
  std::vector<std::string> protect{};        ///< patterns over "kind/name": never replaced or removed
  std::vector<std::string> deny{};           ///< risks: "restart", "disruptive", "data_loss"
  std::vector<std::string> delete_topics{};  ///< patterns: topics that may be deleted when the blueprint drops them
  std::vector<std::string> adopt{};  ///< patterns over "kind/name": what exists without our mark and is taken over
  /// Patterns over names of consumer groups that read none of this application's topics: where they cannot be looked
  /// into, they hold back no deletion.
  std::vector<std::string> unrelated_groups{};
  bool take_over = true;                     ///< take fields back that others changed; false refuses such a change
  std::vector<DriftRule> take_over_drift{};  ///< these are taken back whatever take_over says
};

/// A registry's credentials for the pull secret.
struct PullCredentials {
  std::string registry{};  ///< empty: that of the first streamlet's image
  std::string username{};
  ConfigValue password{};  ///< secret, or a reference to one (external_values.h)
};

struct Environment {
  std::string name{};
  KubernetesSettings kubernetes{};
  std::map<std::string, KafkaSettings> kafka{};
  std::vector<std::string> config{};  ///< files, after the project's
  ConfigValue values{};               ///< `values:` an inline configuration tree, over all files; may hold secrets
  std::map<std::string, Placed<int>> replicas{};
  std::map<std::string, PlacedText> volume_mounts{};  ///< "streamlet.mount" → claim
  std::string logback{};                              ///< file
  std::string service_account{};
  std::string topic_prefix{};  ///< in front of the name in Kafka of every topic that is managed
  std::string group_prefix{};  ///< in front of the name of every consumer group
  std::optional<PullCredentials> pull_credentials{};
  ConfigValue runtimes{};  ///< runtime → settings that its runtime.yaml declares; checked where that is read
  PolicySettings policy{};
  std::vector<DriftRule> ignore_drift{};  ///< what others write there stays
  /// Further keys of the Secret `config-<application>`: what Cloudflow 2's verbs need again. Not in cloudflow.yaml.
  std::map<std::string, std::string> kept{};
  SourcePos where{};
};

/// Where one of its values was written; of one that was not, as on a command line, where the environment is.
template <class T>
const SourcePos& where_of(const Placed<T>& value, const Environment& environment) {
  return value.where.file.empty() ? environment.where : value.where;
}

/// How a streamlet runs on the user's machine.
struct SandboxProcess {
  std::vector<PlacedText> command{};       ///< a program and its arguments; empty with a class path
  std::vector<PlacedText> class_path{};    ///< of a streamlet of Cloudflow 2: jars, folders, "lib/*"
  std::string class_path_file{};           ///< or a file with them, separated by ":" or "@"; relative to folder
  std::string java{};                      ///< the program that runs a class path; empty for the user's own
  std::vector<PlacedText> java_options{};  ///< its options
  std::string folder{};                    ///< in the tree: where it runs
  std::map<std::string, ConfigValue> environment{};  ///< variables, each a scalar
  SourcePos where{};
};

/// Whether it is a streamlet of Cloudflow 2 that is given by what Java needs to run it.
inline bool has_class_path(const SandboxProcess& process) {
  return !process.class_path.empty() || !process.class_path_file.empty();
}

/// `sandbox:` what only runs on the user's machine need.
struct SandboxSettings {
  std::map<std::string, SandboxProcess> processes{};  ///< by streamlet, by class, or "*" for all others
  std::vector<std::string> config{};                  ///< files, over those of the project
  PlacedText kafka{};                                 ///< "embedded", "apache", "HOST:PORT", or "" to let it be chosen
};

/// `builds:` how `cloudflow image build` makes an image. Paths of files are as they were written: relative to the
/// folder of cloudflow.yaml, or absolute, as what a build uses need not lie in the source.
struct ImageBuild {
  PlacedText image{};                     ///< "registry.example.com/shop/orders", with or without a tag
  std::vector<std::string> streamlets{};  ///< keys of `images` that are set to its digest, beside those that name it
  PlacedText base{};
  PlacedText program{};
  std::vector<PlacedText> class_path{};
  std::vector<PlacedText> dependencies{};  ///< further parts of the class path, which change seldom
  std::string main_class{};
  std::string jar_folder{};                   ///< in the image
  std::map<std::string, PlacedText> files{};  ///< by their paths in the image
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> environment{};
  std::optional<std::vector<std::string>> entrypoint{};
  std::vector<std::string> arguments{};
  std::string user{};
  std::string work_folder{};  ///< in the image
  std::string architecture{};
  PlacedText descriptors{};  ///< a file, or "none"; empty: a program is asked
  SourcePos where{};
};

/// File names are paths inside the tree, with `folder` already in front.
struct Project {
  std::string application{};
  std::string version{};
  std::string folder{};  ///< of cloudflow.yaml inside the tree; "" for the root
  std::string from{};    ///< CloudflowApplication JSON
  std::string blueprint{};
  std::vector<PlacedText> descriptors{};       ///< files or folders
  std::map<std::string, PlacedText> images{};  ///< project id, class or streamlet name → image
  std::vector<std::string> config{};
  ConfigValue values{};     ///< top-level `values:`; every environment's values already lie over them
  std::string contracts{};  ///< "" directed (default) or "original"
  std::map<std::string, Environment> environments{};
  SandboxSettings sandbox{};
  std::map<std::string, ImageBuild> builds{};
  SourcePos where{};
};

}  // namespace cloudflow
