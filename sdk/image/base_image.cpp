// The image that another one stands on.
#include "sdk/image/base_image.h"

#include <fmt/format.h>

#include <filesystem>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view folder_prefix = "oci:";

/// Where manifests and blobs come from: a registry, or a folder.
struct BaseSource {
  std::function<Result<std::string>(const Blob&)> manifest{};
  std::function<Result<void>(const Blob&)> fetch{};
};

bool is_index(const Json& manifest, std::string_view media_type) {
  return media_type == media::index || media_type == media::docker_index || find(manifest, {"manifests"}) != nullptr;
}

/// The manifest for one platform.
Result<Blob> choose(const Json& index, const std::string& architecture, const std::string& text) {
  const Json* manifests = find(index, {"manifests"});
  std::vector<std::string> there;
  for (const Json& entry : manifests != nullptr && manifests->is_array() ? *manifests : Json::array()) {
    const std::optional<Blob> blob = blob_from(entry);
    const std::string os = string_at(entry, {"platform", "os"});
    const std::string of = string_at(entry, {"platform", "architecture"});
    if (!blob || os == "unknown") continue;  // attestations
    if (os == "linux" && of == architecture) return *blob;
    there.push_back(os + "/" + of);
  }
  return failure(ErrorKind::unsupported,
                 fmt::format("the base {} has no image for linux/{}", quote(text), architecture),
                 there.empty() ? "" : "it has: " + join(there, ", "));
}

/// The same bytes under the name that an OCI manifest uses: docker's compressed layers are the same tar files.
Blob as_oci_layer(Blob layer) {
  if (layer.media_type == "application/vnd.docker.image.rootfs.diff.tar.gzip") layer.media_type = media::layer;
  return layer;
}

Result<BaseImage> take(const Blob& found, const std::string& text, const std::string& architecture,
                       const BaseSource& source, const Layout& into) {
  CF_TRY(std::string bytes, source.manifest(found));
  CF_TRY(Json manifest, parse_json(bytes, fmt::format("manifest of {}", text)));
  Blob chosen = found;
  if (is_index(manifest, found.media_type)) {
    CF_TRY(chosen, choose(manifest, architecture, text));
    CF_TRY(bytes, source.manifest(chosen));
    CF_TRY(manifest, parse_json(bytes, fmt::format("manifest of {}", text)));
  }
  const Json* config_blob = find(manifest, {"config"});
  const Json* layers = find(manifest, {"layers"});
  const std::optional<Blob> config = config_blob == nullptr ? std::nullopt : blob_from(*config_blob);
  if (!config || layers == nullptr || !layers->is_array())
    return failure(ErrorKind::unsupported, fmt::format("the base {} is no container image", quote(text)),
                   "its manifest has no config and layers; schema 1 of docker is not read");
  BaseImage out{.digest = chosen.digest};
  for (const Json& entry : *layers) {
    const std::optional<Blob> layer = blob_from(entry);
    if (!layer)
      return failure(ErrorKind::unsupported,
                     fmt::format("the base {} has a layer without a SHA-256 digest", quote(text)));
    out.layers.push_back(as_oci_layer(*layer));
    if (!into.has(*layer)) CF_CHECK(source.fetch(*layer));
  }
  if (!into.has(*config)) CF_CHECK(source.fetch(*config));
  CF_TRY(const std::string config_text, into.read(*config));
  CF_TRY(out.config, parse_json(config_text, fmt::format("configuration of {}", text)));
  const std::string made_for = string_at(out.config, {"architecture"});
  if (!made_for.empty() && made_for != architecture)
    return failure(ErrorKind::unsupported,
                   fmt::format("the base {} is for linux/{}, wanted linux/{}", quote(text), made_for, architecture));
  return out;
}

Result<BaseImage> take_from_folder(std::string place, const std::string& text, const std::string& architecture,
                                   const Layout& into) {
  std::string tag;
  std::error_code trouble;
  if (const std::size_t colon = place.rfind(':');
      colon != std::string::npos && !std::filesystem::exists(place, trouble)) {
    tag = place.substr(colon + 1);
    place.resize(colon);
  }
  const Result<Layout> layout = Layout::open(place);
  if (!layout) return failure_in(fmt::format("cannot take the base {}", quote(text)), layout.error());
  CF_TRY(const HeldImage held, layout->held(tag));
  return take(held.manifest, text, architecture,
              {.manifest = [&](const Blob& blob) { return layout->read(blob); },
               .fetch = [&](const Blob& blob) { return into.copy_from(*layout, blob); }},
              into);
}

}  // namespace

Result<BaseImage> take_base(const std::string& text, const std::string& architecture, const OpenRepository& open,
                            const Layout& into, const std::stop_token& stop) {
  if (text.starts_with(folder_prefix))
    return take_from_folder(text.substr(folder_prefix.size()), text, architecture, into);
  CF_TRY(const ImageReference reference, parse_image_reference(text));
  Repository repository = open(reference);
  CF_TRY(const FetchedManifest first, repository.manifest(reference.version(), stop));
  const auto manifest = [&](const Blob& blob) -> Result<std::string> {
    if (blob == first.blob) return first.bytes;
    CF_TRY(FetchedManifest fetched, repository.manifest(blob.digest, stop));
    return std::move(fetched.bytes);
  };
  const auto fetch = [&](const Blob& blob) { return repository.fetch(blob, into, stop); };
  Result<BaseImage> out = take(first.blob, text, architecture, {.manifest = manifest, .fetch = fetch}, into);
  if (out) out->name = reference.text();
  return out;
}

}  // namespace cloudflow
