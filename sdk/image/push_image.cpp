// Sends an image of a layout to a registry.
#include "sdk/image/push_image.h"

#include <fmt/format.h>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The repository of the base, where that is in the same registry; else "".
std::string base_repository(const Json& manifest, const ImageReference& to) {
  const std::string base = string_at(manifest, {"annotations", "org.opencontainers.image.base.name"});
  const Result<ImageReference> reference = parse_image_reference(base);
  return reference && reference->registry == to.registry && reference->repository != to.repository
             ? reference->repository
             : "";
}

/// Brings one blob there, if it is not.
class BlobPush {
 public:
  BlobPush(const Layout& layout, Repository& repository, std::string from, const std::stop_token& stop)
      : layout_(layout), repository_(repository), from_(std::move(from)), stop_(stop) {}

  Result<void> send(const Blob& blob, const std::function<void(std::string_view)>& say, PushedImage& out) {
    CF_TRY(const bool there, repository_.has(blob, stop_));
    if (there) {
      ++out.there;
      return {};
    }
    if (!from_.empty()) {
      CF_TRY(const bool mounted, repository_.mount(blob, from_, stop_));
      if (mounted) {
        ++out.mounted;
        return {};
      }
      from_.clear();  // what follows is not the base's either
    }
    say(fmt::format("sending {} of {} bytes", blob.digest.substr(0, 19), blob.size));
    CF_CHECK(repository_.upload(blob, layout_.path_of(blob), stop_));
    ++out.sent;
    out.bytes += blob.size;
    return {};
  }

 private:
  const Layout& layout_;
  Repository& repository_;
  std::string from_;
  const std::stop_token& stop_;
};

}  // namespace

Result<PushedImage> push_image(const Layout& layout, const HeldImage& image, const ImageReference& to,
                               Repository& repository, const std::function<void(std::string_view)>& say,
                               const std::stop_token& stop) {
  CF_TRY(const std::string bytes, layout.read(image.manifest));
  CF_TRY(const Json manifest, parse_json(bytes, "manifest"));
  PushedImage out{.digest = image.manifest.digest};
  BlobPush push(layout, repository, base_repository(manifest, to), stop);
  const Json* layers = find(manifest, {"layers"});
  const Json* config = find(manifest, {"config"});
  const std::optional<Blob> config_blob = config == nullptr ? std::nullopt : blob_from(*config);
  if (layers == nullptr || !layers->is_array() || !config_blob)
    return failure(ErrorKind::invalid_input,
                   fmt::format("{} holds no container image", quote(layout.folder().string())));
  for (const Json& entry : *layers) {
    const std::optional<Blob> layer = blob_from(entry);
    if (!layer) return failure(ErrorKind::invalid_input, "a layer of the image has no SHA-256 digest");
    CF_CHECK(push.send(*layer, say, out));
  }
  PushedImage ignored;  // counts are of layers
  CF_CHECK(push.send(*config_blob, [](std::string_view) {}, ignored));
  CF_CHECK(repository.put_manifest(to.tag.empty() ? image.manifest.digest : to.tag, image.manifest, bytes, stop));
  return out;
}

}  // namespace cloudflow
