// Streamlets as processes of this machine.
#include "providers/sandbox/process_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "providers/sandbox/class_path.h"
#include "providers/sandbox/engine_options.h"
#include "providers/sandbox/java_program.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// As long as Kubernetes waits for a pod, if nothing else is said, is too long for somebody who looks on.
constexpr std::chrono::seconds patience{10};

auto stopped() { return failure(ErrorKind::interrupted, "stopped"); }

/// "/documents/secret.conf/cloudflow/rate" → "secret.conf: cloudflow.rate"; "/command/0" → "command[0]"
std::string path_of(const std::string& pointer) {
  std::vector<std::string> steps;
  for (Json::json_pointer rest(pointer); !rest.empty(); rest.pop_back()) steps.insert(steps.begin(), rest.back());
  const bool in_document = steps.size() > 1 && steps.front() == "documents";
  std::string out;
  for (std::size_t i = in_document ? 2 : 0; i < steps.size(); ++i) out += (out.empty() ? "" : ".") + steps[i];
  return in_document ? steps[1] + ": " + out : out;
}

/// The leaves that differ. Lists are leaves.
void differences(const Json* before, const Json* after, const std::string& pointer, std::vector<FieldChange>& out) {
  if (before != nullptr && after != nullptr && *before == *after) return;
  const bool deeper = (before == nullptr || before->is_object()) && (after == nullptr || after->is_object());
  if (!deeper) {
    FieldChange field{.path = path_of(pointer), .pointer = pointer};
    if (before != nullptr) field.before = *before;
    if (after != nullptr) field.after = *after;
    out.push_back(std::move(field));
    return;
  }
  const auto member = [](const Json* object, const std::string& key) -> const Json* {
    if (object == nullptr) return nullptr;
    const auto found = object->find(key);
    return found == object->end() ? nullptr : &*found;
  };
  for (const Json* side : {before, after}) {
    if (side == nullptr) continue;
    for (const auto& [key, value] : side->items()) {
      if (side == after && member(before, key) != nullptr) continue;  // seen from the other side
      differences(member(before, key), member(after, key), pointer + "/" + pointer_step(key), out);
    }
  }
}

/// The program that runs a class path.
std::string java_of(const Json& spec) {
  const auto java = spec.at("command").front().get<std::string>();
  return java.find('/') == std::string::npos ? java : (fs::path(string_at(spec, {"folder"})) / java).string();
}

}  // namespace

Traits ProcessRules::traits(const ResourceId& /*id*/) const {
  return {.runs_pods = true, .tells_managers = false, .removal_rank = 0};
}

std::string ProcessRules::headline(const Resource& desired) const {
  std::vector<std::string> words;
  if (const Json* command = cloudflow::find(desired.spec, {"command"}); command != nullptr && command->is_array()) {
    for (std::size_t i = 0; i < command->size(); ++i) {
      const std::string pointer = fmt::format("/command/{}", i);
      words.push_back(covers(desired.secrets, pointer) ? std::string(hidden_value) : (*command)[i].get<std::string>());
    }
  }
  return join(words, " ");
}

Result<std::vector<Live>> ProcessProvider::read(std::span<const Resource> /*desired*/, const Inventory& /*inventory*/,
                                                std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  const std::scoped_lock lock(mutex_);
  std::vector<Live> out;
  for (const auto& [id, process] : running_)
    out.push_back({id, dump({{"spec", process.spec}, {"secrets", process.secrets}})});
  return out;
}

Result<Change> ProcessRules::compare(const Resource* desired, const Live* live) const {
  Change change{.id = desired != nullptr ? desired->id : live->id};
  if (desired != nullptr) change.desired = *desired;
  change.action = live == nullptr ? Action::create : Action::remove;
  if (live != nullptr) {
    CF_TRY(change.precondition, parse_json(live->document, live->id.text()));
  }
  if (live == nullptr || desired == nullptr) return change;
  differences(&change.precondition.at("spec"), &desired->spec, "", change.fields);
  // A program that is not there is about to be built: what runs goes on until it is.
  std::erase_if(change.fields,
                [](const FieldChange& field) { return field.pointer == "/program" && field.after == ""; });
  const auto before = change.precondition.at("secrets").get<std::vector<std::string>>();
  for (FieldChange& field : change.fields) {
    field.secret = covers(desired->secrets, field.pointer) || covers(before, field.pointer);
    if (field.after) field.origin = desired->origin_of(field.pointer);
  }
  std::ranges::sort(change.fields, {}, &FieldChange::pointer);
  change.action = change.fields.empty() ? Action::none : Action::update;
  change.restarts = change.fields.empty() ? 0 : 1;
  return change;
}

Result<std::vector<Error>> ProcessRules::verify(std::span<Change> changes, std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  for (Change& change : changes) change.verified = Verified::local;
  return std::vector<Error>();
}

