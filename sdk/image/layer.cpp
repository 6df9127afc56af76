// Files of an image, and the layer that they become.
#include "sdk/image/layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <set>
#include <system_error>
#include <vector>

#include "sdk/image/deflate.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

constexpr unsigned executable = 0755;
constexpr unsigned plain = 0644;

std::unexpected<Error> read_failure(const fs::path& file, const std::string& why) {
  return failure(ErrorKind::not_found, fmt::format("cannot read {}: {}", quote(file.string()), why));
}

/// The mode of a file does not depend on who made it: only whether it can be run counts.
unsigned mode_of(const fs::path& file) {
  std::error_code trouble;
  const fs::perms all = fs::status(file, trouble).permissions();
  return (all & fs::perms::owner_exec) != fs::perms::none ? executable : plain;
}

using TarSink = std::function<void(std::string_view)>;

Result<void> write_source(const fs::path& source, TarEntry entry, const TarSink& out, const std::stop_token& stop) {
  std::error_code trouble;
  std::ifstream in(source, std::ios::binary);
  entry.size = static_cast<long long>(fs::file_size(source, trouble));
  if (!in || trouble) return read_failure(source, trouble ? trouble.message() : std::strerror(errno));  // NOLINT
  out(tar_header(entry));
  std::string block(1U << 18U, '\0');
  long long left = entry.size;
  while (left > 0 && (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)) {
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
    const long long got = std::min<long long>(in.gcount(), left);
    out({block.data(), static_cast<std::size_t>(got)});
    left -= got;
  }
  if (left > 0 || in.peek() != std::ifstream::traits_type::eof())
    return failure(ErrorKind::conflict, fmt::format("{} changed while it was read", quote(source.string())),
                   "build again when nothing writes to it");
  out(tar_padding(entry.size));
  return {};
}

/// The folders above a path that nobody has added, outermost first.
std::vector<std::string> parents_of(const std::string& path) {
  std::vector<std::string> out;
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    out.push_back(path.substr(0, slash));
  return out;
}

std::map<std::string, LayerFile> with_parents(std::map<std::string, LayerFile> files) {
  std::set<std::string> folders;
  for (const auto& [path, file] : files) {
    for (std::string& parent : parents_of(path)) folders.insert(std::move(parent));
  }
  for (const std::string& folder : folders)
    files.try_emplace(folder, LayerFile{.kind = TarEntry::Kind::folder, .mode = executable});
  return files;
}

/// The whole tar file, and its digest.
Result<std::string> write_tar(const std::map<std::string, LayerFile>& files, long long time, const TarSink& sink,
                              const std::stop_token& stop) {
  Sha256 digest;
  const TarSink out = [&](std::string_view bytes) {
    digest.add(bytes);
    sink(bytes);
  };
  for (const auto& [path, file] : files) {
    TarEntry entry{.kind = file.kind, .path = path.substr(1), .mode = file.mode, .target = file.target, .time = time};
    if (!file.source.empty()) {
      CF_CHECK(write_source(file.source, std::move(entry), out, stop));
      continue;
    }
    entry.size = static_cast<long long>(file.text.size());
    out(tar_header(entry) + file.text + tar_padding(entry.size));
  }
  out(tar_end());
  return "sha256:" + digest.hex();
}

}  // namespace

Result<void> LayerFiles::add(const std::string& path, const fs::path& source) {
  std::error_code trouble;
  const fs::file_status status = fs::status(source, trouble);
  if (!fs::exists(status)) return read_failure(source, "no such file");
  if (!fs::is_regular_file(status)) return read_failure(source, "it is no file");
  files_[path] = LayerFile{.mode = mode_of(source), .source = source};
  return {};
}

Result<void> LayerFiles::add_tree(const std::string& path, const fs::path& source) {
  std::error_code trouble;
  if (!fs::is_directory(source, trouble)) return add(path, source);
  add_folder(path, executable);
  for (fs::recursive_directory_iterator at(source, trouble), end; !trouble && at != end; at.increment(trouble)) {
    const std::string inside = path + "/" + at->path().lexically_relative(source).generic_string();
    if (at->is_symlink()) {
      const fs::path target = fs::read_symlink(at->path(), trouble);
      files_[inside] = {.kind = TarEntry::Kind::link, .mode = 0777, .target = target.string()};
    } else if (at->is_directory()) {
      add_folder(inside, executable);
    } else {
      CF_CHECK(add(inside, at->path()));
    }
  }
  if (trouble) return read_failure(source, trouble.message());
  return {};
}

void LayerFiles::add_text(const std::string& path, std::string text, unsigned mode) {
  files_[path] = LayerFile{.mode = mode, .text = std::move(text)};
}

void LayerFiles::add_folder(const std::string& path, unsigned mode) {
  files_[path] = LayerFile{.kind = TarEntry::Kind::folder, .mode = mode};
}

Result<Layer> write_layer(const LayerFiles& files, const LayerOptions& options, const Layout& layout,
                          const std::stop_token& stop) {
  const bool parents = options.folders == LayerFolders::with_parents;
  const std::map<std::string, LayerFile> all = parents ? with_parents(files.all()) : files.all();
  // Reading once more costs little beside compressing.
  if (!options.known.empty()) {
    CF_TRY(std::string diff_id, write_tar(all, options.time, [](std::string_view) {}, stop));
    const auto known = options.known.find(diff_id);
    if (known != options.known.end() && layout.has(known->second)) return Layer{known->second, std::move(diff_id)};
  }
  CF_TRY(BlobWriter blob, layout.begin());
  GzipWriter gzip([&blob](std::string_view bytes) { blob.add(bytes); });
  CF_TRY(std::string diff_id, write_tar(all, options.time, [&gzip](std::string_view bytes) { gzip.add(bytes); }, stop));
  gzip.finish();
  CF_TRY(Blob written, blob.commit(media::layer));
  return Layer{std::move(written), std::move(diff_id)};
}

}  // namespace cloudflow
