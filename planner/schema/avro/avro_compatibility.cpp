// Avro schema resolution: whether a reader's schema can take what a writer's schema wrote.
#include "planner/schema/avro/avro_compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "planner/schema/avro/avro_aliases.h"
#include "planner/schema/avro/avro_default.h"
#include "planner/schema/avro/avro_union.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Reasons = std::vector<Incompatibility>;

constexpr int max_depth = 400;
constexpr std::size_t max_pairs = 200'000;
constexpr std::size_t max_steps = 5'000'000;
constexpr std::size_t max_reasons = 50;

std::string described(const AvroType& type) {
  return type.is_named() ? fmt::format("{} {}", name_of(type.kind), quote(type.full_name))
                         : std::string(name_of(type.kind));
}

std::string described(const AvroLogical& logical) {
  if (logical.name != "decimal") return quote(logical.name);
  return fmt::format("decimal({}, {})", logical.precision, logical.scale);
}

bool has_logical_types(const AvroSchema& schema) {
  return std::ranges::any_of(schema.types, [](const AvroType& type) { return !type.logical.name.empty(); });
}

struct Finding;
using Findings = std::vector<Finding>;

/// Why a pair of types does not fit: by itself, or through a pair inside it. Paths are relative to the pair, because
/// most findings are about branches of a union that were not meant and are never shown.
struct Finding {
  std::string path;
  std::string kind{};
  std::string message{};
  /// Not null: the findings of the pair at `path`, which was judged before this one.
  const Findings* inside = nullptr;
};

/// Compares pairs of types. Each pair is judged once; one that is being judged counts as compatible, which ends
/// recursion.
class Comparison {
 public:
  Comparison(const AvroSchema& reader, const AvroSchema& writer)
      : reader_(reader),
        writer_(writer),
        renamed_(with_aliases_of(reader, writer)),
        unions_(reader, renamed_.schema),
        both_logical_(has_logical_types(reader) && has_logical_types(writer)) {}

  Compatibility all() {
    Compatibility out{.reasons = reasons()};
    if (out.reasons.empty()) out.not_compared.assign(doubts_.begin(), doubts_.end());
    return out;
  }

 private:
  Reasons reasons() {
    Reasons out;
    if (renamed_.clash && writer_.at(renamed_.clash->type).kind == AvroKind::union_)
      return {{"AMBIGUOUS_ALIASES", "", renamed_.clash->message}};
    write_out(*compare(reader_.root, writer_.root), "", out);
    if (out.empty() && renamed_.clash) out.push_back({"AMBIGUOUS_ALIASES", "", renamed_.clash->message});
    return out;
  }

  static void write_out(const Findings& findings, const std::string& prefix, Reasons& out) {
    for (const Finding& one : findings) {
      if (out.size() >= max_reasons) return;
      if (one.inside != nullptr) {
        write_out(*one.inside, prefix + one.path, out);
      } else {
        out.push_back({one.kind, prefix + one.path, one.message});
      }
    }
  }

  static void add(Findings& to, std::string kind, std::string path, std::string message) {
    if (to.size() < max_reasons) to.push_back({std::move(path), std::move(kind), std::move(message)});
  }

  static void add_inside(Findings& to, std::string path, const Findings& inside) {
    if (!inside.empty() && to.size() < max_reasons) to.push_back({.path = std::move(path), .inside = &inside});
  }

  const Findings* compare(std::size_t r, std::size_t w) {
    if (++steps_ > max_steps) return &too_complex_;
    const auto [place, fresh] = judged_.try_emplace((r * writer_.types.size()) + w);
    Findings& result = place->second;
    if (!fresh) return &result;
    if (depth_ >= max_depth || judged_.size() > max_pairs) {
      result = too_complex_;
      return &result;
    }
    ++depth_;
    Findings found;
    judge(reader_.at(r), writer_.at(w), r, w, found);
    --depth_;
    result = std::move(found);
    return &result;
  }

  void judge(const AvroType& r, const AvroType& w, std::size_t r_index, std::size_t w_index, Findings& out) {
    if (r.kind == w.kind) return same_kind(r, w, r_index, w_index, out);
    if (w.kind == AvroKind::union_) {
      for (const std::size_t branch : w.inner) add_inside(out, "", *compare(r_index, branch));
      return;
    }
    if (r.kind == AvroKind::union_) return into_union(r_index, w_index, out);
    if (avro_promotes(w.kind, r.kind)) return logical(r, w, out);
    add(out, "TYPE_MISMATCH", "", fmt::format("reader has {}, writer has {}", described(r), described(w)));
  }

  /// The library compares no logical types: 1.00 of decimal(9, 2) becomes 0.0100 of decimal(9, 4). A type that has none
  /// holds the same number or bytes, and they mean what both sides know them to mean.
  static void logical(const AvroType& r, const AvroType& w, Findings& out) {
    if (r.logical.name.empty() || w.logical.name.empty() || r.logical == w.logical) return;
    add(out, "LOGICAL_TYPE_CHANGED", "",
        fmt::format("reader has {}, writer has {}: what is written is read as another value", described(r.logical),
                    described(w.logical)));
  }

