// `cloudflow init` where an application of Cloudflow 2 lies.
#include "cli/commands/init_cloudflow2.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "cli/commands/shell_word.h"
#include "cli/steps.h"
#include "cli/views/view.h"
#include "planner/application/read_application_json.h"
#include "planner/blueprint/read_descriptors.h"
#include "planner/config/read_config.h"
#include "planner/project/names.h"
#include "planner/project/read_project.h"
#include "planner/source/directory_tree.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

/// What is larger was written by no person and no build of Cloudflow 2, and is taken as empty.
std::string read_file(const fs::path& path) {
  constexpr std::uintmax_t largest = 16 << 20;
  std::error_code trouble;
  if (fs::file_size(path, trouble) > largest || trouble) return "";
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Also one that is broken: whoever reads it says where.
bool is_application(const fs::path& path) {
  constexpr std::string_view kind = "CloudflowApplication";
  if (path.extension() != ".json") return false;
  const std::string text = read_file(path);
  const Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? text.find(fmt::format("\"{}\"", kind)) != std::string::npos
                              : string_at(value, {"kind"}) == kind;
}

/// Whether it sets something of streamlets, as configuration for `deploy --conf` does.
bool is_configuration(const fs::path& path) {
  Diagnostics ignored;
  const ConfigValue value = parse_hocon(read_file(path), path.string(), ignored);
  for (const std::string_view key : {"streamlets", "runtimes", "topics"}) {
    if (value.at({"cloudflow", key}) != nullptr) return true;
  }
  return false;
}

void sort_file(const fs::path& path, const std::string& name, BuiltProject& out) {
  const std::string folder = fs::path(name).parent_path().generic_string();
  const std::string above = fs::path(folder).filename().string();
  const std::string file = path.filename().string();
  const bool is_built = folder.find("target/") != std::string::npos;
  if ((folder.empty() || above == "target") && is_application(path)) out.applications.push_back(name);
  if (file == "streamlet-descriptors.conf") out.descriptors.push_back(name);
  if (above == "target" && (file == "classpath.txt" || file == "full-classpath.txt")) out.class_paths.push_back(name);
  if (path.extension() != ".conf" || is_built) return;
  if (folder.ends_with("src/main/blueprint")) {
    out.blueprints.push_back(name);
  } else if (folder.ends_with("src/main/resources") && file == "local.conf") {
    if (out.local_config.empty() && is_configuration(path)) out.local_config = name;
  } else if ((folder.empty() || folder == "config" || folder == "conf") && file != "cloudflow.conf" &&
             is_configuration(path)) {
    out.configs.push_back(name);
  }
}

/// Folders that hold no sources of the application, and much else.
bool is_skipped(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with('.') || name == "node_modules" || name == "venv" || name == "streams" ||
         name == "resolution-cache";
}

/// A streamlet by the name in its blueprint.
struct Known {
  std::string name{};
  Descriptor descriptor{};
};

/// What cloudflow.yaml is made of.
struct Found {
  std::string application{};
  std::string version{};
  std::string from{};  ///< else the blueprint and descriptors
  std::string blueprint{};
  std::vector<std::string> descriptors{};
  std::vector<Known> streamlets{};
  std::set<std::string> clusters{};  ///< of Kafka, that topics name
  std::set<std::string> images{};
  ConfigValue settings{};  ///< of the one configuration file
};

/// Text as a YAML scalar.
std::string scalar(const std::string& text) {
  const bool is_plain =
      !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
      std::ranges::all_of(text, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
      });
  constexpr std::array<std::string_view, 7> words = {"true", "false", "yes", "no", "on", "off", "null"};
  return is_plain && std::ranges::find(words, lower(text)) == words.end() ? text : dump(Json(text));
}

std::string scalars(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back(scalar(text));
  return fmt::format("[{}]", fmt::join(out, ", "));
}

/// "PROC_MAX_RATE": the environment variable for a value.
std::string variable(std::string_view first, std::string_view second) {
  std::string out = fmt::format("{}_{}", first, second);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    c = std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return out;
}

