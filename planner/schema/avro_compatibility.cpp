// Avro schema resolution: whether a reader's schema can take what a writer's schema wrote.
#include "planner/schema/avro_compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "sdk/base/text.h"

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

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool promotes(AvroKind writer, AvroKind reader) {
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
  Comparison(const AvroSchema& reader, const AvroSchema& writer) : reader_(reader), writer_(writer) {}

  Reasons all() {
    Reasons out;
    write_out(*compare(reader_.root, writer_.root), "", out);
    return out;
  }

 private:
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
    if (r.kind == w.kind) return same_kind(r, w, r_index, out);
    if (w.kind == AvroKind::union_) {
      for (const std::size_t branch : w.inner) add_inside(out, "", *compare(r_index, branch));
      return;
    }
    if (r.kind == AvroKind::union_) return into_union(r, w, w_index, out);
    if (!promotes(w.kind, r.kind)) {
      add(out, "TYPE_MISMATCH", "", fmt::format("reader has {}, writer has {}", described(r), described(w)));
    }
  }

  void same_kind(const AvroType& r, const AvroType& w, std::size_t r_index, Findings& out) {
    switch (r.kind) {
      case AvroKind::array:
        return add_inside(out, "/items", *compare(r.inner[0], w.inner[0]));
      case AvroKind::map:
        return add_inside(out, "/values", *compare(r.inner[0], w.inner[0]));
      case AvroKind::fixed:
        return fixed(r, w, out);
      case AvroKind::enum_:
        return enumeration(r, w, out);
      case AvroKind::record:
        return record(r, w, out);
      case AvroKind::union_:
        return union_with_union(w, r_index, out);
      case AvroKind::null:
      case AvroKind::boolean:
      case AvroKind::int_:
      case AvroKind::long_:
      case AvroKind::float_:
      case AvroKind::double_:
      case AvroKind::bytes:
      case AvroKind::string:
        return;
    }
  }

  static void names(const AvroType& r, const AvroType& w, Findings& out) {
    if (r.name == w.name || contains(r.aliases, w.full_name)) return;
    add(out, "NAME_MISMATCH", "/name", fmt::format("reader has {}, writer has {}", described(r), described(w)));
  }

  static void fixed(const AvroType& r, const AvroType& w, Findings& out) {
    names(r, w, out);
    if (r.size == w.size) return;
    add(out, "FIXED_SIZE_MISMATCH", "/size",
        fmt::format("fixed {}: reader has {}, writer has {}", quote(r.full_name), counted(r.size, "byte"),
                    counted(w.size, "byte")));
  }

  static void enumeration(const AvroType& r, const AvroType& w, Findings& out) {
    names(r, w, out);
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

  void record(const AvroType& r, const AvroType& w, Findings& out) {
    names(r, w, out);
    for (std::size_t i = 0; i < r.fields.size(); ++i) field(r, w, i, out);
  }

  using FieldsByName = std::unordered_map<std::string_view, const AvroField*>;

  const FieldsByName& by_name(const AvroType& record) {
    const auto [place, fresh] = fields_.try_emplace(&record);
    if (fresh) {
      for (const AvroField& field : record.fields) place->second.emplace(field.name, &field);
    }
    return place->second;
  }

  void field(const AvroType& r, const AvroType& w, std::size_t i, Findings& out) {
    const AvroField& mine = r.fields[i];
    const std::string path = fmt::format("/fields/{}", i);
    const FieldsByName& theirs = by_name(w);
    std::vector<const AvroField*> sources;
    const auto collect = [&](const std::string& name) {
      const auto found = theirs.find(name);
      if (found == theirs.end() || std::find(sources.begin(), sources.end(), found->second) != sources.end()) return;
      if (sources.size() < 2) sources.push_back(found->second);
    };
    collect(mine.name);
    for (const std::string& alias : mine.aliases) collect(alias);
    if (sources.size() > 1) {
      add(out, "AMBIGUOUS_READER_FIELD", path,
          fmt::format("field {} takes fields {} and {} of the writer: an alias must lead to one", quote(mine.name),
                      quote(sources[0]->name), quote(sources[1]->name)));
    } else if (sources.size() == 1) {
      add_inside(out, path + "/type", *compare(mine.type, sources[0]->type));
    } else if (!mine.default_value) {
      add(out, "READER_FIELD_MISSING_DEFAULT_VALUE", path,
          fmt::format("field {} of record {} is not written and has no default", quote(mine.name), quote(r.full_name)));
    }
  }

  void union_with_union(const AvroType& w, std::size_t r_index, Findings& out) {
    for (std::size_t i = 0; i < w.inner.size(); ++i) {
      add_inside(out, "", *compare(r_index, w.inner[i]));
    }
  }

  /// When exactly one branch was meant (same kind, and same name if named), its own reasons say more than "no branch".
  void into_union(const AvroType& r, const AvroType& w, std::size_t w_index, Findings& out) {
    const Findings* closest = nullptr;
    std::size_t at = 0;
    for (std::size_t i = 0; i < r.inner.size(); ++i) {
      const Findings* branch = compare(r.inner[i], w_index);
      if (branch->empty()) return;
      const AvroType& type = reader_.at(r.inner[i]);
      if (type.kind == w.kind && (!type.is_named() || type.name == w.name)) {
        closest = branch;
        at = i;
      }
    }
    add(out, "MISSING_UNION_BRANCH", "", fmt::format("no branch of the reader's union takes {}", described(w)));
    if (closest != nullptr) add_inside(out, fmt::format("/{}", at), *closest);
  }

  const AvroSchema& reader_;
  const AvroSchema& writer_;
  /// By reader's index times the writer's types plus the writer's index; nodes do not move.
  std::unordered_map<std::size_t, Findings> judged_{};
  const Findings too_complex_ = {
      {"", "TOO_COMPLEX", "the schemas refer to themselves in too many ways to be compared"}};
  std::unordered_map<const AvroType*, FieldsByName> fields_{};
  std::size_t steps_ = 0;
  int depth_ = 0;
};

