// HOCON text to a tree whose substitutions are not resolved yet.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/config/hocon/hocon_lexer.h"
#include "planner/config/hocon/hocon_tree.h"
#include "planner/source/source_tree.h"

namespace cloudflow::hocon {

/// What the parsers of one read share: the tree they fill, where includes come from, and what went wrong.
struct Session {
  Tree& tree;
  Diagnostics& problems;
  const SourceTree* files = nullptr;  ///< null: includes are an error
  std::vector<std::string> chain{};   ///< the file being read, and those that include it
  int includes = 0;                   ///< so far
  bool json = false;                  ///< JSON text: a key that is given twice is a mistake, and merges with nothing
};

/// A file as a node: an object, or a list at the root of a document.
struct FileContent {
  Node* root = nullptr;
  bool has_substitutions = false;
};

/// Reads a file of `session.files`; `prefix` is where it is included. Nothing when there is no such file.
std::optional<FileContent> read_file(Session& session, const std::string& path,
                                     std::span<const std::string_view> prefix);

/// One HOCON text. `text` must live as long as the tree.
class Parser {
 public:
  Parser(Session& session, std::string_view text, std::string_view name, std::string_view path,
         std::span<const std::string_view> prefix);
  Node* document();
  bool has_substitutions() const { return has_substitutions_; }

 private:
  struct Parts;
  struct Included {
    std::string name{};
    bool required = false;
  };

  void members(Node& object, bool braces, Mark open);
  void after_member(Mark key_at);
  bool field(Node& object);
  bool separator(std::string_view key, Mark key_at, bool& append);
  void place_value(Node& object, std::size_t first_step, Node* value, Mark key_at);
  Node* appended(Node* value, Mark at, std::string_view text);
  bool key_path(std::vector<std::string_view>& steps, std::string_view what);

  Node* value();
  bool part(Parts& parts);
  Node* finish(Parts& parts, std::size_t start, Mark at);
  Node* object();
  Node* list();
  Node* substitution();
  Node* read_substitution();
  bool too_deep(Mark at);

  bool at_include();
  bool include(Node& object);
  bool include_target(Included& target);
  bool include_file(Node& object, const Included& target, Mark at, int length);
  std::vector<std::string> include_candidates(const std::string& path) const;

  ConfigValue::Place place(Mark mark) const { return {file_, mark.line, mark.column}; }
  SourcePos pos(Mark mark) const { return place(mark).pos(); }
  /// Reports a mistake; always false, so that callers can return it.
  bool fail(std::string_view code, Mark at, std::string message, std::string hint = {}, int length = 1);
  bool fail(const StringMistake& mistake);
  std::string found() const;

  Session& session_;
  Tree& tree_;
  Lexer lexer_;
  std::string path_in_tree_;
  const std::string* file_;
  std::vector<std::string_view> path_;  ///< keys around the place being read, with the prefix
  std::size_t prefix_;
  int lists_ = 0;   ///< lists around the place being read
  int braces_ = 0;  ///< objects in braces around it
  int mistakes_ = 0;
  bool cut_off_ = false;  ///< the end of the text was reported, or too many mistakes
  bool has_substitutions_ = false;
  Mark value_at_{};  ///< where the value read last begins
  std::string decoded_{};
};

}  // namespace cloudflow::hocon
