// Compression without anything of the time or the machine in it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cloudflow {

/// gzip of bytes that come piece by piece, on all processors. The same bytes give the same bytes, whatever the machine:
/// no name, no time.
class GzipWriter {
 public:
  explicit GzipWriter(std::function<void(std::string_view)> sink);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void add(std::string_view bytes);
  /// What is left; to be called once, at the end.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// In zlib's form, as labels of Cloudflow 2 have it.
std::string zlib_compressed(std::string_view bytes);

/// The checksum of zip files.
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace cloudflow
