// Values under keys and windows of time, which survive the program:
//
//   WindowStore<std::string, Sum> sums{*this, "sums", TimeWindows::tumbling(1min, 10s)};
//   on(in, [this](const Reading& r) { sums.update(r.device, r.at, [&](Sum& sum) { sum.add(r.celsius); }); });
//   sums.on_close([this](const std::string& device, const Window& window, const Sum& sum) { … });
//
// Time is what records say, and goes on with them: the latest that was seen in a partition. A window closes when that
// has passed its end and the grace; what comes for it later is late. Where no more records come, nothing closes.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <vector>

#include "cloudflow/streamlet/codec.h"
#include "cloudflow/streamlet/store.h"
#include "cloudflow/streamlet/store_key.h"
#include "cloudflow/streamlet/stream_clock.h"
#include "cloudflow/streamlet/window.h"

namespace cloudflow::streamlet {

/// To be used by handlers, in their thread, as KeyValueStore.
template <class K, class V, template <class> class Codec = DefaultCodec>
class WindowStore final : public AnyStore {
 public:
  using Key = K;
  using Value = V;
  using Closed = std::function<void(const K& key, const Window& window, const V& value)>;

  WindowStore(Streamlet& owner, std::string name, TimeWindows windows)
      : AnyStore(owner, std::move(name), open_rocksdb), windows_(windows) {}
  /// Streamlet::started() gives it its windows, where they depend on parameters.
  WindowStore(Streamlet& owner, std::string name) : AnyStore(owner, std::move(name), open_rocksdb) {}

  /// Before the first record. Windows that an earlier run left open are taken for windows of this kind.
  void set_windows(TimeWindows windows) { windows_ = windows; }

  /// Called once for each key of a window that closes, in the order of windows and then of keys, by the handler whose
  /// update made it close; what it sends belongs to that handler's record. The value is forgotten afterwards.
  void on_close(Closed closed) { closed_ = std::move(closed); }

  /// Calls `change(V&)` for each window of the moment that is not closed, with V{} where there was nothing, and then
  /// closes windows. Returns how many windows it was; 0 means that the record was late, which is counted.
  template <class Change>
  int update(const K& key, std::int64_t time, Change change) {
    int count = 0;
    Clock& clock = advance_to(time);
    windows().each(time, [&](std::int64_t start) {
      if (windows().closes(start) <= clock.now) return;
      const std::string bytes = bytes_of(start, key);
      const std::optional<std::string> known = partition().get(bytes);
      V value = known ? codec_.decode(*known) : V{};
      change(value);
      partition().put(bytes, codec_.encode(value));
      clock.earliest = std::min(clock.earliest, start);
      ++count;
    });
    if (count == 0) count_late();
    close(clock);
    return count;
  }
  /// Time goes on without a value, as where records tell of time alone.
  void advance(std::int64_t time) { close(advance_to(time)); }

  /// The latest time that was seen in the partition; none before the first update.
  std::optional<std::int64_t> now() const { return clock().seen(); }
  /// Of the window that begins at `start`, as long as it is not closed.
  std::optional<V> get(const K& key, std::int64_t start) const {
    const std::optional<std::string> bytes = partition().get(bytes_of(start, key));
    return bytes ? std::optional<V>(codec_.decode(*bytes)) : std::nullopt;
  }
  /// Calls `visit(key, window, value)` for all that are not closed, in the order of windows and then of keys.
  template <class Visit>
  void all(Visit visit) const {
    partition().scan(StoreKey<std::int64_t>::encode(Clock::beginning), std::nullopt,
                     [&](std::string_view bytes, std::string_view value) {
                       visit(key_of(bytes), windows().at(start_of(bytes)), codec_.decode(value));
                       return true;
                     });
  }

 private:
  // On disk there is a window's start before the key, so that what closes first comes first.
  using Clock = StreamClock;

  static std::string bytes_of(std::int64_t start, const K& key) {
    return StoreKey<std::int64_t>::encode(start) + StoreKey<K>::encode(key);
  }
  static std::int64_t start_of(std::string_view bytes) { return number_at(bytes, 0); }
  static K key_of(std::string_view bytes) { return StoreKey<K>::decode(bytes.substr(sizeof(std::int64_t))); }

  Clock& clock() const {
    return stream_clock(partition(), StoreKey<std::int64_t>::encode(Clock::beginning), std::nullopt, 0);
  }
  Clock& advance_to(std::int64_t time) {
    Clock& known = clock();
    streamlet::advance(partition(), known, time);
    return known;
  }

  void close(Clock& clock) {
    if (clock.earliest == Clock::never || windows().closes(clock.earliest) > clock.now) return;
    std::int64_t next = Clock::never;
    partition().scan(StoreKey<std::int64_t>::encode(clock.earliest), std::nullopt,
                     [&](std::string_view bytes, std::string_view value) {
                       const std::int64_t start = start_of(bytes);
                       if (windows().closes(start) > clock.now) {
                         next = start;
                         return false;
                       }
                       const std::string whole(bytes);  // it may go with the entry
                       if (closed_) closed_(key_of(whole), windows().at(start), codec_.decode(value));
                       partition().put(whole, std::nullopt);
                       return true;
                     });
    clock.earliest = next;
  }

  /// std::logic_error where it has none.
  const TimeWindows& windows() const {
    if (!windows_) throw std::logic_error("store " + name() + " has no windows: call set_windows in started()");
    return *windows_;
  }

  std::optional<TimeWindows> windows_{};
  Closed closed_{};
  mutable Codec<V> codec_{};
};

}  // namespace cloudflow::streamlet
