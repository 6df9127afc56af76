// Renders the application: shared things, what each streamlet's runtime asks for, topics and the user's own manifests.
#include "planner/render/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/project/names.h"
#include "planner/render/contracts_configmap.h"
#include "planner/render/manifest.h"
#include "planner/render/order.h"
#include "planner/render/runtime_data.h"
#include "planner/render/secret_resources.h"
#include "planner/render/streamlet_files.h"
#include "planner/render/template.h"
#include "planner/render/template_data.h"
#include "planner/render/topics.h"
#include "planner/runtime/runtimes.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

class Rendering {
 public:
  Rendering(const Application& application, const Environment& environment, const EffectiveConfig& config,
            const SourceTree& tree, std::string_view folder, Diagnostics& problems)
      : application_(application),
        environment_(environment),
        config_(config),
        tree_(tree),
        folder_(folder),
        templates_(tree, std::string(folder)),
        ns_(namespace_of(application, environment)),
        context_{.ns = ns_, .application = label_value(application.id)},
        data_(application_data(application, environment)),
        problems_(problems) {}

  std::vector<Resource> run() {
    read_logback();
    check_settings(environment_, templates_, problems_);
    for (const Streamlet& streamlet : application_.streamlets) read_runtime(streamlet);
    std::vector<Part> parts = make_parts();
    extra_ = std::move(parts.front().resources);
    add_shared();
    for (const auto& [name, runtime] : runtimes_) add_of_runtime(name, runtime);
    for (Part& part : parts) {
      for (Resource& resource : part.resources) add(std::move(resource));
      for (const Diagnostic& problem : part.problems.all()) problems_.add(problem);
    }
    for (Resource& topic : render_topics(config_, problems_)) add(std::move(topic));
    add_extra();
    std::ranges::sort(resources_, {}, &Resource::id);
    link_resources(resources_, application_, config_);
    add_contracts();
    return std::move(resources_);
  }

 private:
  void read_logback() {
    if (environment_.logback.empty()) return;
    Result<std::string> text = tree_.read(environment_.logback);
    if (text) {
      logback_ = std::move(*text);
    } else {
      problems_.error("logback", environment_.where, text.error().message);
    }
  }

  /// Only Secrets keep a secret: whoever may read the object reads it, too.
  void warn_of_secrets(const Resource& resource) {
    if (resource.id.provider != "kubernetes" || resource.id.kind == "Secret") return;
    for (const std::string& pointer : resource.secrets) {
      const SourcePos where = resource.origin_of(pointer).value_or(SourcePos{});
      if (!warned_.insert({where, resource.id}).second) continue;
      problems_.warning(
          "secret-in-manifest", where,
          fmt::format("a secret value is written into {}, where everybody who may see it reads it", resource.id.text()),
          "give it to the streamlet as a configuration parameter, or mount a Secret");
    }
  }

  /// The record, the key of digests and the lock, as providers/kubernetes names them, which rendering does not see.
  bool is_kept_by_cloudflow(const ResourceId& id) const {
    const std::string name = "cloudflow-" + application_.id;
    if (id.scope != ns_) return false;
    if (id.kind == "ConfigMap" || id.kind == "Lease.coordination.k8s.io") return id.name == name;
    return id.kind == "Secret" && id.name == name + "-digest-key";
  }

  /// Keeps a resource unless another already has its name.
  void add(Resource resource) {
    warn_of_secrets(resource);
    if (is_kept_by_cloudflow(resource.id)) {
      problems_.error("name-collision", resource.origin_of("").value_or(SourcePos{}),
                      fmt::format("{} is the name of what cloudflow keeps itself", resource.id.text()),
                      "choose another name");
      return;
    }
    const auto [at, fresh] = places_.emplace(resource.id, resources_.size());
    if (fresh) {
      resources_.push_back(std::move(resource));
      return;
    }
    const Resource& owner = resources_[at->second];
    const auto who = [](const Resource& r) {
      return r.streamlet.empty() ? r.origin_of("").value_or(SourcePos{}).text() : "streamlet " + quote(r.streamlet);
    };
    problems_.error("name-collision", resource.origin_of("").value_or(SourcePos{}),
                    fmt::format("{} and {} both ask for {}", who(owner), who(resource), resource.id.text()),
                    resource.streamlet.empty() ? "" : "choose names that differ in their first 55 characters");
  }

