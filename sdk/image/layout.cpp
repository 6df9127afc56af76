// An image as a folder: the OCI image layout.
#include "sdk/image/layout.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "sdk/image/reference.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_annotation = "org.opencontainers.image.ref.name";
constexpr std::string_view full_name_annotation = "io.containerd.image.name";
constexpr std::string_view unfinished = ".unfinished-";
/// Whoever writes a blob adds to it all the time: one that nobody has touched for so long is of a run that was killed.
constexpr std::chrono::hours longest_write{1};

std::unexpected<Error> write_failure(const fs::path& file, int why) {
  const bool full = why == ENOSPC || why == EDQUOT;
  return failure(ErrorKind::unavailable,
                 fmt::format("cannot write {}: {}", quote(file.string()), std::strerror(why)),  // NOLINT: one thread
                 full ? "make room on this disk, or name another folder with --output" : "");
}

/// The errno of what failed; 0 when all was written.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return put < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return 0;
}

/// A new file beside others, open for writing; a negative descriptor with errno where there is none.
int open_new(std::string& pattern, mode_t mode) {
  const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (descriptor >= 0) ::fchmod(descriptor, mode);
  return descriptor;
}

/// What a new file of this user may be: mkstemp makes it private.
mode_t usual_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666U & ~mask;
}

Result<Json> read_json(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return failure(ErrorKind::not_found, fmt::format("{} cannot be read", quote(file.string())));
  return parse_json(std::string{std::istreambuf_iterator<char>(in), {}}, quote(file.string()));
}

}  // namespace

Result<void> write_whole_file(const fs::path& file, std::string_view text) {
  std::string fresh = (file.parent_path() / (file.filename().string() + ".XXXXXX")).string();
  struct stat before{};
  const mode_t mode = ::stat(file.c_str(), &before) == 0 ? before.st_mode & 07777U : usual_mode();
  const int descriptor = open_new(fresh, mode);
  if (descriptor < 0) return write_failure(file, errno);
  int trouble = write_all(descriptor, text);
  if (trouble == 0 && ::fsync(descriptor) != 0) trouble = errno;
  ::close(descriptor);
  if (trouble == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) trouble = errno;
  if (trouble == 0) return {};
  ::unlink(fresh.c_str());
  return write_failure(file, trouble);
}

BlobWriter::BlobWriter(fs::path folder, fs::path file, int descriptor)
    : folder_(std::move(folder)), file_(std::move(file)), descriptor_(descriptor) {}

BlobWriter::BlobWriter(BlobWriter&& other) noexcept
    : folder_(std::move(other.folder_)),
      file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      trouble_(other.trouble_),
      size_(other.size_),
      digest_(std::move(other.digest_)) {}

BlobWriter::~BlobWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(file_.c_str());
}

void BlobWriter::add(std::string_view bytes) {
  if (trouble_ != 0) return;
  trouble_ = write_all(descriptor_, bytes);
  digest_.add(bytes);
  size_ += static_cast<long long>(bytes.size());
}

Result<void> BlobWriter::restart() {
  if (trouble_ == 0 && (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0)) trouble_ = errno;
  if (trouble_ != 0) return write_failure(folder_, trouble_);
  size_ = 0;
  digest_ = Sha256();
  return {};
}

Result<Blob> BlobWriter::commit(std::string_view media_type, const std::string& expected) {
  if (trouble_ != 0) return write_failure(folder_, trouble_);
  const std::string hex = digest_.hex();
  if (const std::string digest = "sha256:" + hex; !expected.empty() && digest != expected)
    return failure(ErrorKind::invalid_input, fmt::format("the bytes have the digest {}, wanted {}", digest, expected));
  if (::rename(file_.c_str(), (folder_ / hex).c_str()) != 0) return write_failure(folder_ / hex, errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) return write_failure(folder_ / hex, errno);
  return Blob{std::string(media_type), "sha256:" + hex, size_};
}

