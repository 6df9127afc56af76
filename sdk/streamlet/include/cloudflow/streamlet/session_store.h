// Values under keys and sessions, which survive the program:
//
//   SessionStore<std::string, Visit> visits{*this, "visits", SessionWindows::with_gap(30min, 1min),
//                                           [](Visit& into, const Visit& other) { into.add(other); }};
//   on(in, [this](const Click& c) { visits.update(c.user, c.at, [&](Visit& visit) { visit.add(c); }); });
//   visits.on_close([this](const std::string& user, const Session& session, const Visit& visit) { … });
//
// Time is what records say, and goes on with them: the latest that was seen in a partition. A session closes when that
// has passed its last record, the gap and the grace. A record between two sessions makes one of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloudflow/streamlet/codec.h"
#include "cloudflow/streamlet/store.h"
#include "cloudflow/streamlet/store_key.h"
#include "cloudflow/streamlet/stream_clock.h"
#include "cloudflow/streamlet/window.h"

namespace cloudflow::streamlet {

/// To be used by handlers, in their thread, as KeyValueStore.
template <class K, class V, template <class> class Codec = DefaultCodec>
class SessionStore final : public AnyStore {
 public:
  using Key = K;
  using Value = V;
  using Merge = std::function<void(V& into, const V& other)>;
  using Closed = std::function<void(const K& key, const Session& session, const V& value)>;

  /// `merge` adds to a session the value of a later one that becomes part of it.
  SessionStore(Streamlet& owner, std::string name, SessionWindows windows, Merge merge)
      : AnyStore(owner, std::move(name), open_rocksdb), windows_(windows), merge_(std::move(merge)) {}

  /// Called once for each session that closes, in the order of their last records and then of keys, by the handler
  /// whose update made it close; what it sends belongs to that handler's record. The value is forgotten afterwards.
  void on_close(Closed closed) { closed_ = std::move(closed); }

  /// Closes sessions, and calls `change(V&)` with what the record's session has, V{} where it is the first one. False
  /// when the record was late, which is counted: it belongs to no session that is open, and one of it alone would be
  /// closed.
  template <class Change>
  bool update(const K& key, std::int64_t time, Change change) {
    const Session around = windows_.around(time);
    Clock& clock = advance_to(time);
    close(clock);
    std::vector<Found> found = sessions_near(key, around);
    if (found.empty() && windows_.closes(time) < clock.now) {
      count_late();
      return false;
    }
    Session session{time, time};
    V value{};
    for (Found& one : found) {
      session = {std::min(session.first, one.session.first), std::max(session.last, one.session.last)};
      if (&one == &found.front()) {
        value = std::move(one.value);
      } else {
        merge_(value, one.value);
      }
    }
    change(value);
    std::string bytes = bytes_of(session.first) + codec_.encode(value);
    for (const Found& one : found) erase(key, one.session.last);
    partition().put(entry_of(key, session.last), std::move(bytes));
    partition().put(end_of(key, session.last), std::string());
    clock.earliest = std::min(clock.earliest, session.last);
    return true;
  }
  /// Time goes on without a value.
  void advance(std::int64_t time) { close(advance_to(time)); }

  /// The latest time that was seen in the partition; none before the first update.
  std::optional<std::int64_t> now() const { return clock().seen(); }
  /// Calls `visit(key, session, value)` for all that are open, each key's in the order of time.
  template <class Visit>
  void all(Visit visit) const {
    partition().scan(std::string(1, session_kind), std::string(1, session_kind + 1),
                     [&](std::string_view entry, std::string_view value) {
                       const Found one = found_at(entry, value);
                       visit(key_of_prefix<K>(entry), one.session, one.value);
                       return true;
                     });
  }

 private:
  using Clock = StreamClock;

  // There are three kinds of entries: the time; sessions, by key and their last record, where those near a moment are
  // found; and their ends, by the last record and then by key, where the first to close is found.
  static constexpr char end_kind = 'e';
  static constexpr char session_kind = 's';

  struct Found {
    Session session{};
    V value{};
  };

  static std::string bytes_of(std::int64_t number) { return StoreKey<std::int64_t>::encode(number); }
  static std::string entry_of(const K& key, std::int64_t last) {
    return key_prefix(session_kind, key) + bytes_of(last);
  }
  static std::string end_of(const K& key, std::int64_t last) {
    return end_kind + bytes_of(last) + StoreKey<K>::encode(key);
  }
  void erase(const K& key, std::int64_t last) const {
    partition().put(entry_of(key, last), std::nullopt);
    partition().put(end_of(key, last), std::nullopt);
  }
  Found found_at(std::string_view entry, std::string_view value) const {
    return {{number_at(value, 0), number_at(entry, entry.size() - sizeof(std::int64_t))},
            codec_.decode(value.substr(sizeof(std::int64_t)))};
  }

  /// Those of a key that reach into a range of times, in the order of time.
  std::vector<Found> sessions_near(const K& key, const Session& around) const {
    std::vector<Found> out;
    partition().scan(entry_of(key, around.first), entry_of(key, Clock::never),
                     [&](std::string_view entry, std::string_view value) {
                       if (number_at(value, 0) > around.last) return false;
                       out.push_back(found_at(entry, value));
                       return true;
                     });
    return out;
  }

  Clock& clock() const { return stream_clock(partition(), std::string(1, end_kind), std::string(1, end_kind + 1), 1); }
  Clock& advance_to(std::int64_t time) {
    Clock& known = clock();
    streamlet::advance(partition(), known, time);
    return known;
  }

  void close(Clock& clock) {
    if (clock.earliest == Clock::never || windows_.closes(clock.earliest) >= clock.now) return;
    std::int64_t next = Clock::never;
    partition().scan(end_kind + bytes_of(clock.earliest), std::string(1, end_kind + 1),
                     [&](std::string_view end, std::string_view) {
                       const std::int64_t last = number_at(end, 1);
                       if (windows_.closes(last) >= clock.now) {
                         next = last;
                         return false;
                       }
                       tell_closed(StoreKey<K>::decode(end.substr(1 + sizeof(std::int64_t))), last);
                       return true;
                     });
    clock.earliest = next;
  }

  void tell_closed(const K& key, std::int64_t last) {
    const std::string entry = entry_of(key, last);
    const std::optional<std::string> value = partition().get(entry);
    if (!value) throw StateError("a session that closes is not in its store");
    const Found one = found_at(entry, *value);
    if (closed_) closed_(key, one.session, one.value);
    erase(key, last);
  }

  const SessionWindows windows_;
  const Merge merge_;
  Closed closed_{};
  mutable Codec<V> codec_{};
};

}  // namespace cloudflow::streamlet
