// From a program, a class path or files to an image in a layout.
#include "sdk/image/build_image.h"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <system_error>

#include "sdk/image/class_path.h"
#include "sdk/image/deflate.h"
#include "sdk/image/image_config.h"
#include "sdk/image/layer.h"
#include "sdk/image/program.h"
#include "sdk/image/sbom.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view home = "/opt/cloudflow";
constexpr const char* certificates = "/etc/ssl/certs/ca-certificates.crt";
/// The user of Cloudflow 2's images: what pods may write to belongs to the group of that number.
constexpr std::string_view usual_user = "185";

/// Starts Java as images of Cloudflow 2 do it: with the options of the pod, the logback file where one is mounted, and
/// the agent for metrics where the image has it and the pod asks for it.
constexpr std::string_view run_java = R"(#!/bin/sh
if [ -z "$LOGBACK_CONFIG" ] && [ -f /opt/logging/logback.xml ]; then
  LOGBACK_CONFIG=-Dlogback.configurationFile=/opt/logging/logback.xml
fi
agent=/prometheus/jmx_prometheus_javaagent.jar
if [ -n "$PROMETHEUS_JMX_AGENT_PORT" ] && [ -f "$agent" ]; then
  AGENT_OPTS=-javaagent:$agent=$PROMETHEUS_JMX_AGENT_PORT:/etc/metrics/conf/prometheus.yaml
fi
exec java $LOGBACK_CONFIG $AGENT_OPTS $JAVA_OPTS -cp '{}/*' {} "$@"
)";

/// Files by layer: what changes seldom comes first, as a registry and a node have it already.
struct Contents {
  LayerFiles libraries{};
  LayerFiles application{};
  std::vector<std::string> entrypoint{};
  std::map<std::string, std::string> environment{};
};

/// What programs expect of any system, where there is no base to have it.
Result<void> add_system(Contents& out) {
  out.libraries.add_folder("/tmp", 01777);
  out.libraries.add_text("/etc/passwd", "root:x:0:0:root:/:/\ncloudflow:x:185:185:cloudflow:/tmp:/\n");
  out.libraries.add_text("/etc/group", "root:x:0:\ncloudflow:x:185:\n");
  out.libraries.add_text("/etc/nsswitch.conf", "hosts: files dns\n");
  std::error_code trouble;
  if (!fs::exists(certificates, trouble)) return {};
  out.environment["SSL_CERT_FILE"] = certificates;
  return out.libraries.add(certificates, certificates);
}

/// The program runs by its own loader with its own libraries, whatever the base has: no mixture of two C libraries.
Result<void> add_program(const fs::path& program, const ProgramParts& parts, Contents& out) {
  const std::string path = fmt::format("{}/bin/{}", home, program.filename().string());
  CF_CHECK(out.application.add(path, program));
  out.entrypoint = {path};
  if (parts.loader.empty()) return {};
  const std::string libraries = fmt::format("{}/lib", home);
  const std::string loader = fmt::format("{}/{}", libraries, parts.loader.filename().string());
  CF_CHECK(out.libraries.add(loader, parts.loader));
  for (const auto& [name, file] : parts.needs)
    CF_CHECK(out.libraries.add(name.starts_with('/') ? name : fmt::format("{}/{}", libraries, name), file));
  out.entrypoint = {loader, "--library-path", libraries, path};
  return {};
}

Result<void> add_class_path(const ImageRecipe& recipe, const BaseImage& base, Contents& out) {
  CF_TRY(ClassPathLayers layers,
         read_class_path({recipe.class_path, recipe.dependencies, recipe.project, recipe.jar_folder}));
  out.libraries = std::move(layers.dependencies);
  out.application = std::move(layers.own);
  const Json* own = find(base.config, {"config", "Entrypoint"});
  // A base for Akka, Flink or Spark knows how to start its runner.
  if (recipe.main_class.empty() && own != nullptr && own->is_array() && !own->empty()) return {};
  const std::string main = recipe.main_class.empty() ? "cloudflow.runner.Runner" : recipe.main_class;
  const std::string script = fmt::format("{}/run-java.sh", home);
  out.application.add_text(script, fmt::format(run_java, recipe.jar_folder, main));
  out.entrypoint = {"/bin/sh", script};
  return {};
}

Result<void> add_papers(const ImageRecipe& recipe, const BaseImage& base, Contents& out, const std::stop_token& stop) {
  if (!recipe.descriptors.empty())
    out.application.add_text(fmt::format("{}/descriptors.json", home), recipe.descriptors + "\n");
  std::vector<SbomFile> files;
  for (const LayerFiles* layer : {&out.libraries, &out.application}) {
    for (const auto& [path, file] : layer->all()) {
      if (file.kind == TarEntry::Kind::file) files.push_back({path, file.source, file.text});
    }
  }
  const std::string of = base.name.empty() ? base.digest : fmt::format("{}@{}", base.name, base.digest);
  CF_TRY(std::string document, make_sbom(recipe.name, std::move(files), of, stop));
  out.application.add_text(fmt::format("{}/sbom.cdx.json", home), std::move(document));
  return {};
}