  /// What a template makes; nothing where its condition does not hold, or after an error.
  std::optional<Resource> expand(const RuntimeFile& file, const ConfigValue& data, Diagnostics& problems) const {
    if (!file.condition.empty() && !holds(file.condition, data)) return std::nullopt;
    const std::optional<ConfigValue> manifest = expand_template(file.tree, data, problems);
    return manifest ? manifest_resource(*manifest, context_, problems) : std::nullopt;
  }

  void add_file(const RuntimeFile& file, const ConfigValue& data) {
    std::optional<Resource> resource = expand(file, data, problems_);
    if (!resource) return;
    if (application_.where.line > 0) resource->origins.set("", application_.where);
    add(std::move(*resource));
  }

  void add_shared() {
    const bool own_ns =
        std::ranges::any_of(extra_, [&](const Resource& r) { return r.id.kind == "Namespace" && r.id.name == ns_; });
    if (!own_ns) add_file({.tree = templates_.parse("application/namespace.yaml", problems_)}, data_);
    if (owns_service_account(application_, environment_)) {
      add_file({.tree = templates_.parse("application/service-account.yaml", problems_)}, data_);
    }
    if (std::optional<Resource> pull = pull_secret(application_, environment_, config_.facts.registries, ns_))
      add(std::move(*pull));
    if (!logback_.empty()) add(logging_secret(application_, environment_, ns_, logback_));
    add(configuration_secret(application_, environment_, config_, ns_));
  }

  /// The runtime of a streamlet, once; an error when nobody knows it.
  void read_runtime(const Streamlet& streamlet) {
    if (runtimes_.contains(streamlet.runtime)) return;
    const std::vector<std::string> names = templates_.runtimes();
    if (std::ranges::find(names, streamlet.runtime) != names.end()) {
      runtimes_.emplace(streamlet.runtime, templates_.runtime(streamlet.runtime, problems_));
      return;
    }
    const std::string hint = did_you_mean(streamlet.runtime, names);
    problems_.error("unknown-runtime", streamlet.where,
                    fmt::format("streamlet {} has the runtime {}, for which there are no templates",
                                quote(streamlet.name), quote(streamlet.runtime)),
                    hint.empty() ? fmt::format("the runtimes are: {}; add templates/{}/runtime.yaml for another",
                                               join(names, ", "), streamlet.runtime)
                                 : hint);
  }

  void add_of_runtime(const std::string& name, const Runtime& runtime) {
    const ConfigValue data = with_settings(data_, name, runtime, environment_);
    for (const RuntimeFile& file : runtime.application) add_file(file, data);
  }

  /// What can be made for itself, and what is wrong with it.
  struct Part {
    std::vector<Resource> resources{};
    Diagnostics problems{};
  };

  /// The user's own manifests, then one part for each streamlet: most of the work, so on all processors.
  std::vector<Part> make_parts() const {
    std::vector<Part> parts(application_.streamlets.size() + 1);
    parallel_for(parts.size(), worker_count(), [&](std::size_t i) {
      if (i == 0) {
        parts[i].resources = extra_manifests(tree_, folder_, context_, parts[i].problems);
      } else {
        make_streamlet(application_.streamlets[i - 1], parts[i]);
      }
    });
    return parts;
  }

