// The two notations of a Protobuf schema. Types are as written; resolve_protobuf finds them.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/schema/protobuf/protobuf_lexer.h"
#include "planner/schema/protobuf/protobuf_schema.h"

namespace cloudflow {

inline constexpr int max_field_number = 536870911;

/// The text that errors are about.
struct ProtoSource {
  std::string_view text{};
  std::string_view file{};
  std::unexpected<Error> bad(std::size_t offset, std::string message, std::string hint = {}) const;
};

/// A field that `extend` adds to a message, which may be in another file.
struct ProtoExtension {
  std::string message{};  ///< as written
  std::string scope{};    ///< the path of the message around the `extend`; empty outside
  ProtoField field{};
};

/// One file, or a bundle of them, before anything is resolved. Names are paths without package, keyed by file.
struct ProtoParsed {
  std::vector<ProtoFile> files{};
  std::vector<ProtoMessage> messages{};
  std::vector<ProtoEnum> enums{};
  std::vector<ProtoExtension> extensions{};
  bool package_unknown = false;
  bool text_format = false;  ///< types are full names, and say of what kind they are
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
  std::size_t at() const { return at_; }
  std::span<const ProtoToken> between(std::size_t from, std::size_t to) const {
    return std::span(tokens_).subspan(from, to - from);
  }
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

/// One option: `name = value`.
struct ProtoOption {
  std::string name{};
  std::span<const ProtoToken> value{};
};

/// The options in the words between "[" and "]", or behind `option`.
std::vector<ProtoOption> proto_options(std::span<const ProtoToken> words);

/// Takes `features.NAME = VALUE` and `features = {NAME: VALUE}`; other options are left alone.
Result<void> take_feature(ProtoFeatures& features, const ProtoOption& option, const ProtoSource& source);

/// `value` of the feature `name` ("field_presence", "EXPLICIT"). False when the feature has no such value.
bool set_feature(ProtoFeatures& features, std::string_view name, std::string_view value);

/// A string as .proto files write it.
std::string proto_string(std::string_view text);

/// What a syntax says of everything that has no features of its own.
ProtoFeatures features_of_syntax(std::string_view syntax);

Result<ProtoParsed> parse_proto_file(const ProtoSource& source, const std::vector<ProtoToken>& tokens);
Result<ProtoParsed> parse_proto_text_format(const ProtoSource& source, const std::vector<ProtoToken>& tokens);

/// The text of one of Google's own files ("google/protobuf/timestamp.proto"): empty when it has nothing that records
/// are made of; nothing when the compiler does not bring it along.
std::optional<std::string_view> well_known_proto(std::string_view import);
/// The file that defines a type ("google.protobuf.Timestamp"); empty when it is none of Google's.
std::string_view well_known_proto_of(std::string_view type);

/// Puts one file together with all that it imports, gives every type its full name, and proves what a parser alone
/// cannot see.
Result<ProtoSchema> resolve_protobuf(const ProtoSource& source, ProtoParsed parsed, const ProtoImports& imports);

}  // namespace cloudflow