  void same_kind(const AvroType& r, const AvroType& w, std::size_t r_index, std::size_t w_index, Findings& out) {
    switch (r.kind) {
      case AvroKind::array:
        return add_inside(out, "/items", *compare(r.inner[0], w.inner[0]));
      case AvroKind::map:
        return add_inside(out, "/values", *compare(r.inner[0], w.inner[0]));
      case AvroKind::fixed:
        return fixed(r, w, w_index, out);
      case AvroKind::enum_:
        return enumeration(r, w, w_index, out);
      case AvroKind::record:
        return record(r, w, w_index, out);
      case AvroKind::union_:
        if (unions_.are_same(r_index, w_index)) return same_unions(r, w, out);
        return union_with_union(w, r_index, out);
      case AvroKind::null:
      case AvroKind::boolean:
      case AvroKind::int_:
      case AvroKind::long_:
      case AvroKind::float_:
      case AvroKind::double_:
      case AvroKind::bytes:
      case AvroKind::string:
        return logical(r, w, out);
    }
  }

  void names(const AvroType& r, const AvroType& w, std::size_t w_index, Findings& out) const {
    const AvroType& renamed = renamed_.schema.at(w_index);
    // The library does not look at the names of records, but others do.
    if (r.name == renamed.name || (r.kind == AvroKind::record && r.name == w.name)) return;
    if (renamed.full_name != w.full_name) {
      return add(out, "NAME_MISMATCH", "/name",
                 fmt::format("reader has {}, writer has {}, which an alias renames to {}", described(r), described(w),
                             quote(renamed.full_name)));
    }
    add(out, "NAME_MISMATCH", "/name", fmt::format("reader has {}, writer has {}", described(r), described(w)));
  }

  void fixed(const AvroType& r, const AvroType& w, std::size_t w_index, Findings& out) const {
    names(r, w, w_index, out);
    logical(r, w, out);
    if (r.size == w.size) return;
    add(out, "FIXED_SIZE_MISMATCH", "/size",
        fmt::format("fixed {}: reader has {}, writer has {}", quote(r.full_name), counted(r.size, "byte"),
                    counted(w.size, "byte")));
  }

  void enumeration(const AvroType& r, const AvroType& w, std::size_t w_index, Findings& out) const {
    names(r, w, w_index, out);
    if (r.enum_default) return;
    const std::set<std::string_view> known(r.symbols.begin(), r.symbols.end());
    std::vector<std::string> missing;
    for (const std::string& symbol : w.symbols) {
      if (!known.contains(symbol)) missing.push_back(symbol);
    }
    if (missing.empty()) return;
    add(out, "MISSING_ENUM_SYMBOLS", "/symbols",
        fmt::format("enum {}: the reader lacks {} and has no default", quote(r.full_name), join(missing, ", ")));
  }

  void record(const AvroType& r, const AvroType& w, std::size_t w_index, Findings& out) {
    names(r, w, w_index, out);
    for (std::size_t i = 0; i < r.fields.size(); ++i) field(r, w_index, i, out);
  }

  /// The fields of a writer's record by the names that the reader gives them.
  using FieldsByName = std::unordered_map<std::string_view, std::vector<const AvroField*>>;

  const FieldsByName& by_name(std::size_t record) {
    const auto [place, fresh] = fields_.try_emplace(record);
    if (fresh) {
      const AvroType& names = renamed_.schema.at(record);
      for (std::size_t i = 0; i < names.fields.size(); ++i)
        place->second[names.fields[i].name].push_back(&writer_.at(record).fields[i]);
    }
    return place->second;
  }

  void field(const AvroType& r, std::size_t w_index, std::size_t i, Findings& out) {
    const AvroField& mine = r.fields[i];
    const std::string path = fmt::format("/fields/{}", i);
    const FieldsByName& theirs = by_name(w_index);
    const auto sources = theirs.find(mine.name);
    if (sources == theirs.end()) {
      if (!meant_elsewhere(r, mine, w_index, path, out)) not_written(r, mine, path, out);
      return;
    }
    if (sources->second.size() == 1)
      return add_inside(out, path + "/type", *compare(mine.type, sources->second[0]->type));
    const AvroField* one = sources->second[0];
    const AvroField* other = sources->second[1];
    if (other->name == mine.name) std::swap(one, other);
    add(out, "AMBIGUOUS_READER_FIELD", path,
        fmt::format("field {} takes fields {} and {} of the writer: an alias must lead to one", quote(mine.name),
                    quote(one->name), quote(other->name)));
  }

