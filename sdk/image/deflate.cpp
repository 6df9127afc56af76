// Compression without anything of the time or the machine in it, by zlib.
#include "sdk/image/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace cloudflow {
namespace {

constexpr int gzip_form = 15 + 16;
constexpr int level = 6;
constexpr int memory = 8;

}  // namespace

struct GzipWriter::State {
  explicit State(std::function<void(std::string_view)> to) : sink(std::move(to)) {
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_form, memory, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    header.os = 255;  // unknown: no word of the machine
    deflateSetHeader(&stream, &header);
  }
  ~State() { deflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void run(std::string_view bytes, int flush) {
    while (!bytes.empty() || flush == Z_FINISH) {
      const std::string_view piece = bytes.substr(0, std::min<std::size_t>(bytes.size(), 1U << 30U));
      bytes.remove_prefix(piece.size());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));  // zlib only reads it
      stream.avail_in = static_cast<uInt>(piece.size());
      do {
        stream.next_out = reinterpret_cast<Bytef*>(block.data());
        stream.avail_out = static_cast<uInt>(block.size());
        deflate(&stream, bytes.empty() ? flush : Z_NO_FLUSH);
        sink({block.data(), block.size() - stream.avail_out});
      } while (stream.avail_out == 0);
      if (bytes.empty()) return;
    }
  }

  std::function<void(std::string_view)> sink;
  z_stream stream{};
  gz_header header{};
  std::array<char, 1U << 16U> block{};
};

GzipWriter::GzipWriter(std::function<void(std::string_view)> sink) : state_(std::make_unique<State>(std::move(sink))) {}
GzipWriter::~GzipWriter() = default;

void GzipWriter::add(std::string_view bytes) { state_->run(bytes, Z_NO_FLUSH); }
void GzipWriter::finish() { state_->run({}, Z_FINISH); }

std::string zlib_compressed(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
            static_cast<uLong>(bytes.size()), level);
  out.resize(size);
  return out;
}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
}

}  // namespace cloudflow
