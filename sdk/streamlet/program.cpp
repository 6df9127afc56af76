// The command line of a program with streamlets.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <span>

#include "cloudflow/streamlet/class_mistakes.h"
#include "cloudflow/streamlet/streamlet.h"
#include "sdk/streamlet/describe.h"
#include "sdk/streamlet/log.h"
#include "sdk/streamlet/runner.h"

namespace cloudflow::streamlet {
namespace {

constexpr std::string_view usage =
    "usage: {} [--config FOLDER] [--http [ADDRESS:]PORT]\n"
    "       {} --describe\n"
    "\n"
    "  --config FOLDER           where application.conf and secret.conf are (else $CLOUDFLOW_RUNNER_SECRET,\n"
    "                            else /etc/cloudflow-runner-secret)\n"
    "  --http [ADDRESS:]PORT     serves /metrics, /live and /ready there, on all addresses unless one is named\n"
    "                            (else $CLOUDFLOW_HTTP, else cloudflow.streamlet.http of secret.conf, else 2050);\n"
    "                            0 serves nothing\n"
    "  --describe                prints the descriptors of the program's streamlets, for cloudflow\n";

struct Options {
  bool describe = false;
  bool help = false;
  std::string config = "/etc/cloudflow-runner-secret";
  std::string http{};
};

void from_environment(const char* name, std::string& into) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): there is one thread
  if (value != nullptr && *value != '\0') into = value;
}

Result<Options> read_options(std::span<char*> arguments) {
  Options out;
  from_environment("CLOUDFLOW_RUNNER_SECRET", out.config);
  from_environment("CLOUDFLOW_HTTP", out.http);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view one = arguments[i];
    std::string* value = one == "--config" ? &out.config : one == "--http" ? &out.http : nullptr;
    if (value != nullptr && i + 1 < arguments.size()) {
      *value = arguments[++i];
    } else if (value != nullptr) {
      return failure(ErrorKind::invalid_input, fmt::format("{} has no value", one));
    } else if (one == "--describe") {
      out.describe = true;
    } else if (one == "--help" || one == "-h") {
      out.help = true;
    } else {
      return failure(ErrorKind::invalid_input, fmt::format("unknown argument {}", one), "--help lists what there is");
    }
  }
  return out;
}

/// The class that the documents ask for; where they name none, the only one.
Result<const StreamletClass*> class_of(const std::vector<StreamletClass>& classes, const std::string& wanted) {
  if (wanted.empty() && classes.size() == 1) return classes.data();
  std::string known;
  for (const StreamletClass& one : classes) {
    if (one.class_name == wanted) return &one;
    known += (known.empty() ? "" : ", ") + one.class_name;
  }
  return failure(ErrorKind::not_found, fmt::format("this program has no class \"{}\"", wanted), "it has " + known);
}

Result<int> run_program(const Options& options, const std::vector<StreamletClass>& classes) {
  CF_TRY(Documents documents, read_documents(options.config));
  CF_TRY(const StreamletClass* const which, class_of(classes, documents.class_name));
  if (!options.http.empty()) documents.run.http = options.http;
  if (documents.run.http.empty()) documents.run.http = "2050";
  return run_streamlet(*which, documents);
}

int say(const Error& error) {
  log::error(error.message + (error.hint.empty() ? "" : " (" + error.hint + ")"));
  return 1;
}

/// Of a build, which shows it to somebody: no lines of a log.
int refuse(const std::vector<Error>& mistakes) {
  for (const Error& one : mistakes) std::fputs(("error: " + text_of({one}) + "\n").c_str(), stderr);
  return 1;
}

}  // namespace

std::vector<Error> Program::mistakes() const {
  std::vector<Error> out;
  std::set<std::string> names;
  for (const StreamletClass& one : classes_) {
    if (!names.insert(one.class_name).second) {
      out.push_back({ErrorKind::invalid_input, fmt::format("the program has two classes {}", one.class_name),
                     std::nullopt, "each has a name of its own"});
    }
    try {
      const std::vector<Error> of_class = class_mistakes(*one.make(), one.class_name);
      out.insert(out.end(), of_class.begin(), of_class.end());
    } catch (const std::exception& problem) {
      out.push_back({ErrorKind::invalid_input, fmt::format("{} cannot be made: {}", one.class_name, problem.what()),
                     std::nullopt, ""});
    }
  }
  return out;
}

std::string Program::describe() const {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const StreamletClass& one : classes_) out.push_back(descriptor_of(one));
  return out.dump(2) + "\n";
}

int Program::run(int argc, char** argv) const {
  try {
    const Result<Options> options = read_options({argv, static_cast<std::size_t>(argc)});
    if (!options) return say(options.error());
    if (options->help) {
      const std::string text = fmt::format(usage, argv[0], argv[0]);
      return std::fputs(text.c_str(), stdout) < 0 ? 1 : 0;
    }
    if (options->describe) {
      if (const std::vector<Error> wrong = mistakes(); !wrong.empty()) return refuse(wrong);
      return std::fputs(describe().c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
    }
    const Result<int> done = run_program(*options, classes_);
    return done ? *done : say(done.error());
  } catch (const std::exception& problem) {
    return say({.message = problem.what()});
  }
}

}  // namespace cloudflow::streamlet
