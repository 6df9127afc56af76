// `cloudflow init`: a new project that runs.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/commands/commands.h"
#include "cli/commands/init_cloudflow2.h"
#include "cli/commands/shell_word.h"
#include "cli/starter_files.h"
#include "cli/views/layout.h"
#include "cli/views/view.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string folder = ".";
  std::string kind{};  ///< empty: cpp, unless an application of Cloudflow 2 is there
};

/// A kind of project, and what to do with a new one.
struct Starter {
  std::string_view kind;
  std::string_view example;  ///< the folder of its files, and the name in them that becomes the new one
  std::string_view next;
};

constexpr std::array starters = {
    Starter{"cpp", "sensor-data",
            "  cmake -S . -B build && cmake --build build   # with cloudflow's library: docs/streamlets.md\n"
            "  cloudflow validate\n"
            "  cloudflow sandbox\n"},
    Starter{"go", "go-greetings",
            "  go build -o build/greetings .   # after every change\n"
            "  cloudflow validate\n"
            "  cloudflow sandbox   # fetches Apache Kafka once: needs Java 17 and Maven\n"},
    Starter{"java", "java-greetings",
            "  mvn -q dependency:copy-dependencies -DoutputDirectory=lib\n"
            "  cloudflow validate\n"
            "  cloudflow sandbox   # fetches Apache Kafka once: needs Java 17\n"},
    Starter{"python", "python-greetings",
            "  python3 -m venv .venv && . .venv/bin/activate && pip install confluent-kafka\n"
            "  cloudflow validate\n"
            "  cloudflow sandbox\n"},
    Starter{"runtime", "disk-runtime",
            "  python3 -m venv .venv && . .venv/bin/activate && pip install confluent-kafka\n"
            "  cloudflow render    # what templates/disk makes of the streamlet counter\n"
            "  cloudflow sandbox\n"}};

/// The text of an example's file with the new project's name.
std::string renamed(std::string text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// An empty clone is as good as an empty folder.
bool holds_only_git(const fs::path& folder) {
  std::error_code trouble;
  return std::ranges::all_of(fs::directory_iterator(folder, trouble),
                             [](const fs::directory_entry& entry) { return entry.path().filename() == ".git"; });
}

/// What stands against making a project there.
std::optional<Error> obstacle(const fs::path& folder, const std::string& name) {
  std::error_code trouble;
  const bool exists = fs::exists(folder, trouble);
  if (!exists && folder.extension() == ".json")
    return Error{ErrorKind::not_found, fmt::format("there is no file {}", quote(folder.string())), std::nullopt, {}};
  // Kubernetes' names of streamlets begin with it, and CMake has targets of its own.
  constexpr std::size_t longest_name = 40;
  constexpr std::array<std::string_view, 5> taken = {"all", "install", "clean", "help", "test"};
  if (name.size() > longest_name || std::ranges::find(taken, name) != taken.end()) {
    return Error{ErrorKind::invalid_input,
                 fmt::format("the folder's name, {}, becomes that of the application: it is {}", quote(name),
                             name.size() > longest_name ? fmt::format("longer than {} characters", longest_name)
                                                        : "a word of CMake's")};
  }
  if (!is_dns_label(name)) {
    return Error{ErrorKind::invalid_input,
                 fmt::format("the folder's name, {}, becomes that of the application: wanted {}", quote(name),
                             label_characters)};
  }
  if (!exists) return std::nullopt;
  if (!fs::is_directory(folder, trouble) || !holds_only_git(folder)) {
    return Error{ErrorKind::conflict, fmt::format("{} exists already: nothing was written", quote(folder.string())),
                 std::nullopt, "name a folder that does not exist, or is empty"};
  }
  return std::nullopt;
}

Result<void> write(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (file) return {};
  return failure(ErrorKind::unavailable,
                 fmt::format("cannot write {}: {}", quote(path.string()), std::strerror(errno)));
}

Result<void> write_project(const Starter& starter, const fs::path& folder, const std::string& name) {
  std::error_code trouble;
  fs::create_directories(folder, trouble);
  if (trouble)
    return failure(ErrorKind::unavailable,
                   fmt::format("cannot make the folder {}: {}", quote(folder.string()), trouble.message()));
  for (const StarterFile& file : starter_files()) {
    const std::size_t slash = file.path.find('/');
    if (file.path.substr(0, slash) != starter.example) continue;
    std::string text = renamed(std::string(file.text), starter.example, name);
    // CMake's name of the project.
    text = renamed(std::move(text), renamed(std::string(starter.example), "-", "_"), renamed(name, "-", "_"));
    const fs::path path = folder / file.path.substr(slash + 1);
    fs::create_directories(path.parent_path(), trouble);  // where that fails, so does writing
    CF_CHECK(write(path, text));
  }
  return write(folder / ".gitignore", "/build/\n/lib/\n/.venv/\n");
}

/// What is there already, and can be gone on with.
std::optional<BuiltProject> existing(const InitOptions& options) {
  std::error_code trouble;
  if (!options.kind.empty() || !fs::exists(options.folder, trouble)) return std::nullopt;
  BuiltProject files = find_cloudflow2(options.folder);
  return files.empty() ? std::nullopt : std::optional(std::move(files));
}

ExitCode run_init(const InitOptions& options, const Host& host) {
  if (const std::optional<BuiltProject> files = existing(options)) return init_cloudflow2(*files, host);
  const std::unique_ptr<View> view = make_text_view(host, {});
  const fs::path folder = fs::path(options.folder).lexically_normal();
  const std::string name = fs::absolute(folder / "x").lexically_normal().parent_path().filename().string();
  if (const std::optional<Error> why = obstacle(folder, name)) {
    view->error(*why);
    return ExitCode::failed;
  }
  const auto* const starter = std::ranges::find(starters, options.kind.empty() ? "cpp" : options.kind, &Starter::kind);
  if (const Result<void> written = write_project(*starter, folder, name); !written) {
    view->error(written.error());
    return ExitCode::failed;
  }
  view->note(fmt::format("{} is a project now. Next:", quote(folder.string())));
  if (folder != ".") print_out(fmt::format("  cd {}\n", shell_word(folder.string())));
  print_out(starter->next);
  return ExitCode::ok;
}

}  // namespace

void add_init(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App* command = app.add_subcommand(
      "init", "Make a new project that runs on this machine, or one of an application of Cloudflow 2");
  command
      ->add_option("folder", options->folder,
                   "Where, else here; its name becomes that of the application. A folder with an application of "
                   "Cloudflow 2, or what sbt or Maven made of one, gets a cloudflow.yaml")
      ->type_name("FOLDER");
  command
      ->add_option("--kind", options->kind,
                   "cpp: five streamlets in C++ (default); go, java, python: two, as containers in that language; "
                   "runtime: a runtime of your own as templates, and a program for it")
      ->check(CLI::IsMember({"cpp", "go", "java", "python", "runtime"}))
      ->type_name("KIND");
  command->callback([options, &host, &exit] { exit = run_init(*options, host); });
}

}  // namespace cloudflow
