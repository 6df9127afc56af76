// The first steps of a command, shown: where a step cannot be done, its reasons have been told.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/pipeline/desired.h"
#include "cli/pipeline/outside.h"
#include "cli/pipeline/source.h"
#include "cli/pipeline/step.h"
#include "cli/views/view.h"

namespace cloudflow {

/// The value of a step, with what it found told.
template <class T>
std::optional<T> shown(Step<T> step, View& view) {
  if (!step.problems.empty()) view.diagnostics(step.problems);
  if (step.error) view.error(*step.error);
  return std::move(step.value);
}

/// The tree that the options name, whose files the view shows lines of from now on. Null where it cannot be opened.
std::shared_ptr<const SourceTree> open_shown(const SourceOptions& options, const Host& host, View& view);
/// The same for a tree that is open.
std::shared_ptr<const SourceTree> show_files_of(std::shared_ptr<const SourceTree> tree, View& view);
/// Project file and application.
std::optional<Source> read_application(SourceOptions options, const Host& host, View& view);
/// The same, for the environment that the options name.
std::optional<Source> read_source(SourceOptions options, const Host& host, View& view);

Access connect(const Source& source, const Host& host, bool adopts = false);
/// The way to the systems, where there is one.
Outside* shown(Access& access, View& view);

/// A source and the systems that it is for, where the application is about to be changed.
struct ToChange {
  Source source;
  Access access;                  ///< a way
  std::optional<Desired> proven;  ///< where nothing of the cluster is needed for it
};
/// Everything before the lock is asked for. What is wrong in the source is told before what is wrong outside.
std::optional<ToChange> read_to_change(SourceOptions options, const Host& host, View& view);
/// Takes the lock, and waits for it. False when another run keeps it.
bool take_lock(Outside& outside, std::chrono::milliseconds patience, View& view);
/// take_lock() while read_desired() is at work, which waits for it.
void begin_locking(Outside& outside, std::chrono::milliseconds patience, View& view);

/// How a command ends that could not make its plan.
ExitCode without_plan(const Host& host);

}  // namespace cloudflow