/// Walks both schemas side by side as far as they have the same shape.
class LogicalWalk {
 public:
  LogicalWalk(const AvroSchema& reader, const AvroSchema& writer) : reader_(reader), writer_(writer) {}

  Reasons all() {
    walk(reader_.root, writer_.root, "", 0);
    return std::move(out_);
  }

 private:
  static std::string shown(const AvroLogical& logical) {
    if (logical.name.empty()) return "no logical type";
    if (logical.name != "decimal") return quote(logical.name);
    return fmt::format("decimal({}, {})", logical.precision, logical.scale);
  }

  void walk(std::size_t r_index, std::size_t w_index, const std::string& path, int depth) {
    if (depth > max_depth || out_.size() >= max_reasons || !seen_.try_emplace({r_index, w_index}, true).second) return;
    const AvroType& r = reader_.at(r_index);
    const AvroType& w = writer_.at(w_index);
    if (r.kind == AvroKind::union_ || w.kind == AvroKind::union_) return branches(r_index, w_index, path, depth);
    if (r.kind != w.kind) return;
    const std::string mine = shown(r.logical);
    const std::string theirs = shown(w.logical);
    if (mine != theirs)
      out_.push_back({"LOGICAL_TYPE_CHANGED", path, fmt::format("reader has {}, writer has {}", mine, theirs)});
    if (r.kind == AvroKind::array) walk(r.inner[0], w.inner[0], path + "/items", depth + 1);
    if (r.kind == AvroKind::map) walk(r.inner[0], w.inner[0], path + "/values", depth + 1);
    for (std::size_t i = 0; i < r.fields.size(); ++i) {
      for (const AvroField& theirs_field : w.fields) {
        const bool same = theirs_field.name == r.fields[i].name || contains(r.fields[i].aliases, theirs_field.name);
        if (same) walk(r.fields[i].type, theirs_field.type, fmt::format("{}/fields/{}/type", path, i), depth + 1);
      }
    }
  }

  /// Branches of unions meet by kind and name.
  void branches(std::size_t r_index, std::size_t w_index, const std::string& path, int depth) {
    const AvroType& r = reader_.at(r_index);
    const AvroType& w = writer_.at(w_index);
    const std::vector<std::size_t> mine = r.kind == AvroKind::union_ ? r.inner : std::vector{r_index};
    const std::vector<std::size_t> theirs = w.kind == AvroKind::union_ ? w.inner : std::vector{w_index};
    for (std::size_t i = 0; i < mine.size(); ++i) {
      for (const std::size_t other : theirs) {
        const AvroType& a = reader_.at(mine[i]);
        const AvroType& b = writer_.at(other);
        if (a.kind != b.kind || a.name != b.name) continue;
        walk(mine[i], other, r.kind == AvroKind::union_ ? fmt::format("{}/{}", path, i) : path, depth + 1);
      }
    }
  }

  const AvroSchema& reader_;
  const AvroSchema& writer_;
  std::map<std::pair<std::size_t, std::size_t>, bool> seen_{};
  Reasons out_{};
};

}  // namespace

std::vector<Incompatibility> avro_incompatibilities(const AvroSchema& reader, const AvroSchema& writer) {
  return Comparison(reader, writer).all();
}

std::vector<Incompatibility> avro_logical_differences(const AvroSchema& reader, const AvroSchema& writer) {
  return LogicalWalk(reader, writer).all();
}

}  // namespace cloudflow
