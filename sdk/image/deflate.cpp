// Compression without anything of the time or the machine in it, by zlib.
#include "sdk/image/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "sdk/support/parallel.h"

namespace cloudflow {
namespace {

constexpr int raw_form = -15;  // no head, no checksum
constexpr int level = 6;
constexpr int memory = 8;
/// Input that is compressed by itself. The same for every machine, as it shows in the bytes.
constexpr std::size_t piece_size = 1U << 20U;
/// How far deflate looks back.
constexpr std::size_t window = 1U << 15U;

/// A part of the input, and what becomes of it.
struct Piece {
  std::string before{};  ///< the end of the piece before
  std::string bytes{};
  bool last = false;
  std::string compressed{};
  uLong checksum = 0;
};

/// Each piece goes on where the one before ended, so that they are one stream one after the other.
void compress(Piece& piece) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, raw_form, memory, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  const auto bytes_of = [](std::string& text) { return reinterpret_cast<Bytef*>(text.data()); };
  if (!piece.before.empty())
    deflateSetDictionary(&stream, bytes_of(piece.before), static_cast<uInt>(piece.before.size()));
  constexpr std::size_t end_of_piece = 64;
  piece.compressed.resize(deflateBound(&stream, static_cast<uLong>(piece.bytes.size())) + end_of_piece);
  stream.next_in = bytes_of(piece.bytes);
  stream.avail_in = static_cast<uInt>(piece.bytes.size());
  stream.next_out = bytes_of(piece.compressed);
  stream.avail_out = static_cast<uInt>(piece.compressed.size());
  deflate(&stream, piece.last ? Z_FINISH : Z_SYNC_FLUSH);
  piece.compressed.resize(stream.total_out);
  deflateEnd(&stream);
  piece.checksum = crc32_z(0, bytes_of(piece.bytes), static_cast<z_size_t>(piece.bytes.size()));
}

void put(std::string& out, std::uint32_t value) {
  for (unsigned n = 0; n < 4; ++n) out += static_cast<char>((value >> (8 * n)) & 0xFFU);
}

}  // namespace

struct GzipWriter::State {
  explicit State(std::function<void(std::string_view)> to) : sink(std::move(to)) {}

  std::function<void(std::string_view)> sink;
  std::size_t at_once = 2 * static_cast<std::size_t>(std::max(worker_count(), 1));
  std::vector<Piece> pieces{};  ///< whole ones that wait, and the one that is being filled
  std::string before{};
  uLong checksum = 0;
  std::uint64_t size = 0;
  bool begun = false;

  void compress_all();
};

void GzipWriter::State::compress_all() {
  if (!std::exchange(begun, true)) {
    // No name, no time, a system that is unknown.
    sink(std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
  }
  parallel_for(pieces.size(), worker_count(), [this](std::size_t n) { compress(pieces[n]); });
  for (const Piece& piece : pieces) {
    sink(piece.compressed);
    checksum = crc32_combine(checksum, piece.checksum, static_cast<z_off_t>(piece.bytes.size()));
    size += piece.bytes.size();
  }
  pieces.clear();
}

GzipWriter::GzipWriter(std::function<void(std::string_view)> sink) : state_(std::make_unique<State>(std::move(sink))) {}
GzipWriter::~GzipWriter() = default;

void GzipWriter::add(std::string_view bytes) {
  std::vector<Piece>& pieces = state_->pieces;
  while (!bytes.empty()) {
    if (pieces.empty() || pieces.back().bytes.size() == piece_size) {
      if (!pieces.empty()) state_->before = pieces.back().bytes.substr(piece_size - window);
      if (pieces.size() == state_->at_once) state_->compress_all();
      pieces.push_back({.before = state_->before});
      pieces.back().bytes.reserve(piece_size);
    }
    const std::string_view part = bytes.substr(0, piece_size - pieces.back().bytes.size());
    pieces.back().bytes += part;
    bytes.remove_prefix(part.size());
  }
}

void GzipWriter::finish() {
  if (state_->pieces.empty()) state_->pieces.push_back({});
  state_->pieces.back().last = true;
  state_->compress_all();
  std::string end;
  put(end, static_cast<std::uint32_t>(state_->checksum));
  put(end, static_cast<std::uint32_t>(state_->size));  // modulo 2^32, as gzip has it
  state_->sink(end);
}

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
