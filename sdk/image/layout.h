// An image as a folder: the OCI image layout, which other programs read as well.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "sdk/image/blob.h"
#include "sdk/support/digest.h"

namespace cloudflow {

/// A blob that is being written into a layout. It is there once commit() has succeeded; else nothing is left of it.
class BlobWriter {
 public:
  BlobWriter(BlobWriter&& other) noexcept;
  BlobWriter& operator=(BlobWriter&&) = delete;
  ~BlobWriter();

  /// What goes wrong (a full disk) is said by commit().
  void add(std::string_view bytes);
  long long size() const { return size_; }
  /// Forgets what was added.
  Result<void> restart();
  /// invalid_input where `expected` is given and the bytes have another digest.
  Result<Blob> commit(std::string_view media_type, const std::string& expected = {});

 private:
  friend class Layout;
  BlobWriter(std::filesystem::path folder, std::filesystem::path file, int descriptor);

  std::filesystem::path folder_;
  std::filesystem::path file_;
  int descriptor_ = -1;
  int trouble_ = 0;  ///< errno of the first write that failed
  long long size_ = 0;
  Sha256 digest_{};
};

/// The image that a layout holds.
struct HeldImage {
  Blob manifest{};
  std::string name{};  ///< what it is to be called in a registry: "registry.example.com/shop/app:1.0.0"; may be empty
};

/// A folder with `oci-layout`, `index.json` and `blobs/`.
class Layout {
 public:
  /// Makes what is missing of it.
  static Result<Layout> create(const std::filesystem::path& folder);
  /// not_found where there is none.
  static Result<Layout> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path_of(const Blob& blob) const;
  /// Whether it is there in full size.
  bool has(const Blob& blob) const;
  Result<BlobWriter> begin() const;
  Result<Blob> put(std::string_view bytes, std::string_view media_type) const;
  /// A blob that fits into memory, checked against its digest.
  Result<std::string> read(const Blob& blob) const;
  /// Copies it here, checked against its digest.
  Result<void> copy_from(const Layout& other, const Blob& blob) const;

  /// Makes this the one image of the layout, and removes blobs that are not among `kept`.
  Result<void> hold(const HeldImage& image, const std::set<std::string>& kept) const;
  /// The only image, or the one with this tag.
  Result<HeldImage> held(const std::string& tag = {}) const;

 private:
  explicit Layout(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path blobs() const;

  std::filesystem::path folder_;
};

/// Puts a text in place of a file's content, or makes that file: either all of it or nothing.
Result<void> write_whole_file(const std::filesystem::path& file, std::string_view text);

}  // namespace cloudflow
