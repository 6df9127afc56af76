// `cloudflow sync install-hook`: writes the hooks of a bare repository that refuse a bad push and deploy a good one.
#include "cli/commands/install_hook.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/commands/commands.h"
#include "cli/commands/shell_word.h"
#include "planner/source/git_repository.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

struct HookOptions {
  SourceOptions source{};
  std::string branch = "main";
  std::string check = "plan";
  int lock_timeout_seconds = 3600;
  bool force = false;
};

constexpr std::string_view mark = "# Written by cloudflow sync install-hook; run it again to change this.";

/// The program that runs now, by its whole path: a hook has another PATH than its author.
std::string this_program() {
  std::error_code problem;
  const fs::path path = fs::read_symlink("/proc/self/exe", problem);
  return problem ? "cloudflow" : path.string();
}

/// The options that name project and environment, for every command in a hook. What lies on this machine is named by
/// its whole path: hooks run in the repository's folder.
std::string source_words(const HookOptions& options) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format(" {} {}", name, shell_word(value));
  };
  const SourceOptions& source = options.source;
  add("-e", source.environment);
  add("--path", source.path);
  if (source.file != SourceOptions().file) add("-f", source.file);
  add("--context", source.context);
  add("-n", source.ns);
  if (!source.kubeconfig.empty()) add("--kubeconfig", fs::absolute(source.kubeconfig).string());
  return out;
}

/// The lines in front of every pushed commit of the branch; the block is still open.
std::string beginning(const HookOptions& options) {
  return fmt::format(R"(#!/bin/sh
{}
branch={}
while read -r old new ref; do
  [ "$ref" = "refs/heads/$branch" ] || continue
  case $new in *[!0]*) ;; *) continue ;; esac  # the branch is deleted
)",
                     mark, shell_word(options.branch));
}

std::string pre_receive(const HookOptions& options) {
  std::string check;
  std::string passes = "0)";
  if (options.check == "validate") {
    check = "validate";
  } else if (options.check == "strict") {
    check = "plan --unattended --detailed-exitcode";  // what the deployment will not do by itself
    passes = "0|2)";
  } else {
    check = "plan";
  }
  return beginning(options) + fmt::format(R"(  code=0
  said=$({} {} --repository "$PWD" --revision "$new"{} 2>&1 </dev/null) || code=$?
  case $code in {} ;; *)
    printf '%s\n' "$said" "cloudflow: the push to $branch is refused: exit code $code of {}" >&2
    exit 1 ;;
  esac
done
)",
                                          shell_word(this_program()), check, source_words(options), passes, check);
}

std::string post_receive(const HookOptions& options) {
  return beginning(options) + fmt::format(R"(  code=0
  {} sync --once --repository "$PWD" --branch "$branch" --lock-timeout {}s{} </dev/null || code=$?
  case $code in 0) ;; *)
    echo "cloudflow: $new is pushed, but not wholly deployed: exit code $code. Nothing tries again by itself:" >&2
    echo "cloudflow: push another commit, or run the sync command of $PWD/$0 there" >&2 ;;
  esac
done
)",
                                          shell_word(this_program()), options.lock_timeout_seconds,
                                          source_words(options));
}

/// Where git looks for hooks of the repository and of no other one.
Result<fs::path> hooks_folder(const std::string& repository) {
  CF_TRY(const GitRepository opened, GitRepository::open(repository));
  const fs::path root = fs::absolute(repository).lexically_normal();
  CF_TRY(const ProcessOutput said,
         run_process({.command = {"git", "-C", root, "rev-parse", "--git-common-dir", "--git-path", "hooks"}}, {}));
  const std::vector<std::string> paths = split(said.output, '\n');
  if (said.status != 0 || paths.size() < 2) {
    return failure(ErrorKind::unavailable, fmt::format("git does not say where the hooks of {} are: {}",
                                                       quote(root.string()), trimmed(said.errors)));
  }
  const fs::path own = (root / paths[0]).lexically_normal();
  fs::path folder = (root / paths[1]).lexically_normal();
  // "../x" leads out of it; git writes folders without a slash at the end.
  const fs::path inside = folder.lexically_relative(own.has_filename() ? own : own.parent_path());
  if (inside.empty() || *inside.begin() == "..") {
    return failure(
        ErrorKind::conflict,
        fmt::format("git runs the hooks in {} for {}, and for others", quote(folder.string()), quote(root.string())),
        fmt::format("core.hooksPath says so; give this repository hooks of its own: git -C {} config "
                    "core.hooksPath {}",
                    shell_word(root.string()), shell_word((own / "hooks").lexically_normal().string())));
  }
  return folder;
}

