// What the command of a process names.
#include "cli/sandbox/command_words.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "providers/sandbox/class_path.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

struct Word {
  std::string text{};
  bool begins_command = false;  ///< nothing but assignments, and words as exec, stands before it
  bool is_written = false;      ///< the shell writes to it: "> log"
};

/// Whether a word of the shell leaves it to the next one what is run.
bool passes_on(std::string_view word) {
  return word == "exec" || word == "nohup" || word == "env" || word == "time" ||
         word.find('=') != std::string_view::npos;
}

/// The words of an argument, as far as a shell would see them. Quotes are left out, and hold nothing together.
std::vector<Word> words_of(const std::string& argument) {
  std::vector<Word> out;
  Word next{.begins_command = true};
  for (const char c : argument + ";") {
    if (c == '"' || c == '\'') continue;
    const bool ends_word = std::string_view(" \t\n;|&()<>`").find(c) != std::string_view::npos;
    if (!ends_word) {
      next.text += c;
      continue;
    }
    if (!next.text.empty()) {
      const bool still_begins = next.begins_command && passes_on(next.text);
      out.push_back(std::exchange(next, {.begins_command = still_begins}));
    }
    if (std::string_view("\n;|&()`").find(c) != std::string_view::npos) next = {.begins_command = true};
    if (c == '>') next.is_written = true;
  }
  return out;
}

bool is_java(const std::string& word) { return fs::path(word).filename() == "java"; }

}  // namespace

std::set<std::string> program_files(const std::string& folder, const std::vector<std::string>& command) {
  std::set<std::string> out;
  for (const std::string& argument : command) {
    for (const Word& word : words_of(argument)) {
      std::error_code unknown;
      const fs::path path = fs::path(folder) / word.text;
      const bool may_come = word.text.find('/') != std::string::npos && !fs::exists(path, unknown);
      if (!word.is_written && (may_come || fs::is_regular_file(path, unknown)))
        out.insert(path.lexically_normal().string());
    }
  }
  return out;
}

std::set<std::string> program_files(const Json& spec) {
  std::set<std::string> out =
      program_files(string_at(spec, {"folder"}), spec.at("command").get<std::vector<std::string>>());
  for (std::string& file : class_path_files(spec)) out.insert(std::move(file));
  return out;
}

bool runs_java(const std::vector<std::string>& command) {
  if (command.empty()) return false;
  if (is_java(command.front())) return true;
  if (command.size() < 3 || command[1] != "-c") return false;
  for (const Word& word : words_of(command[2])) {
    if (word.begins_command && is_java(word.text)) return true;
  }
  return false;
}

}  // namespace cloudflow
