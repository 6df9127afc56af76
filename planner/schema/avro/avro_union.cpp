// Which branch of a reader's union takes what a writer wrote.
#include "planner/schema/avro/avro_union.h"

#include <algorithm>

namespace cloudflow {
namespace {

const AvroField* field_named(const AvroType& record, const std::string& name) {
  const auto found = std::ranges::find(record.fields, name, &AvroField::name);
  return found == record.fields.end() ? nullptr : &*found;
}

}  // namespace

bool avro_promotes(AvroKind writer, AvroKind reader) {
  switch (reader) {
    case AvroKind::long_:
      return writer == AvroKind::int_;
    case AvroKind::float_:
      return writer == AvroKind::int_ || writer == AvroKind::long_;
    case AvroKind::double_:
      return writer == AvroKind::int_ || writer == AvroKind::long_ || writer == AvroKind::float_;
    case AvroKind::bytes:
      return writer == AvroKind::string;
    case AvroKind::string:
      return writer == AvroKind::bytes;
    case AvroKind::null:
    case AvroKind::boolean:
    case AvroKind::int_:
    case AvroKind::array:
    case AvroKind::map:
    case AvroKind::fixed:
    case AvroKind::enum_:
    case AvroKind::record:
    case AvroKind::union_:
      break;
  }
  return false;
}

std::optional<std::size_t> AvroUnions::branch_for(std::size_t reader_union, std::size_t writer_type) {
  const std::size_t key = pair(reader_union, writer_type);
  if (const auto known = chosen_.find(key); known != chosen_.end()) return known->second;
  const bool inside = !open_.empty();
  const std::optional<std::size_t> found = find_branch(reader_.at(reader_union), writer_type);
  if (!inside) chosen_.emplace(key, found);  // what was found amid others may rest on one that is not judged yet
  return found;
}

std::optional<std::size_t> AvroUnions::find_branch(const AvroType& r, std::size_t writer_type) {
  const AvroType& w = writer_.at(writer_type);
  std::optional<std::size_t> shaped;
  for (std::size_t i = 0; i < r.inner.size(); ++i) {
    const AvroType& branch = reader_.at(r.inner[i]);
    if (branch.kind != w.kind) continue;
    if (!branch.is_named() || branch.full_name == w.full_name) return i;
    if (w.kind != AvroKind::record || record_fails(r.inner[i], writer_type)) continue;
    if (!shaped || branch.name == w.name) shaped = i;
  }
  if (shaped) return shaped;
  for (std::size_t i = 0; i < r.inner.size(); ++i) {
    if (avro_promotes(w.kind, reader_.at(r.inner[i]).kind)) return i;
  }
  return std::nullopt;
}

bool AvroUnions::misses_field(const AvroType& r, const AvroType& w) const {
  return std::ranges::any_of(
      r.fields, [&](const AvroField& field) { return !field.default_value && field_named(w, field.name) == nullptr; });
}

bool AvroUnions::record_fails(std::size_t r_index, std::size_t w_index) {
  const AvroType& r = reader_.at(r_index);
  const AvroType& w = writer_.at(w_index);
  if (misses_field(r, w)) return true;
  const std::size_t key = pair(r_index, w_index);
  constexpr std::size_t max_open = 200;
  if (open_.size() > max_open || !open_.insert(key).second) return false;
  const bool failed = std::ranges::any_of(w.fields, [&](const AvroField& field) {
    const AvroField* mine = field_named(r, field.name);
    return mine != nullptr && fails(mine->type, field.type);
  });
  open_.erase(key);
  return failed;
}

/// Only what can be told without looking into arrays, maps, unions and records.
bool AvroUnions::fails(std::size_t r_index, std::size_t w_index) {
  const AvroType& r = reader_.at(r_index);
  const AvroType& w = writer_.at(w_index);
  if (w.kind == AvroKind::union_) return false;
  if (r.kind == w.kind) {
    if (r.kind == AvroKind::fixed) return r.name != w.name || r.size != w.size;
    if (r.kind == AvroKind::enum_) return r.name != w.name;
    return r.kind == AvroKind::record && misses_field(r, w);
  }
  if (r.kind == AvroKind::union_) return !branch_for(r_index, w_index);
  return !avro_promotes(w.kind, r.kind);
}

bool AvroUnions::are_same(std::size_t reader_union, std::size_t writer_union) {
  same_.clear();
  return same(reader_union, writer_union);
}

bool AvroUnions::same(std::size_t r_index, std::size_t w_index) {
  const AvroType& r = reader_.at(r_index);
  const AvroType& w = writer_.at(w_index);
  if (r.kind != w.kind || (r.is_named() && r.name != w.name)) return false;
  if (r.kind == AvroKind::fixed) return r.size == w.size;
  if (r.kind == AvroKind::enum_) return r.symbols == w.symbols;
  if (r.kind != AvroKind::record) {
    return r.inner.size() == w.inner.size() &&
           std::ranges::equal(r.inner, w.inner, [&](std::size_t a, std::size_t b) { return same(a, b); });
  }
  const auto [place, fresh] = same_.emplace(pair(r_index, w_index), true);  // until it is known better
  if (!fresh) return place->second;
  const bool result = std::ranges::equal(r.fields, w.fields, [&](const AvroField& a, const AvroField& b) {
    return a.name == b.name && same(a.type, b.type);
  });
  same_[pair(r_index, w_index)] = result;
  return result;
}

}  // namespace cloudflow