/// As Cloudflow 2's images up to 2.0 have them: base64 of zlib of JSON.
std::string descriptors_label(const std::string& descriptors) {
  const Result<Json> list = parse_json(descriptors, "descriptors");
  return to_base64(zlib_compressed(dump({{"streamlet-descriptors", list ? *list : Json::array()}})));
}

ImageConfig config_of(const ImageRecipe& recipe, const Contents& contents, const std::string& architecture) {
  ImageConfig out{.architecture = architecture,
                  .labels = recipe.labels,
                  .environment = contents.environment,
                  .entrypoint = recipe.entrypoint.value_or(contents.entrypoint),
                  .arguments = recipe.arguments,
                  .user = recipe.user,
                  .usual_user = std::string(usual_user),
                  .work_folder = recipe.work_folder,
                  .time = recipe.time};
  for (const auto& [name, value] : recipe.environment) out.environment[name] = value;
  if (!recipe.descriptors.empty())
    out.labels["com.lightbend.cloudflow.streamlet-descriptors"] = descriptors_label(recipe.descriptors);
  return out;
}

Result<Contents> gather(const ImageRecipe& recipe, const BaseImage& base, const ProgramParts& parts,
                        const std::stop_token& stop) {
  Contents out;
  if (!recipe.class_path.empty()) CF_CHECK(add_class_path(recipe, base, out));
  if (recipe.base.empty()) CF_CHECK(add_system(out));
  if (!recipe.program.empty()) CF_CHECK(add_program(recipe.program, parts, out));
  for (const auto& [path, source] : recipe.files) CF_CHECK(out.application.add_tree(path, source));
  CF_CHECK(add_papers(recipe, base, out, stop));
  return out;
}

/// The layers of the layout's image, by their digests before compression.
Result<std::map<std::string, Blob>> held_layers(const Layout& layout) {
  CF_TRY(const HeldImage held, layout.held());
  CF_TRY(const std::string manifest_text, layout.read(held.manifest));
  CF_TRY(const Json manifest, parse_json(manifest_text, "manifest"));
  const Json* config_entry = find(manifest, {"config"});
  const std::optional<Blob> config_blob = config_entry == nullptr ? std::nullopt : blob_from(*config_entry);
  if (!config_blob) return failure(ErrorKind::invalid_input, "the manifest has no configuration");
  CF_TRY(const std::string config_text, layout.read(*config_blob));
  CF_TRY(const Json config, parse_json(config_text, "configuration"));
  std::map<std::string, Blob> out;
  const Json* layers = find(manifest, {"layers"});
  const Json* diff_ids = find(config, {"rootfs", "diff_ids"});
  if (layers == nullptr || diff_ids == nullptr || layers->size() != diff_ids->size()) return out;
  for (std::size_t n = 0; n < layers->size(); ++n) {
    const std::optional<Blob> blob = blob_from((*layers)[n]);
    if (blob && (*diff_ids)[n].is_string()) out[(*diff_ids)[n].get<std::string>()] = *blob;
  }
  return out;
}

}  // namespace

Result<BuiltImage> build_image(const ImageRecipe& recipe, const Layout& layout, const OpenRepository& open,
                               const std::stop_token& stop) {
  ProgramParts parts;
  if (!recipe.program.empty()) {
    CF_TRY(parts, parts_of_program(recipe.program, stop));
  }
  BuiltImage out{.architecture = recipe.architecture};
  if (out.architecture.empty())
    out.architecture = parts.architecture.empty() ? this_architecture() : parts.architecture;
  BaseImage base;
  if (!recipe.base.empty()) {
    CF_TRY(base, take_base(recipe.base, out.architecture, open, layout, stop));
  }
  CF_TRY(const Contents contents, gather(recipe, base, parts, stop));
  std::vector<Layer> layers;
  const LayerOptions options{.folders = recipe.base.empty() ? LayerFolders::with_parents : LayerFolders::only_own,
                             .time = recipe.time,
                             .known = held_layers(layout).value_or(std::map<std::string, Blob>{})};
  for (const LayerFiles* files : {&contents.libraries, &contents.application}) {
    if (files->empty()) continue;
    CF_TRY(Layer layer, write_layer(*files, options, layout, stop));
    layers.push_back(std::move(layer));
  }
  CF_TRY(const ImageDocuments documents,
         write_image(config_of(recipe, contents, out.architecture), base, layers, layout));
  out.manifest = documents.manifest;
  out.base_layers = base.layers.size();
  out.layers = base.layers;
  for (const Layer& layer : layers) out.layers.push_back(layer.blob);
  std::set<std::string> kept{documents.manifest.digest, documents.config.digest};
  for (const Blob& layer : out.layers) kept.insert(layer.digest);
  CF_CHECK(layout.hold({documents.manifest, recipe.name}, kept));
  return out;
}

}  // namespace cloudflow
