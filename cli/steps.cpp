// The first steps of a command.
#include "cli/steps.h"

#include "cli/named_files.h"

namespace cloudflow {

std::shared_ptr<const SourceTree> open_shown(const SourceOptions& options, const Host& host, View& view) {
  Result<std::unique_ptr<SourceTree>> opened = open_source(source_request(options, host));
  if (!opened) {
    view.error(opened.error());
    return nullptr;
  }
  return show_files_of(*std::move(opened), view);
}

std::shared_ptr<const SourceTree> show_files_of(std::shared_ptr<const SourceTree> tree, View& view) {
  view.read_files_with([tree, text_of = file_text_of(*tree)](const std::string& file) { return text_of(file); });
  return tree;
}

std::optional<Source> read_application(SourceOptions options, const Host& host, View& view) {
  enter_folder_of_project(options);
  std::shared_ptr<const SourceTree> tree = open_shown(options, host, view);
  if (tree == nullptr) return std::nullopt;
  return shown(read_application(std::move(options), std::move(tree)), view);
}

std::optional<Source> read_source(SourceOptions options, const Host& host, View& view) {
  std::optional<Source> source = read_application(std::move(options), host, view);
  return source ? shown(in_environment(*std::move(source)), view) : std::nullopt;
}

Access connect(const Source& source, const Host& host, bool adopts) {
  return Outside::connect(
      {.application = source.application.id, .kubernetes = source.environment.kubernetes, .adopts = adopts},
      host.finish);
}

Outside* shown(Access& access, View& view) {
  if (access) return access->get();
  view.error(access.error());
  return nullptr;
}

std::optional<ToChange> read_to_change(SourceOptions options, const Host& host, View& view) {
  std::optional<Source> source = read_source(std::move(options), host, view);
  if (!source) return std::nullopt;
  Access access = connect(*source, host);
  std::optional<std::optional<Desired>> proven = shown(prove_offline(*source, access, host.finish), view);
  if (!proven || shown(access, view) == nullptr) return std::nullopt;
  return ToChange{.source = *std::move(source), .access = std::move(access), .proven = *std::move(proven)};
}

bool take_lock(Outside& outside, std::chrono::milliseconds patience, View& view) {
  const Result<void> locked = outside.lock(patience, [&view](const std::string& line) { view.note(line); });
  if (!locked) view.error(locked.error());
  return locked.has_value();
}

void begin_locking(Outside& outside, std::chrono::milliseconds patience, View& view) {
  outside.begin_locking(patience, [&view](const std::string& line) { view.note(line); });
}

ExitCode without_plan(const Host& host) {
  return host.finish.stop_requested() ? ExitCode::interrupted : ExitCode::failed;
}

}  // namespace cloudflow
