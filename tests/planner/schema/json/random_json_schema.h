// Random JSON Schemas of every draft, small changes to them, and documents for them.
#pragma once

#include <random>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow::testing {

/// Schemas and documents from one seed. Names, numbers and patterns come from small pools, so that those of two schemas
/// meet. Nothing refers to itself without a property or an item in between.
class RandomJsonSchema {
 public:
  explicit RandomJsonSchema(unsigned seed) : random_(seed) {}

  /// A reader and a writer of the same draft: mostly one is a small change of the other.
  std::pair<Json, Json> pair();
  /// Documents for a schema: some made after it, some changed a little, some of anything.
  std::vector<Json> documents(const Json& schema, int count);

 private:
  struct Writing;

  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& pool) {
    return pool[static_cast<std::size_t>(below(static_cast<int>(pool.size())))];
  }

  Json root();
  Json schema(int depth);
  void keyword(Json& schema, const std::string& type, int depth);
  void number(Json& schema);
  void text(Json& schema);
  void list(Json& schema, int depth);
  void object(Json& schema, int depth);
  void combination(Json& schema, int depth);
  Json reference();
  void change(Json& schema);

  Json scalar();
  Json anything(int depth);
  Json made(const Json& root, const Json& schema, int depth);
  Json made_list(const Json& root, const Json& schema, int depth);
  Json made_object(const Json& root, const Json& schema, int depth);
  Json text_for(const Json& schema);
  Json number_for(const Json& schema);
  Json flat(const Json& root, const Json& schema, int depth);
  void disturb(Json& document);

  std::mt19937 random_;
  int draft_ = 9;
  std::vector<std::string> targets_{};  ///< references that may be used
  bool guarded_ = false;                ///< inside a property or an item, where a reference may close a circle
};

}  // namespace cloudflow::testing