/// Writes beside it and renames, so that a push never runs half a hook. A hook of somebody else stays.
Result<void> write_hook(const fs::path& file, const std::string& text, bool force) {
  std::error_code problem;
  std::ifstream before(file);
  const std::string old((std::istreambuf_iterator<char>(before)), std::istreambuf_iterator<char>());
  if (fs::exists(file, problem) && old.find(mark) == std::string::npos && !force) {
    return failure(ErrorKind::conflict, fmt::format("{} exists and is not ours", quote(file.string())),
                   "call both from one script of your own, or overwrite it with --force");
  }
  fs::create_directories(file.parent_path(), problem);
  const fs::path fresh = file.string() + ".new";
  std::ofstream out(fresh, std::ios::trunc);
  out << text;
  out.close();
  if (!out) return failure(ErrorKind::denied, fmt::format("cannot write {}", quote(fresh.string())));
  fs::permissions(fresh,
                  fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read |
                      fs::perms::others_exec,
                  problem);
  if (!problem) fs::rename(fresh, file, problem);
  if (problem)
    return failure(ErrorKind::denied, fmt::format("cannot write {}: {}", quote(file.string()), problem.message()));
  return {};
}

Result<std::string> install(const HookOptions& options) {
  CF_TRY(const fs::path folder, hooks_folder(options.source.repository));
  std::string said;
  if (options.check != "off") {
    CF_CHECK(write_hook(folder / "pre-receive", pre_receive(options), options.force));
    said += fmt::format("{} refuses a push to {} that fails `{}`\n", (folder / "pre-receive").string(), options.branch,
                        options.check == "strict" ? "plan --unattended --detailed-exitcode" : options.check);
  }
  CF_CHECK(write_hook(folder / "post-receive", post_receive(options), options.force));
  return said + fmt::format("{} deploys {} after each push\n", (folder / "post-receive").string(), options.branch);
}

/// The hooks compare the branch with what git tells them, so that it has to be the bare name.
Result<std::string> install_for(HookOptions options) {
  CF_TRY(options.branch, GitRepository::branch_name(options.branch));
  return install(options);
}

}  // namespace

void add_install_hook(CLI::App& sync, ExitCode& exit) {
  const auto options = std::make_shared<HookOptions>();
  CLI::App* command =
      sync.add_subcommand("install-hook", "Write hooks into a repository here: git push checks and deploys");
  add_source_options(*command, options->source, true);
  for (const char* other : {"--revision", "--directory"}) command->remove_option(command->get_option(other));
  command->add_option("--branch", options->branch, "Branch that is deployed (default: main)")->type_name("NAME");
  command
      ->add_option(
          "--check", options->check,
          "Before a push is taken: off, validate (the source alone), plan (also what the servers and the policy "
          "refuse) or strict (also what would wait for a person) (default: plan)")
      ->type_name("CHECK")
      ->check(CLI::IsMember({"off", "validate", "plan", "strict"}).description(""));
  add_time(*command, "--lock-timeout", options->lock_timeout_seconds, "Time that a push waits for the one before it");
  command->add_flag("--force", options->force, "Overwrite hooks that cloudflow did not write");
  command->callback([options, &exit] {
    if (options->source.repository.empty()) throw CLI::RequiredError("--repository");
    const Result<std::string> done = install_for(*options);
    if (done) {
      print_out(*done);
      exit = ExitCode::ok;
      return;
    }
    print_err(fmt::format("error: {}\n{}", done.error().message,
                          done.error().hint.empty() ? "" : fmt::format("  hint: {}\n", done.error().hint)));
    exit = ExitCode::failed;
  });
}

}  // namespace cloudflow