Result<void> ProcessProvider::apply(const Change& change, std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  {
    const std::scoped_lock lock(mutex_);
    const auto running = running_.find(change.id);
    const bool removes = change.action == Action::remove;
    if (removes ? running == running_.end() : running != running_.end() && running->second.spec == change.desired.spec)
      return {};
    if (running != running_.end() &&
        (change.action == Action::create || change.precondition.value("spec", Json()) != running->second.spec))
      return failure(ErrorKind::conflict, fmt::format("{} has changed since the plan", change.id.text()));
  }
  supervisor_.stop(change.id.name, patience);
  {
    const std::scoped_lock lock(mutex_);
    running_.erase(change.id);
  }
  return change.action == Action::remove ? Result<void>() : start(change.desired, stop);
}

Result<std::string> ProcessProvider::write_documents(const Resource& desired) const {
  const fs::path folder = fs::path(work_) / desired.id.name;
  std::error_code trouble;
  fs::create_directories(folder, trouble);
  if (!trouble) fs::permissions(folder, fs::perms::owner_all, trouble);
  const Json* documents = cloudflow::find(desired.spec, {"documents"});
  if (!trouble && documents != nullptr && documents->is_object()) {
    for (const auto& [file, document] : documents->items()) {
      std::ofstream out(folder / file, std::ios::binary | std::ios::trunc);
      out << dump(document) << '\n' << std::flush;
      if (!out) trouble = std::error_code(errno, std::generic_category());
    }
  }
  if (!trouble) return folder.string();
  return failure(ErrorKind::denied, fmt::format("the documents of {} cannot be written to {}: {}", desired.id.name,
                                                folder.string(), trouble.message()));
}

Result<std::string> ProcessProvider::class_path(const Json& spec, const std::stop_token& stop) {
  CF_TRY(std::vector<std::string> entries, class_path_entries(spec));
  for (const std::string& entry : entries) {
    std::error_code unknown;
    const fs::path path(entry);
    if (!fs::exists(path.filename() == "*" ? path.parent_path() : path, unknown))
      return failure(ErrorKind::not_found, fmt::format("there is no {}, which the class path names", quote(entry)),
                     "build the application; the sandbox sees when it comes");
  }
  CF_TRY(std::string launcher, launcher_.folder(java_of(spec), stop));
  entries.insert(entries.begin(), std::move(launcher));
  return join(entries, ":");
}

Result<void> ProcessProvider::start(const Resource& desired, const std::stop_token& stop) {
  CF_TRY(const std::string folder, write_documents(desired));
  ProcessRequest request{.environment = {{documents_variable, folder}, {"CLOUDFLOW_LOG", "text"}},
                         .directory = string_at(desired.spec, {"folder"})};
  for (const Json& word : desired.spec.at("command")) request.command.push_back(word.get<std::string>());
  if (has_class_path(desired.spec)) {
    if (request.command.front() == "java") request.command.front() = java_program("java");
    const std::string named = java_of(desired.spec);
    const std::string java = named == "java" ? java_program(named) : named;
    const EngineOptions engine =
        engine_options(string_at(desired.spec, {"runtime"}), has_modules(java), folder + "/storage");
    request.command.insert(request.command.begin() + 1, engine.java.begin(), engine.java.end());  // the user's win
    request.environment.insert(engine.environment.begin(), engine.environment.end());
    CF_TRY(request.environment["CLASSPATH"], class_path(desired.spec, stop));
  }
  if (const Json* environment = cloudflow::find(desired.spec, {"environment"}); environment != nullptr) {
    for (const auto& [name, value] : environment->items()) request.environment[name] = value.get<std::string>();
  }
  CF_CHECK(supervisor_.start(desired.id.name, request));
  const std::scoped_lock lock(mutex_);
  running_.insert_or_assign(desired.id, desired);
  return {};
}

Result<std::vector<Readiness>> ProcessProvider::readiness(std::span<const ResourceId> ids, std::stop_token stop) {
  if (stop.stop_requested()) return stopped();
  std::vector<Readiness> out;
  for (const ResourceId& id : ids) {
    const ProcessState state = supervisor_.state(id.name);
    switch (state.kind) {
      case ProcessState::Kind::starting:
        out.push_back({.state = Readiness::State::waiting, .left = Supervisor::settled});
        break;
      case ProcessState::Kind::running:
        out.push_back({.state = Readiness::State::ready});
        break;
      case ProcessState::Kind::ended:
        out.push_back({.state = Readiness::State::failed, .reason = state.reason});
        break;
      case ProcessState::Kind::gone:
        out.push_back({.state = Readiness::State::missing});
        break;
    }
  }
  return out;
}

void ProcessProvider::stop(std::span<const std::string> names, const std::stop_token& now) {
  parallel_for(names.size(), static_cast<int>(names.size()),
               [&](std::size_t i) { supervisor_.stop(names[i], patience, now); });
  const std::scoped_lock lock(mutex_);
  for (const std::string& name : names)
    std::erase_if(running_, [&](const auto& entry) { return entry.first.name == name; });
}

}  // namespace cloudflow
