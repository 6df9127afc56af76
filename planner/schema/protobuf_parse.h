// The two notations of a Protobuf schema. Types are as written; parse_protobuf_schema resolves them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/schema/protobuf_lexer.h"
#include "planner/schema/protobuf_schema.h"

namespace cloudflow {

/// The text that errors are about.
struct ProtoSource {
  std::string_view text{};
  std::string_view file{};
  std::unexpected<Error> bad(std::size_t offset, std::string message, std::string hint = {}) const;
};

/// Goes through the words of a source; the readers of both notations are made of it.
class ProtoWords {
 public:
  /// `whole` names the source in messages: "the file". Both others must outlive this.
  ProtoWords(const ProtoSource& source, const std::vector<ProtoToken>& tokens, std::string_view whole)
      : source_(source), tokens_(tokens), whole_(whole) {}

 protected:
  const ProtoToken& ahead(std::size_t count = 1) const { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }
  const ProtoToken& now() const { return tokens_[at_]; }
  bool is(std::string_view text) const { return now().kind != ProtoToken::Kind::string && now().text == text; }
  void step() { at_ += now().kind == ProtoToken::Kind::end ? 0 : 1; }
  bool take(std::string_view text);
  std::unexpected<Error> bad(std::size_t offset, std::string message, std::string hint = {}) const {
    return source_.bad(offset, std::move(message), std::move(hint));
  }
  /// "expected …, found …" at the word that is next.
  std::unexpected<Error> wanted(std::string_view what) const;

 private:
  const ProtoSource& source_;
  const std::vector<ProtoToken>& tokens_;
  std::string_view whole_{};
  std::size_t at_ = 0;
};

Result<ProtoSchema> parse_proto_file(const ProtoSource& source, const std::vector<ProtoToken>& tokens);
Result<ProtoSchema> parse_proto_text_format(const ProtoSource& source, const std::vector<ProtoToken>& tokens);

}  // namespace cloudflow