/// Parameters that have a value nowhere, by streamlet.
std::map<std::string, std::vector<std::string>> open_parameters(const Found& found) {
  std::map<std::string, std::vector<std::string>> out;
  for (const Known& streamlet : found.streamlets) {
    for (const ConfigParameter& parameter : streamlet.descriptor.parameters) {
      const ConfigValue* own = found.settings.at({"cloudflow", "streamlets", streamlet.name});
      const bool is_given = own != nullptr && (own->at({"config-parameters", parameter.key}) != nullptr ||
                                               own->find(parameter.key) != nullptr);
      if (!parameter.default_value && !is_given) out[streamlet.name].push_back(parameter.key);
    }
  }
  return out;
}

/// The claim that a volume mount is bound to, or a name to begin with.
std::string claim_of(const Known& streamlet, const VolumeMount& mount) {
  return mount.claim.empty() ? fmt::format("{}-{}", streamlet.name, mount.name) : mount.claim;
}

std::string environment_text(const Found& found) {
  std::string out = fmt::format(
      "environments:\n"
      "  prod:\n"
      "    # With kafka-secrets-namespace: cloudflow beside the namespace, Cloudflow 2's own Kafka secrets count.\n"
      "    kubernetes: {{namespace: {}}}\n"
      "    kafka:\n"
      "      default: {{bootstrap-servers: {{from-env: KAFKA_BOOTSTRAP}}}}\n",
      scalar(found.application));
  for (const std::string& cluster : found.clusters)
    out += fmt::format("      {}: {{bootstrap-servers: {{from-env: {}}}}}\n", scalar(cluster),
                       variable("kafka_bootstrap", cluster));
  std::string mounts;
  for (const Known& streamlet : found.streamlets) {
    std::vector<std::string> claims;
    for (const VolumeMount& mount : streamlet.descriptor.volume_mounts)
      claims.push_back(fmt::format("{}: {}", scalar(mount.name), scalar(claim_of(streamlet, mount))));
    if (!claims.empty()) mounts += fmt::format("      {}: {{{}}}\n", scalar(streamlet.name), fmt::join(claims, ", "));
  }
  if (!mounts.empty()) out += "    volume-mounts: # your claims, as --volume-mount named them\n" + mounts;
  out +=
      "    # replicas: {STREAMLET: 2}       # as --scale\n"
      "    # logback: config/logback.xml    # as --logback-config\n"
      "    # service-account: NAME          # as --serviceaccount\n";
  return out;
}

std::string values_text(const Found& found) {
  std::string out;
  for (const auto& [streamlet, keys] : open_parameters(found)) {
    std::vector<std::string> parameters;
    for (const std::string& key : keys)
      parameters.push_back(fmt::format("{}: {{from-env: {}}}", scalar(key), variable(streamlet, key)));
    out += fmt::format("      {}: {{config-parameters: {{{}}}}}\n", scalar(streamlet), fmt::join(parameters, ", "));
  }
  if (out.empty()) return out;
  return "\nvalues: # parameters without a default: write their values here, or set the variables\n"
         "  cloudflow:\n    streamlets:\n" +
         out;
}

std::string sandbox_text(const BuiltProject& files) {
  std::string out = "\nsandbox: # how it runs on your machine: cloudflow sandbox\n";
  if (!files.local_config.empty()) out += fmt::format("  config: {}\n", scalars({files.local_config}));
  if (files.class_paths.size() == 1)
    return out + fmt::format("  processes:\n    \"*\": {{class-path-file: {}}}\n", scalar(files.class_paths.front()));
  return out +
         "  # processes: {\"*\": {class-path: [target/classes, \"target/lib/*\"]}}   # the build's class path, with "
         "cloudflow-runner\n"
         "  processes: {}\n";
}