  /// Whether the writer has a field that the reader's names, and that does not come to it.
  bool meant_elsewhere(const AvroType& r, const AvroField& mine, std::size_t w_index, const std::string& path,
                       Findings& out) const {
    const AvroType& w = writer_.at(w_index);
    for (std::size_t i = 0; i < w.fields.size(); ++i) {
      const std::string& name = w.fields[i].name;
      if (name != mine.name && std::ranges::find(mine.aliases, name) == mine.aliases.end()) continue;
      if (renamed_.schema.at(w_index).fields[i].name != name) {
        add(out, "WRITER_FIELD_TAKEN", path,
            fmt::format("field {} of the writer goes to another field than {}, which names it too", quote(name),
                        quote(mine.name)));
      } else {
        add(out, "ALIAS_NOT_APPLIED", path,
            fmt::format("field {} does not take field {} by its alias, because {} is no name of {}", quote(mine.name),
                        quote(name), quote(w.full_name), described(r)));
      }
      return true;
    }
    return false;
  }

  void not_written(const AvroType& r, const AvroField& mine, const std::string& path, Findings& out) {
    if (!mine.default_value) {
      return add(
          out, "READER_FIELD_MISSING_DEFAULT_VALUE", path,
          fmt::format("field {} of record {} is not written and has no default", quote(mine.name), quote(r.full_name)));
    }
    if (const auto problem = taken_default_problem(reader_, mine.type, *mine.default_value)) {
      add(out, "DEFAULT_OF_LATER_BRANCH", path,
          fmt::format("field {} is not written, and its default cannot be taken{}: {}", quote(mine.name),
                      problem->path.empty() ? "" : fmt::format(" (at {})", problem->path), problem->message));
    } else if (reader_.at(mine.type).kind == AvroKind::union_ && *mine.default_value == Json::array()) {
      doubts_.insert(
          {fmt::format("field {} is not written, and the fast reader of Avro's Java library 1.12 ends with \"Not an "
                       "array\" where an empty list is the default of a union",
                       quote(mine.name)),
           fmt::format("reader record {}", quote(r.full_name))});
    }
  }

  /// Unions of the same branches, each of which is read as the one at its place: only logical types can differ.
  void same_unions(const AvroType& r, const AvroType& w, Findings& out) {
    if (!both_logical_) return;
    for (std::size_t i = 0; i < r.inner.size(); ++i)
      add_inside(out, fmt::format("/{}", i), *compare(r.inner[i], w.inner[i]));
  }

  void union_with_union(const AvroType& w, std::size_t r_index, Findings& out) {
    for (std::size_t i = 0; i < w.inner.size(); ++i) {
      add_inside(out, "", *compare(r_index, w.inner[i]));
    }
  }

  /// The branch is there, with another logical type.
  static bool only_logical(const Findings& findings) {
    return !findings.empty() && std::ranges::all_of(findings, [](const Finding& one) {
      return one.inside == nullptr && one.kind == "LOGICAL_TYPE_CHANGED";
    });
  }

  /// When a branch was meant (it is the one that is chosen, or has the same kind and name), its own reasons say more
  /// than "no branch".
  void into_union(std::size_t r_index, std::size_t w_index, Findings& out) {
    const AvroType& r = reader_.at(r_index);
    const AvroType& w = writer_.at(w_index);
    std::optional<std::size_t> meant = unions_.branch_for(r_index, w_index);
    if (meant && compare(r.inner[*meant], w_index)->empty()) return;
    for (std::size_t i = 0; i < r.inner.size() && !meant; ++i) {
      const AvroType& type = reader_.at(r.inner[i]);
      if (type.kind == w.kind && type.name == renamed_.schema.at(w_index).name) meant = i;
    }
    if (!meant || !only_logical(*compare(r.inner[*meant], w_index)))
      add(out, "MISSING_UNION_BRANCH", "", fmt::format("no branch of the reader's union takes {}", described(w)));
    if (meant) add_inside(out, fmt::format("/{}", *meant), *compare(r.inner[*meant], w_index));
  }

  const AvroSchema& reader_;
  const AvroSchema& writer_;
  AvroRenamed renamed_;
  AvroUnions unions_;
  bool both_logical_;
  /// By reader's index times the writer's types plus the writer's index; nodes do not move.
  std::unordered_map<std::size_t, Findings> judged_{};
  const Findings too_complex_ = {
      {"", "TOO_COMPLEX", "the schemas refer to themselves in too many ways to be compared"}};
  std::unordered_map<std::size_t, FieldsByName> fields_{};
  std::size_t steps_ = 0;
  int depth_ = 0;
  std::set<NotCompared> doubts_{};
};

}  // namespace

Compatibility compare_avro_schemas(const AvroSchema& reader, const AvroSchema& writer) {
  return Comparison(reader, writer).all();
}

std::vector<Incompatibility> avro_incompatibilities(const AvroSchema& reader, const AvroSchema& writer) {
  return compare_avro_schemas(reader, writer).reasons;
}

}  // namespace cloudflow
