// Saved plans.
#include "cli/pipeline/saved_plans.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "cli/pipeline/record.h"
#include "cli/version.h"
#include "cli/views/plan_json.h"
#include "cli/views/resource_text.h"
#include "cli/whole_file.h"
#include "providers/kubernetes/cluster/cluster_identity.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// Larger than any plan: what is read instead of it by mistake.
constexpr std::uintmax_t largest_file = 256U << 20U;

/// A whole file that is not large. `what` names it in errors.
Result<std::string> read_file(const std::string& file, std::string_view what, const std::string& hint) {
  std::error_code problem;
  const auto failed = [&](const std::string& why) {
    return failure(ErrorKind::not_found, fmt::format("read {} {}: {}", what, quote(file), why), hint);
  };
  const fs::file_status status = fs::status(file, problem);
  if (!fs::exists(status)) return failed("no such file");
  if (fs::is_directory(status)) return failed("it is a folder");
  if (fs::is_regular_file(status) && fs::file_size(file, problem) > largest_file)
    return failed("it is larger than any such file");
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) return failed(std::generic_category().message(errno));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return failed(std::generic_category().message(errno));
  return text;
}

/// The repository that holds the folder, and where the project is in it; nothing outside git.
std::optional<std::pair<std::string, std::string>> place_in_repository(const SourceOptions& options) {
  std::error_code problem;
  const fs::path folder =
      fs::canonical(fs::path(options.folder.empty() ? "." : options.folder) / options.path, problem);
  if (problem) return std::nullopt;
  const auto repository = GitRepository::discover(folder.string());
  if (!repository || !*repository) return std::nullopt;
  const fs::path working = fs::canonical((*repository)->working_folder(), problem);
  if (problem) return std::nullopt;
  std::string inside = folder.lexically_relative(working).generic_string();
  if (inside == ".") inside.clear();
  return std::pair(working.string(), std::move(inside));
}

SavedSource saved_source(const SourceOptions& options, const Revision& revision) {
  SavedSource out{.repository = options.repository,
                  .commit = revision.commit,
                  .branch = revision.branch,
                  .path = options.path,
                  .folder = options.folder,
                  .file = options.file,
                  .dirty = revision.dirty};
  if (!options.repository.empty() || !out.is_commit()) return out;
  if (auto place = place_in_repository(options)) {
    out.repository = std::move(place->first);
    out.path = std::move(place->second);
    out.folder.clear();
  }
  return out;
}

/// The systems as a saved plan names them.
Result<std::map<std::string, SavedSystem>> systems_here(Outside& outside, const std::stop_token& stop) {
  CF_TRY(const ClusterIdentity cluster, identity_of(outside.cluster(), stop));
  CF_TRY(const auto ids, outside.cluster_ids());
  std::map<std::string, SavedSystem> out;
  out.emplace(outside.kubernetes().name(), SavedSystem{.id = cluster.uid, .address = cluster.server});
  for (const auto& [name, id] : ids) out.emplace(fmt::format("kafka {}", name), SavedSystem{.id = id});
  return out;
}

Error for_others(std::string why) {
  return {ErrorKind::conflict, fmt::format("this plan is not for here: {}; nothing was changed", why), std::nullopt,
          "apply it where it was made for, or make another: cloudflow plan --out FILE"};
}

Error no_more(std::string why) {
  return {ErrorKind::conflict, std::move(why) + "; nothing was changed", std::nullopt,
          "make it again and have it approved: cloudflow plan --out FILE"};
}

std::string text_of_run(const Json& last) {
  const std::string commit = string_at(last, {"commit"});
  return fmt::format("{}{} by {} at {}", string_at(last, {"command"}, "apply"),
                     commit.empty() ? "" : " of commit " + commit.substr(0, 7), string_at(last, {"by"}, "somebody"),
                     string_at(last, {"time"}, "an unknown time"));
}