  /// A user's volume must not hide one that every pod gets.
  void check_volumes(const Streamlet& streamlet, const ConfigValue& data, Diagnostics& problems) const {
    std::set<std::string> taken = {streamlet.secret_name, "downward-api-volume"};
    if (!environment_.logback.empty()) taken.insert("logging");
    for (const VolumeMount& mount : streamlet.descriptor.volume_mounts) taken.insert(mount.name);
    for (const ConfigValue& volume : data.at({"streamlet", "volumes"})->items()) {
      const ConfigValue* name = volume.find("name");
      if (!taken.contains(name->text())) continue;
      problems.error("volume-name", name->where(),
                     fmt::format("streamlet {} already has a volume {}", quote(streamlet.name), quote(name->text())),
                     "choose another name for the volume");
    }
  }

  void make_streamlet(const Streamlet& streamlet, Part& out) const {
    const auto effective = config_.streamlets.find(streamlet.name);
    if (effective == config_.streamlets.end()) return;
    const auto documents = streamlet_documents(application_, streamlet, config_);
    out.resources.push_back(streamlet_secret(application_, streamlet, ns_, documents));
    const auto runtime = runtimes_.find(streamlet.runtime);
    if (runtime == runtimes_.end()) return;
    const std::string digest = reading_digest(application_, streamlet, documents, logback_);
    const ConfigValue settings = with_settings(data_, streamlet.runtime, runtime->second, environment_);
    const ConfigValue data = with_values(streamlet_data(settings, application_, streamlet, effective->second, digest),
                                         runtime->second, out.problems);
    warn_of_values(data, runtime->second, streamlet.where, out.problems);
    check_volumes(streamlet, data, out.problems);
    for (const RuntimeFile& file : runtime->second.streamlet) {
      std::optional<Resource> resource = expand(file, data, out.problems);
      if (!resource) continue;
      resource->streamlet = streamlet.name;
      resource->origins.set("", streamlet.where);
      out.resources.push_back(std::move(*resource));
    }
  }

  /// After linking: it waits for everything that runs, and nothing waits for it.
  void add_contracts() {
    std::optional<Resource> contracts = contracts_map(application_, config_, ns_, resources_, problems_);
    if (!contracts) return;
    const auto [at, fresh] = places_.emplace(contracts->id, resources_.size());
    if (!fresh) {
      problems_.error("name-collision", application_.where,
                      fmt::format("{} is the name of what cloudflow keeps itself", contracts->id.text()));
      return;
    }
    resources_.insert(std::ranges::lower_bound(resources_, contracts->id, {}, &Resource::id), std::move(*contracts));
  }

  /// The user's own manifests, and with them the check of all claims.
  void add_extra() {
    std::map<std::string, std::string> claims;
    for (Resource& resource : extra_) {
      if (resource.id.kind == "PersistentVolumeClaim" && resource.id.scope == ns_) {
        std::vector<std::string> modes;
        if (const Json* given = find(resource.spec, {"spec", "accessModes"}); given != nullptr && given->is_array()) {
          for (const Json& mode : *given) modes.push_back(mode.is_string() ? mode.get<std::string>() : "");
        }
        claims.emplace(resource.id.name, join(modes, ","));
      }
      add(std::move(resource));
    }
    check_claims(config_, claims, problems_);
  }

  const Application& application_;
  const Environment& environment_;
  const EffectiveConfig& config_;
  const SourceTree& tree_;
  std::string_view folder_;
  TemplateFiles templates_;
  std::string ns_;
  ManifestContext context_;
  ConfigValue data_;
  Diagnostics& problems_;
  std::string logback_{};
  std::vector<Resource> extra_{};  ///< the user's own manifests
  std::map<std::string, Runtime> runtimes_{};
  std::map<ResourceId, std::size_t> places_{};  ///< index into resources_
  std::set<std::pair<SourcePos, ResourceId>> warned_{};
  std::vector<Resource> resources_{};
};

}  // namespace

std::vector<Resource> render(const Application& application, const Environment& environment,
                             const EffectiveConfig& config, const SourceTree& tree, Diagnostics& problems,
                             std::string_view folder) {
  return Rendering(application, environment, config, tree, folder, problems).run();
}

}  // namespace cloudflow
