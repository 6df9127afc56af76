// What a sandbox runs now, written down for plans from other terminals.
#include "cli/sandbox/sandbox_state.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "cli/whole_file.h"
#include "cloudflow/json.h"
#include "sdk/support/digest.h"
#include "sdk/support/random_bytes.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr const char* state_file = "state.json";
constexpr const char* key_file = "state.key";

std::optional<std::string> text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Readable by its user only.
Result<void> write_for_owner(const fs::path& path, const std::string& text) {
  const Result<void> written = write_whole(path.string(), text, fs::perms::owner_read | fs::perms::owner_write);
  if (written) return {};
  return failure(ErrorKind::denied, fmt::format("`sandbox plan` does not know what runs: {} cannot be written: {}",
                                                path.string(), written.error().message));
}

Json json_of(const ResourceId& id) {
  return {{"provider", id.provider}, {"kind", id.kind}, {"scope", id.scope}, {"name", id.name}};
}

ResourceId id_of(const Json& said) {
  return {.provider = string_at(said, {"provider"}),
          .kind = string_at(said, {"kind"}),
          .scope = string_at(said, {"scope"}),
          .name = string_at(said, {"name"})};
}

Json json_of(const std::vector<Live>& all) {
  Json out = Json::array();
  for (const Live& one : all) out.push_back({{"id", json_of(one.id)}, {"document", one.document}});
  return out;
}

std::vector<Live> live_of(const Json& said) {
  std::vector<Live> out;
  for (const Json& one : said) out.push_back({.id = id_of(one.at("id")), .document = one.at("document")});
  return out;
}

Json json_of(const Inventory& made) {
  Json resources = Json::array();
  for (const ResourceId& id : made.resources) resources.push_back(json_of(id));
  return {{"application", made.application},
          {"topics", made.topics},
          {"topic-ids", made.topic_ids},
          {"resources", std::move(resources)},
          {"last", made.last}};
}

Inventory inventory_of(const Json& said) {
  Inventory out{.exists = true, .application = said.at("application")};
  said.at("topics").get_to(out.topics);
  said.at("topic-ids").get_to(out.topic_ids);
  for (const Json& one : said.at("resources")) out.resources.push_back(id_of(one));
  out.last = said.at("last");
  return out;
}

SandboxState state_of(const Json& said) {
  SandboxState out{.file = said.at("file"),
                   .environment = said.at("environment"),
                   .broker = {.address = said.at("broker").at("address"),
                              .session = said.at("broker").at("session"),
                              .is_single = said.at("broker").at("single")},
                   .is_embedded = said.at("embedded"),
                   .volumes = said.at("volumes"),
                   .is_at_work = said.at("at-work"),
                   .made = inventory_of(said.at("made")),
                   .processes = live_of(said.at("processes")),
                   .topics = live_of(said.at("topics"))};
  said.at("ports").get_to(out.ports);
  said.at("http").get_to(out.http);
  return out;
}

}  // namespace

Result<std::string> sealing_key(const std::string& work) {
  const fs::path path = fs::path(work) / key_file;
  if (std::optional<std::string> known = text_of(path); known && !known->empty()) return *std::move(known);
  const std::string key = hex(random_bytes(32));
  CF_CHECK(write_for_owner(path, key));
  return key;
}

Result<void> write_state(const std::string& work, const SandboxState& state) {
  const Json broker{
      {"address", state.broker.address}, {"session", state.broker.session}, {"single", state.broker.is_single}};
  return write_for_owner(fs::path(work) / state_file, dump({{"file", state.file},
                                                            {"environment", state.environment},
                                                            {"broker", broker},
                                                            {"embedded", state.is_embedded},
                                                            {"ports", state.ports},
                                                            {"http", state.http},
                                                            {"volumes", state.volumes},
                                                            {"at-work", state.is_at_work},
                                                            {"made", json_of(state.made)},
                                                            {"processes", json_of(state.processes)},
                                                            {"topics", json_of(state.topics)}}));
}

Result<SandboxState> read_state(const std::string& work) {
  const std::optional<std::string> text = text_of(fs::path(work) / state_file);
  if (!text) return failure(ErrorKind::not_found, "the sandbox has not made its first plan yet, or it ends");
  try {
    return state_of(Json::parse(*text));
  } catch (const Json::exception& problem) {
    return failure(ErrorKind::invalid_input,
                   fmt::format("what the sandbox has written of itself cannot be read: {}", problem.what()),
                   "it may be of another version of cloudflow: start it anew");
  }
}

}  // namespace cloudflow
