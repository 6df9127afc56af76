// What a JSON Schema demands of a document, as a formula of a few kinds of conditions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "planner/schema/compatibility.h"
#include "planner/schema/text_language.h"

namespace cloudflow {

enum class FormulaKind {
  yes,
  no,
  all,           ///< of `inner`
  any,           ///< of `inner`
  negation,      ///< of the one in `inner`
  later,         ///< the definition numbered `low`: a reference
  type,          ///< is a `type`
  value,         ///< equals `value`, which is no list and no object
  least,         ///< a number of `number` or more; more only when `exclusive`
  most,          ///< a number of `number` or less
  multiple,      ///< a number that is a multiple of `number`
  length,        ///< a text of `low` code points or more
  pattern,       ///< a text of the language numbered `low`
  item,          ///< the item numbered `low`, where there is one, fulfils `inner`
  items,         ///< every item from number `low` on fulfils `inner`
  item_count,    ///< `low` items or more
  contains,      ///< `low` items or more fulfil `inner`
  unique,        ///< no two items are equal
  members,       ///< the value of every property with a name of `names` fulfils `inner`
  member_count,  ///< `low` properties or more
  opaque         ///< what is not understood: `text` tells it from others
};

/// The conditions from `least` on hold for every value of another type: as the keywords of JSON Schema do.
enum class JsonType { null, boolean, number, string, array, object };

inline constexpr JsonType all_json_types[] = {JsonType::null,   JsonType::boolean, JsonType::number,
                                              JsonType::string, JsonType::array,   JsonType::object};

JsonType json_type(const Json& value);

/// A set of property names: one, or all that are in some languages and not in others, but for some.
struct NameSet {
  bool single = false;
  std::string name{};
  std::set<std::size_t> inside{};  ///< languages
  std::set<std::size_t> outside{};
  std::set<std::string> except{};
};

struct Formula {
  FormulaKind kind = FormulaKind::yes;
  std::vector<std::size_t> inner{};
  JsonType type = JsonType::null;
  Json value{};
  long double number = 0;
  bool exclusive = false;
  std::size_t low = 0;
  NameSet names{};
  std::string text{};
};

/// A language that formulas speak of. Without automaton its pattern is not understood.
struct NamedLanguage {
  std::string what{};  ///< "pattern \"^a\""
  std::optional<TextLanguage> automaton{};
};

/// All formulas of a comparison, each once: equal ones have equal numbers.
class Formulas {
 public:
  static constexpr std::size_t yes = 0;
  static constexpr std::size_t no = 1;

  Formulas();
  const Formula& at(std::size_t index) const { return all_[index]; }
  std::size_t size() const { return all_.size(); }

  std::size_t add(Formula formula);
  std::size_t all(std::vector<std::size_t> inner);
  std::size_t any(std::vector<std::size_t> inner);
  std::size_t negation(std::size_t inner);
  std::size_t is_type(JsonType type);
  /// Lists and objects become conditions on their parts.
  std::size_t equals(const Json& value);
  std::size_t has(const std::string& name);
  std::size_t item(std::size_t index, std::size_t inner);
  std::size_t items(std::size_t from, std::size_t inner);
  std::size_t contains(std::size_t least, std::size_t inner);
  std::size_t members(NameSet names, std::size_t inner);
  std::size_t counted(FormulaKind kind, std::size_t low);
  std::size_t later(std::size_t definition);
  /// `part` says what is not understood, and where; `key` tells it from others.
  std::size_t opaque(const std::string& key, NotCompared part);

  std::size_t define();  ///< a definition that is not known yet
  void define(std::size_t definition, std::size_t formula) { definitions_[definition] = formula; }
  std::size_t definition(std::size_t number) const { return definitions_[number]; }

  std::optional<std::size_t> language(const std::string& key) const;  ///< one that was named before
  std::size_t name_language(const std::string& key, NamedLanguage made);
  void understand(std::size_t language, std::optional<TextLanguage> automaton) {
    languages_[language].automaton = std::move(automaton);
  }
  const NamedLanguage& language_at(std::size_t index) const { return languages_[index]; }
  /// Of the texts that fulfil a formula; nothing where that is no language that is understood.
  std::optional<TextLanguage> texts(std::size_t formula) const;

  const std::vector<NotCompared>& places(std::size_t opaque) const { return places_.at(opaque); }

  /// References to equal definitions become equal formulas. Gives what became of `roots`.
  std::vector<std::size_t> merge_equal_definitions(const std::vector<std::size_t>& roots);

 private:
  std::size_t joined(FormulaKind kind, std::vector<std::size_t> inner);
  static std::string key_of(const Formula& formula);
  std::optional<TextLanguage> texts(std::size_t formula, int depth) const;
  std::size_t copied(std::size_t formula, const std::vector<std::size_t>& classes,
                     std::map<std::size_t, std::size_t>& done);

  std::vector<Formula> all_{};
  std::map<std::string, std::size_t> numbers_{};
  std::vector<std::size_t> definitions_{};
  std::vector<NamedLanguage> languages_{};
  std::map<std::string, std::size_t> language_numbers_{};
  std::map<std::size_t, std::vector<NotCompared>> places_{};
};

/// Numbers without a fraction as integers, everywhere in it: 1.0 is 1.
Json normal_json(const Json& value);

}  // namespace cloudflow