/// Not to be given beside a saved plan, which has its own.
std::string option_of_the_plan(const SavedPlan& saved, const SourceOptions& given) {
  if (!given.environment.empty() && given.environment != saved.environment)
    return fmt::format("it is for environment {}, not {}", quote(saved.environment), quote(given.environment));
  if (!given.ns.empty() && given.ns != saved.target.ns)
    return fmt::format("it is for namespace {}, not {}", quote(saved.target.ns), quote(given.ns));
  if (!given.revision.empty() || !given.branch.empty() || !given.path.empty())
    return "the plan says which commit and folder it is of; leave out --revision and --path";
  return "";
}

}  // namespace

Result<SavedPlan> save(const Source& source, Outside& outside, const ToSave& what, const Allowances& allowed,
                       const std::stop_token& stop) {
  const Planned& planned = what.planned;
  CF_TRY(auto systems, systems_here(outside, stop));
  const Plan& plan = planned.plan;
  SavedPlan out{.made_by = std::string(program_version),
                .application = plan.application,
                .environment = plan.environment,
                .source = saved_source(source.options, plan.revision),
                .target = {.ns = outside.cluster().ns(), .systems = std::move(systems)},
                .allowed = allowed,
                .base = base_of(planned.record.last),
                .shown = plan_document(plan)};
  save_changes(plan, what.compared, digester_of(outside), out);
  seal(out);
  return out;
}

Result<void> write_saved_plan(const std::string& file, const std::string& text) {
  const Result<void> written = write_whole(file, text);
  if (written) return {};
  return failure(ErrorKind::invalid_input,
                 fmt::format("write the plan to {}: {}", quote(file), written.error().message),
                 "name a file in a folder that can be written to");
}

void remove_saved_plan(const std::string& file) {
  std::error_code problem;
  if (!fs::is_regular_file(file, problem)) return;
  const Result<std::string> text = read_file(file, "", "");
  if (text && text->find("\"format\": \"cloudflow-plan\"") != std::string::npos) fs::remove(file, problem);
}

Result<SavedPlan> load_saved_plan(const std::string& file) {
  std::error_code ignored;
  CF_TRY(const std::string text,
         read_file(file, "the saved plan",
                   fs::is_directory(file, ignored) ? "to apply a project: cloudflow apply -C FOLDER"
                                                   : "wanted is a file that `cloudflow plan --out FILE` has written"));
  return read_saved_plan(text, file);
}

Result<void> sign(SavedPlan& plan, const std::string& key_file) {
  CF_TRY(std::string pem, read_file(key_file, "the key to sign with", ""));
  CF_TRY(plan.signature, sign_ed25519(Secret(std::move(pem)), key_file, signed_bytes(plan)));
  return {};
}

std::optional<Error> why_not_signed(const SavedPlan& plan, const std::string& keys_file) {
  const Result<std::string> pem = read_file(keys_file, "the keys for signatures", "");
  if (!pem) return pem.error();
  const Result<Ed25519Keys> keys = Ed25519Keys::read(*pem, keys_file);
  if (!keys) return keys.error();
  const auto refused = [&](const std::string& why) {
    return Error{ErrorKind::denied, fmt::format("this plan is not signed as --require-signature asks: {}", why),
                 std::nullopt, "have it signed by whoever may approve it: cloudflow plan --out FILE --sign KEY"};
  };
  if (!plan.signature) return refused("it has no signature");
  if (keys->have_signed(signed_bytes(plan), plan.signature->value)) return std::nullopt;
  const std::vector<std::string> known = keys->fingerprints();
  return std::ranges::find(known, plan.signature->public_key) == known.end()
             ? refused(fmt::format("key {} has signed it, which is not in {}", quote(plan.signature->public_key),
                                   quote(keys_file)))
             : refused("its signature is not of this content");
}

Result<SourceOptions> source_of(const SavedPlan& saved, SourceOptions given) {
  if (const std::string wrong = option_of_the_plan(saved, given); !wrong.empty())
    return failure(ErrorKind::invalid_input, fmt::format("this plan cannot be applied with these options: {}", wrong));
  SourceOptions out = std::move(given);
  out.environment = saved.environment;
  out.ns = saved.target.ns;
  out.file = saved.source.file;
  if (!saved.source.is_commit()) {
    if (!out.repository.empty()) {
      return failure(ErrorKind::invalid_input,
                     "this plan was made of a folder with changes that no commit has, so no repository has its source",
                     "apply it in that folder, or commit and plan again");
    }
    if (out.folder == ".") out.folder = saved.source.folder;
    out.path = saved.source.path;
    return out;
  }
  out.revision = saved.source.commit;
  if (out.repository.empty()) {
    const auto here = place_in_repository(out);
    const std::string folder = out.folder.empty() ? "." : out.folder;
    out.repository = here ? here->first : GitRepository::open(folder) ? folder : saved.source.repository;
  }
  out.path = saved.source.path;
  out.folder = ".";
  return out;
}

