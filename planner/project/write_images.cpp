// Writes references to images into the text of a project file.
#include "planner/project/write_images.h"

#include <fmt/format.h>

#include <optional>

#include "planner/config/yaml_reader.h"
#include "planner/project/read_environment.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::unexpected<Error> cannot(std::string_view file, const std::map<std::string, std::string>& images) {
  std::string wanted;
  for (const auto& [key, image] : images) wanted += fmt::format("\n  {}: {}", key, image);
  return failure(ErrorKind::unsupported, fmt::format("cannot write the images into {} without touching more", file),
                 "write under `images:`" + wanted);
}

/// Where a line begins, counted from 1.
std::size_t line_start(std::string_view text, int line) {
  std::size_t at = 0;
  for (int n = 1; n < line && at != std::string_view::npos; ++n) {
    at = text.find('\n', at);
    if (at != std::string_view::npos) ++at;
  }
  return at;
}

/// The byte of a place, whose column counts characters.
std::optional<std::size_t> offset_of(std::string_view text, const SourcePos& where) {
  std::size_t at = line_start(text, where.line);
  for (int column = 1; at < text.size() && column < where.column; ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return at < text.size() ? std::optional(at) : std::nullopt;
}

/// Puts a value in place of the one that is written there, in its quotes.
bool replace(std::string& text, const ConfigValue& before, const std::string& after) {
  const std::optional<std::size_t> at = offset_of(text, before.where());
  if (!at) return false;
  const char first = text[*at];
  const std::size_t begin = first == '"' || first == '\'' ? *at + 1 : *at;
  if (text.compare(begin, before.text().size(), before.text()) != 0) return false;
  text.replace(begin, before.text().size(), after);
  return true;
}

std::optional<ConfigValue> parsed(const std::string& text, std::string_view file) {
  Diagnostics problems;
  ConfigValue out = read_yaml({.text = text, .name = file}, YamlKeys::names, problems);
  if (problems.has_errors()) return std::nullopt;
  return out;
}

std::map<std::string, ConfigValue> images_of(const ConfigValue& root) {
  std::map<std::string, ConfigValue> out;
  const ConfigValue* images = root.find("images");
  if (images == nullptr || !images->is_object()) return out;
  for (auto& [key, image] : flattened(*images)) out.emplace(key, image);
  return out;
}

/// A line for each of these entries, before the line of another.
bool insert(std::string& text, const std::map<std::string, std::string>& missing, const ConfigValue& before) {
  const std::size_t at = line_start(text, before.where().line);
  const std::size_t word = text.find_first_not_of(' ', at);
  if (at == std::string::npos || word == std::string::npos) return false;
  std::string lines;
  for (const auto& [key, image] : missing) lines += fmt::format("{}{}: {}\n", text.substr(at, word - at), key, image);
  text.insert(at, lines);
  return true;
}

void append(std::string& text, const std::map<std::string, std::string>& missing) {
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  text += "images:\n";
  for (const auto& [key, image] : missing) text += fmt::format("  {}: {}\n", key, image);
}

/// Whether the new text says what the old one does, but for these images.
bool says(const ConfigValue& after, const ConfigValue& before, const std::map<std::string, std::string>& images) {
  if (after.without("images") != before.without("images")) return false;
  std::map<std::string, ConfigValue> wanted = images_of(before);
  for (const auto& [key, image] : images) wanted.insert_or_assign(key, ConfigValue::string(image));
  return images_of(after) == wanted;
}

}  // namespace

Result<std::string> with_images(const std::string& text, std::string_view file,
                                const std::map<std::string, std::string>& images) {
  std::string out = text;
  std::map<std::string, std::string> missing;
  const std::optional<ConfigValue> before = parsed(text, file);
  if (!before)
    return failure(ErrorKind::invalid_input, fmt::format("{} is no YAML any more", file), "cloudflow validate");
  for (const auto& [key, image] : images) {
    // Places are of the text as it is at that moment: a new image may be longer than the old one.
    const std::optional<ConfigValue> now = parsed(out, file);
    if (!now) return cannot(file, images);
    const std::map<std::string, ConfigValue> there = images_of(*now);
    const auto found = there.find(key);
    if (found == there.end()) {
      missing.emplace(key, image);
    } else if (found->second.text() != image && !replace(out, found->second, image)) {
      return cannot(file, images);
    }
  }
  if (!missing.empty()) {
    const std::optional<ConfigValue> now = parsed(out, file);
    if (!now) return cannot(file, images);
    const std::map<std::string, ConfigValue> there = images_of(*now);
    if (now->find("images") == nullptr) {
      append(out, missing);
    } else if (there.empty() || !insert(out, missing, there.begin()->second)) {
      return cannot(file, images);
    }
  }
  // Whatever the text looked like: it is written only if it is read as it is meant.
  const std::optional<ConfigValue> after = parsed(out, file);
  if (!after || !says(*after, *before, images)) return cannot(file, images);
  return out;
}

}  // namespace cloudflow