Result<Layout> Layout::create(const fs::path& folder) {
  std::error_code trouble;
  Layout out(folder);
  fs::create_directories(out.blobs(), trouble);
  if (trouble) return write_failure(out.blobs(), trouble.value());
  CF_CHECK(write_whole_file(folder / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  return out;
}

Result<Layout> Layout::open(const fs::path& folder) {
  std::error_code trouble;
  if (!fs::exists(folder / "index.json", trouble) || !fs::exists(folder / "oci-layout", trouble))
    return failure(ErrorKind::not_found, fmt::format("{} is no OCI image layout", quote(folder.string())),
                   "it has the files oci-layout and index.json, and the folder blobs");
  return Layout(folder);
}

fs::path Layout::blobs() const { return folder_ / "blobs" / "sha256"; }

fs::path Layout::path_of(const Blob& blob) const { return blobs() / blob.digest.substr(blob.digest.find(':') + 1); }

bool Layout::has(const Blob& blob) const {
  std::error_code trouble;
  const auto size = fs::file_size(path_of(blob), trouble);
  return !trouble && static_cast<long long>(size) == blob.size;
}

Result<BlobWriter> Layout::begin() const {
  std::string file = (blobs() / (std::string(unfinished) + "XXXXXX")).string();
  const int descriptor = open_new(file, usual_mode());
  if (descriptor < 0) return write_failure(blobs(), errno);
  return BlobWriter(blobs(), file, descriptor);
}

Result<Blob> Layout::put(std::string_view bytes, std::string_view media_type) const {
  CF_TRY(BlobWriter writer, begin());
  writer.add(bytes);
  return writer.commit(media_type);
}

Result<std::string> Layout::read(const Blob& blob) const {
  std::ifstream file(path_of(blob), std::ios::binary);
  if (!file)
    return failure(ErrorKind::not_found, fmt::format("{} is not in {}", blob.digest, quote(folder_.string())),
                   "the layout is not whole: build it again");
  std::string out{std::istreambuf_iterator<char>(file), {}};
  if ("sha256:" + sha256_hex(out) != blob.digest)
    return failure(ErrorKind::invalid_input,
                   fmt::format("{} has other bytes than its digest says", quote(path_of(blob).string())),
                   "the layout is damaged: remove it and build it again");
  return out;
}

Result<void> Layout::copy_from(const Layout& other, const Blob& blob) const {
  std::ifstream file(other.path_of(blob), std::ios::binary);
  if (!file)
    return failure(ErrorKind::not_found, fmt::format("{} is not in {}", blob.digest, quote(other.folder_.string())),
                   "the layout is not whole");
  CF_TRY(BlobWriter writer, begin());
  std::string block(1U << 20U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0)
    writer.add({block.data(), static_cast<std::size_t>(file.gcount())});
  const Result<Blob> done = writer.commit(blob.media_type, blob.digest);
  if (!done)
    return failure_in(fmt::format("cannot take {} from {}", blob.digest, quote(other.folder_.string())), done.error());
  return {};
}

Result<void> Layout::hold(const HeldImage& image, const std::set<std::string>& kept) const {
  Json entry = to_json(image.manifest);
  if (!image.name.empty()) {
    entry["annotations"] = {{full_name_annotation, image.name}};
    if (const std::string tag(split_tag(image.name).tag); !tag.empty()) entry["annotations"][name_annotation] = tag;
  }
  const Json index = {{"schemaVersion", 2}, {"mediaType", media::index}, {"manifests", Json::array({entry})}};
  CF_CHECK(write_whole_file(folder_ / "index.json", dump(index)));
  std::error_code ignored;
  for (const fs::directory_entry& file : fs::directory_iterator(blobs(), ignored)) {
    const std::string name = file.path().filename().string();
    const bool is_written = name.starts_with(unfinished) &&
                            fs::file_time_type::clock::now() - file.last_write_time(ignored) < longest_write;
    if (!is_written && !kept.contains("sha256:" + name)) fs::remove(file.path(), ignored);
  }
  return {};
}

Result<HeldImage> Layout::held(const std::string& tag) const {
  CF_TRY(const Json index, read_json(folder_ / "index.json"));
  const Json* manifests = find(index, {"manifests"});
  std::optional<HeldImage> found;
  for (const Json& entry : manifests != nullptr && manifests->is_array() ? *manifests : Json::array()) {
    if (!tag.empty() && string_at(entry, {"annotations", name_annotation}) != tag) continue;
    const std::optional<Blob> blob = blob_from(entry);
    if (!blob) continue;
    if (found)
      return failure(ErrorKind::invalid_input, fmt::format("{} holds several images", quote(folder_.string())),
                     "name one: oci:FOLDER:TAG");
    found = HeldImage{*blob, string_at(entry, {"annotations", full_name_annotation})};
  }
  if (found) return *found;
  return failure(ErrorKind::not_found,
                 tag.empty() ? fmt::format("{} holds no image", quote(folder_.string()))
                             : fmt::format("{} holds no image with the tag {}", quote(folder_.string()), quote(tag)));
}

}  // namespace cloudflow