Result<void> check_source(const SavedPlan& saved, const SourceRequest& request) {
  // What is fetched says by itself what it lacks, and is not fetched twice.
  if (!saved.source.is_commit() || is_git_url(request.repository)) return {};
  return check_commit(request, "the plan");
}

std::optional<Error> why_not_for(const SavedPlan& saved, const Source& source, Outside& outside,
                                 const std::stop_token& stop) {
  if (saved.application != source.application.id)
    return for_others(fmt::format("it is for application {}, and the project here is {}", quote(saved.application),
                                  quote(source.application.id)));
  const auto here = systems_here(outside, stop);
  if (!here) return here.error();
  for (const auto& [name, system] : saved.target.systems) {
    const auto found = here->find(name);
    if (found == here->end()) continue;  // nothing of it is asked for any more: its changes have moved
    const bool has_ids = !system.id.empty() && !found->second.id.empty();
    if (has_ids && system.id != found->second.id)
      return for_others(fmt::format("it is for another {}, with the id {}; the id here is {}", name, quote(system.id),
                                    quote(found->second.id)));
    if (!has_ids && system.address != found->second.address)
      return for_others(
          fmt::format("it is for {} at {}, and this is {}", name, quote(system.address), quote(found->second.address)));
  }
  return std::nullopt;
}

std::optional<Error> why_not_any_more(const SavedPlan& saved, const Inventory& record) {
  const Json& last = record.last;
  const Json* used = find(last, {plans_member});
  const bool was_used =
      used != nullptr && used->is_array() && std::ranges::find(*used, Json(saved.digest)) != used->end();
  const bool is_last = string_at(last, {plan_member}) == saved.digest;
  // What it did not come to, because it was killed or something had moved, it may still do.
  if (is_last && (was_interrupted(record) || int_at(last, {"refused"}) > 0)) return std::nullopt;
  if (is_last) return no_more(fmt::format("this plan was applied already: {}", text_of_run(last)));
  if (was_used) return no_more("this plan was applied already, and other applies have followed");
  if (base_of(last) == saved.base) return std::nullopt;
  if (last.is_null()) return no_more("the application was destroyed after this plan was made");
  return no_more(fmt::format("the application was changed after this plan was made: {}", text_of_run(last)));
}

Digester digester_of(Outside& outside) {
  return {.without_secrets = masked_spec, .key = stored_digest_key(outside.cluster())};
}

std::vector<Note> notes_of(const SavedPlan& saved, const HeldTo& held, MovedChanges moved) {
  std::vector<Note> out;
  if (!held.done.empty()) {
    std::vector<std::string> names;
    for (const ResourceId& id : held.done) names.push_back(id.text());
    out.emplace_back(fmt::format("of the saved plan, {} as it wants {} already: {}",
                                 names.size() == 1 ? "this is" : "these are", names.size() == 1 ? "it" : "them",
                                 join(names, ", ")));
  }
  if (!held.moved.empty() && moved == MovedChanges::refused) {
    out.emplace_back(
        "what has moved since the plan was made is not touched; to plan just that again: cloudflow apply FILE "
        "--replan-moved");
  }
  if (!held.moved.empty() && moved == MovedChanges::planned) {
    std::vector<std::string> names;
    for (const ResourceId& id : held.moved) names.push_back(id.text());
    out.emplace_back(fmt::format("moved since the plan was made, and planned again: {}", join(names, ", ")));
  }
  if (held.secrets_unchecked) {
    out.emplace_back(
        saved.keyed ? "some secret values could not be compared with the saved plan"
                    : "secret values could not be compared with the saved plan: it was made before the first apply, "
                      "which makes the key for their digests");
  }
  return out;
}

}  // namespace cloudflow