std::string project_text(const Found& found, const BuiltProject& files) {
  std::string out;
  if (!found.from.empty()) {
    out = fmt::format("from: {} # application, blueprint, descriptors and images, as the build made it\n",
                      scalar(found.from));
  } else {
    out = fmt::format(
        "application: {} # consumer groups are named after it, so keep Cloudflow 2's name\n"
        "version: {}\nblueprint: {}\ndescriptors: {}\n",
        scalar(found.application), dump(Json(found.version)), scalar(found.blueprint), scalars(found.descriptors));
  }
  const char* mark = files.configs.size() == 1 ? "" : "# ";  // which of several there were, and in which order?
  const std::vector<std::string> configs = files.configs.empty() ? std::vector<std::string>{"app.conf"} : files.configs;
  out += fmt::format("{}config: {}{}\n", mark, scalars(configs),
                     *mark == 0 ? "" : " # the files of deploy --conf, in their order");
  return out + values_text(found) + "\n" + environment_text(found) + sandbox_text(files);
}

Error conflict(const std::string& what, const std::string& hint) {
  return {ErrorKind::conflict, what + ": nothing was written", std::nullopt, hint};
}

/// What the build verified. The latest file counts where several are of one application.
std::optional<Found> from_application(const BuiltProject& files, const SourceTree& tree, View& view) {
  std::map<std::string, std::pair<fs::file_time_type, std::string>> latest;
  for (const std::string& path : files.applications) {
    const Json value = Json::parse(read_file(files.folder / path), nullptr, false);
    std::error_code trouble;
    const std::pair one(fs::last_write_time(files.folder / path, trouble), path);
    const auto [known, is_first] = latest.try_emplace(string_at(value, {"metadata", "name"}), one);
    if (!is_first) known->second = std::max(known->second, one);
  }
  if (latest.size() > 1) {
    std::vector<std::string> paths;
    for (const auto& [name, file] : latest) paths.push_back(file.second);
    view.error(conflict(fmt::format("there are several applications: {}", fmt::join(paths, ", ")),
                        fmt::format("name the one that is meant: cloudflow init {}", paths.front())));
    return std::nullopt;
  }
  Found out{.from = latest.begin()->second.second};
  Diagnostics problems;
  const std::optional<Application> application = read_application_json(tree, out.from, problems);
  if (!problems.empty()) view.diagnostics(problems);
  if (!application) return std::nullopt;
  out.application = application->id;
  out.version = application->version;
  for (const Streamlet& streamlet : application->streamlets) {
    out.streamlets.push_back({streamlet.name, streamlet.descriptor});
    out.images.insert(streamlet.image);
  }
  for (const Topic& topic : application->topics) {
    if (!topic.cluster.empty() && topic.cluster != "default") out.clusters.insert(topic.cluster);
  }
  return out;
}

/// `KEY := "value"` in build.sbt, where it is there once.
std::string sbt_setting(const fs::path& folder, const std::string& key) {
  const std::string text = read_file(folder / "build.sbt");
  const auto skip_blanks = [&](std::size_t at) { return std::min(text.find_first_not_of(" \t\r\n", at), text.size()); };
  const auto is_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::set<std::string> values;
  for (std::size_t found = text.find(key); found != std::string::npos; found = text.find(key, found + 1)) {
    if (found > 0 && is_of_word(text[found - 1])) continue;
    std::size_t at = skip_blanks(found + key.size());
    if (text.compare(at, 2, ":=") != 0) continue;
    at = skip_blanks(at + 2);
    if (text.compare(at, 1, "\"") != 0) continue;
    const std::size_t end = text.find('"', at + 1);
    if (end != std::string::npos) values.insert(text.substr(at + 1, end - at - 1));
  }
  return values.size() == 1 ? *values.begin() : "";
}

