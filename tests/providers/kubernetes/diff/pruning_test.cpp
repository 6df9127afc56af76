// Which change of a definition's schemas takes something from its objects.
#include "providers/kubernetes/diff/pruning.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {

Json version(const char* name, const char* schema, bool stored) {
  return {
      {"name", name}, {"served", true}, {"storage", stored}, {"schema", {{"openAPIV3Schema", Json::parse(schema)}}}};
}

Json definition(const Json& versions) { return {{"spec", {{"versions", versions}}}}; }

}  // namespace

TEST_CASE("a schema drops what it does not know", "[kubernetes][losses]") {
  struct Row {
    const char* before;
    const char* after;
    bool lost;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}})",
       R"({"type": "object", "properties": {"a": {"type": "string"}}})", true},
      {R"({"type": "object", "properties": {"a": {"type": "string"}}})",
       R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}})", false},
      {R"({"type": "object", "properties": {"a": {"type": "string"}}})",
       R"({"type": "object", "properties": {"a": {"type": "string", "description": "said"}}})", false},
      // What was free is named.
      {R"({"type": "object", "properties": {"free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})",
       R"({"type": "object", "properties": {"free": {"type": "object", "properties": {"other": {"type": "string"}}}}})",
       true},
      {R"({"type": "object", "properties": {"free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})",
       R"({"type": "object", "properties": {"free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
           "properties": {"size": {"type": "integer"}}}}})",
       false},
      {R"({"type": "object", "properties": {"free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})",
       R"({"type": "object", "properties": {"free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
           "properties": {"inner": {"type": "object", "properties": {"x": {"type": "string"}}}}}}})",
       true},
      {R"({"type": "object", "x-kubernetes-preserve-unknown-fields": true})", R"({"type": "object"})", true},
      {R"({"type": "object", "properties": {"x": {"type": "string"}}})",
       R"({"type": "object", "x-kubernetes-preserve-unknown-fields": true})", false},
      // Maps.
      {R"({"type": "object", "properties": {"m": {"type": "object", "additionalProperties": {"type": "string"}}}})",
       R"({"type": "object", "properties": {"m": {"type": "object", "properties": {"k9": {"type": "string"}}}}})",
       true},
      {R"({"type": "object", "properties": {"m": {"type": "object", "properties": {"k9": {"type": "string"}}}}})",
       R"({"type": "object", "properties": {"m": {"type": "object", "additionalProperties": {"type": "string"}}}})",
       false},
      {R"({"type": "object", "properties": {"m": {"type": "object", "additionalProperties":
           {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}}}})",
       R"({"type": "object", "properties": {"m": {"type": "object", "additionalProperties":
           {"type": "object", "properties": {"a": {"type": "string"}}}}}})",
       true},
      // Lists.
      {R"({"type": "object", "properties": {"l": {"type": "array", "items":
           {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}}}})",
       R"({"type": "object", "properties": {"l": {"type": "array", "items":
           {"type": "object", "properties": {"a": {"type": "string"}}}}}})",
       true},
      {R"({"type": "object", "x-kubernetes-preserve-unknown-fields": true})",
       R"({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"l": {"type": "array",
           "items": {"type": "string"}}}})",
       false},
      {R"({"type": "object", "x-kubernetes-preserve-unknown-fields": true})",
       R"({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"l": {"type": "array",
           "items": {"type": "object", "properties": {"a": {"type": "string"}}}}}})",
       true},
      // What every object has is never dropped.
      {R"({"type": "object", "properties": {"metadata": {"type": "object"}, "kind": {"type": "string"}}})",
       R"({"type": "object"})", false},
      {R"({"type": "object", "properties": {"spec": {"type": "object", "properties": {"metadata": {"type": "object"}}}}})",
       R"({"type": "object", "properties": {"spec": {"type": "object"}}})", true},
  }));
  CAPTURE(row.before, row.after);
  CHECK(prunes(definition(Json::array({version("v1", row.before, true)})),
               definition(Json::array({version("v1", row.after, true)}))) == row.lost);
  // Stored in another version from now on.
  CHECK(prunes(definition(Json::array({version("v1", row.before, true)})),
               definition(Json::array({version("v1", row.before, false), version("v2", row.after, true)}))) ==
        row.lost);
  // Only served in another one.
  CHECK_FALSE(prunes(definition(Json::array({version("v1", row.before, true)})),
                     definition(Json::array({version("v1", row.before, true), version("v2", row.after, false)}))));
}

TEST_CASE("a definition that kept everything drops what its schema does not know", "[kubernetes][losses]") {
  const char* schema = R"({"type": "object", "properties": {"a": {"type": "string"}}})";
  Json before = definition(Json::array({version("v1", schema, true)}));
  const Json after = before;
  before["spec"]["preserveUnknownFields"] = true;
  CHECK(prunes(before, after));
  CHECK_FALSE(prunes(after, before));
}