std::optional<Found> from_blueprint(const BuiltProject& files, const SourceTree& tree, View& view) {
  if (files.descriptors.empty()) {
    view.error(conflict(fmt::format("{} is the blueprint of an application for Cloudflow 2, and no build has described "
                                    "its streamlets yet",
                                    files.blueprints.front()),
                        "build it first, with sbt buildApp or Maven, which writes target/APPLICATION.json"));
    return std::nullopt;
  }
  if (files.blueprints.size() != 1) {
    view.error(
        conflict(files.blueprints.empty()
                     ? fmt::format("{} describes streamlets, and there is no blueprint", files.descriptors.front())
                     : fmt::format("there are several blueprints: {}", fmt::join(files.blueprints, ", ")),
                 "build it with sbt buildApp, and name what that wrote: cloudflow init target/APPLICATION.json"));
    return std::nullopt;
  }
  Found out{.blueprint = files.blueprints.front(), .descriptors = files.descriptors};
  out.application = sbt_setting(files.folder, "name");
  if (out.application.empty()) out.application = fs::absolute(files.folder / "x").parent_path().filename().string();
  out.version = sbt_setting(files.folder, "version");
  out.application = label_form(out.application);  // as its build made the id of it
  if (out.version.empty()) out.version = "1.0.0";
  Diagnostics problems;
  const ConfigValue blueprint = read_config(tree, std::array{out.blueprint}, environment_variable, problems);
  std::vector<PlacedText> paths;
  for (const std::string& path : files.descriptors) paths.push_back({path, {}});
  const std::vector<Descriptor> all = read_descriptors(tree, paths, "", environment_variable, problems);
  if (!problems.empty()) view.diagnostics(problems);
  if (problems.has_errors()) return std::nullopt;
  if (const ConfigValue* streamlets = blueprint.at({"blueprint", "streamlets"})) {
    for (const auto& [name, value] : streamlets->members()) {
      const auto known = std::ranges::find_if(all, [&](const Descriptor& one) {
        return value.is_scalar() && (one.class_name == value.text() || one.class_name == value.text() + "$");
      });
      out.streamlets.push_back({name, known == all.end() ? Descriptor{} : *known});
      if (known != all.end() && !known->image.empty()) out.images.insert(known->image);
    }
  }
  if (const ConfigValue* topics = blueprint.at({"blueprint", "topics"})) {
    for (const auto& [id, topic] : topics->members()) {
      const ConfigValue* cluster = topic.find("cluster");
      if (cluster != nullptr && cluster->is_scalar() && cluster->text() != "default")
        out.clusters.insert(cluster->text());
    }
  }
  return out;
}

/// A project that is there already: also a link out of the folder, or to what is not there yet.
std::optional<fs::path> project_file(const fs::path& folder) {
  for (const char* name : {"cloudflow.yaml", "cloudflow.yml", "cloudflow.conf"}) {
    const fs::path path = (folder / name).lexically_normal();
    std::error_code trouble;
    if (fs::exists(fs::symlink_status(path, trouble))) return path;
  }
  return std::nullopt;
}

void tell(const BuiltProject& files, const Found& found) {
  std::string text = fmt::format("  {} {}: {}, built for Cloudflow 2\n", found.application, found.version,
                                 counted(static_cast<long long>(found.streamlets.size()), "streamlet"));
  const auto line = [&](std::string_view what, std::string_view value) {
    text += fmt::format("  {:<14} {}\n", what, value);
  };
  if (!found.from.empty()) line("application", found.from);
  for (const std::string& path : files.blueprints)
    line("blueprint", found.from.empty() ? path : path + " (the application has what the build read of it)");
  for (const std::string& path : found.descriptors) line("descriptors", path);
  for (const std::string& image : found.images) line("image", image);
  for (const std::string& path : files.configs)
    line("configuration", files.configs.size() == 1 ? path : path + " (not used: name those of deploy under config)");
  if (!files.local_config.empty()) line("local", files.local_config + " (for cloudflow sandbox)");
  for (const std::string& path : files.class_paths) line("class path", path);
  print_out(text);
}

void tell_next(const BuiltProject& files, const Found& found) {
  std::string text;
  if (files.folder.lexically_normal() != fs::path("."))
    text += fmt::format("  cd {}\n", shell_word(files.folder.string()));
  text += "  export KAFKA_BOOTSTRAP=broker.example.com:9092\n";
  for (const std::string& cluster : found.clusters)
    text += fmt::format("  export {}=…\n", variable("kafka_bootstrap", cluster));
  for (const auto& [streamlet, keys] : open_parameters(found)) {
    for (const std::string& key : keys) text += fmt::format("  export {}=…\n", variable(streamlet, key));
  }
  const bool has_mounts =
      std::ranges::any_of(found.streamlets, [](const Known& one) { return !one.descriptor.volume_mounts.empty(); });
  if (has_mounts)
    text += fmt::format("  kubectl -n {} get pvc   # which claims are there? name them under volume-mounts\n",
                        found.application);
  text +=
      "  cloudflow validate\n"
      "  cloudflow plan        # what it would make; docs/moving.md has how to take over what runs\n";
  if (files.class_paths.size() == 1) text += "  cloudflow sandbox     # the whole application on this machine\n";
  print_out(text);
}

}  // namespace

BuiltProject find_cloudflow2(const fs::path& place) {
  std::error_code trouble;
  if (fs::is_regular_file(place, trouble)) {
    fs::path folder = fs::absolute(place, trouble).lexically_normal().parent_path();
    if (folder.filename() == "target") folder = folder.parent_path();
    const fs::path shown = folder == fs::current_path(trouble) ? fs::path(".") : folder;
    BuiltProject out = find_cloudflow2(shown);
    // Whatever it is: whoever reads it says what is wrong.
    out.applications = {fs::absolute(place, trouble).lexically_normal().lexically_relative(folder).generic_string()};
    return out;
  }
  constexpr int deepest = 6;
  constexpr int most = 50'000;
  BuiltProject out{.folder = place};
  int seen = 0;
  auto at = fs::recursive_directory_iterator(place, fs::directory_options::skip_permission_denied, trouble);
  for (; !trouble && at != fs::recursive_directory_iterator() && seen < most; at.increment(trouble), ++seen) {
    if (at->is_directory(trouble)) {
      if (at.depth() >= deepest || is_skipped(at->path())) at.disable_recursion_pending();
    } else if (at->is_regular_file(trouble)) {
      sort_file(at->path(), at->path().lexically_relative(place).generic_string(), out);
    }
  }
  for (auto* names : {&out.applications, &out.blueprints, &out.descriptors, &out.class_paths, &out.configs})
    std::ranges::sort(*names);
  return out;
}

ExitCode init_cloudflow2(const BuiltProject& files, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  Result<std::unique_ptr<DirectoryTree>> opened = DirectoryTree::open(files.folder.string());
  if (!opened) {
    view->error(opened.error());
    return ExitCode::failed;
  }
  const std::shared_ptr<const SourceTree> tree = show_files_of(*std::move(opened), *view);
  if (const auto known = project_file(files.folder)) {
    view->error(conflict(fmt::format("{} exists already", quote(known->string())), "cloudflow validate proves it"));
    return ExitCode::failed;
  }
  std::optional<Found> found =
      files.applications.empty() ? from_blueprint(files, *tree, *view) : from_application(files, *tree, *view);
  if (!found) return ExitCode::failed;
  if (files.configs.size() == 1) {
    Diagnostics problems;  // `validate` shows them
    found->settings = read_config(*tree, files.configs, environment_variable, problems);
  }
  const fs::path path = files.folder / "cloudflow.yaml";
  std::ofstream file(path, std::ios::binary | std::ios::noreplace);
  file << project_text(*found, files) << std::flush;
  if (!file) {
    view->error(
        {ErrorKind::unavailable, fmt::format("cannot write {}: {}", quote(path.string()), std::strerror(errno))});
    return ExitCode::failed;
  }
  view->note("An application of Cloudflow 2 is here:");
  tell(files, *found);
  view->note(fmt::format("{} is written. Next:", quote(path.lexically_normal().string())));
  tell_next(files, *found);
  const std::string& built = found->from.empty() ? found->descriptors.front() : found->from;
  if (built.find("target/") != std::string::npos)
    view->note(fmt::format("{} is made by the build: where plans are made of what git has, keep a copy there.", built));
  return ExitCode::ok;
}

}  // namespace cloudflow
