// What is wrong with a class of streamlets.
#include "cloudflow/streamlet/class_mistakes.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <stdexcept>

#include "cloudflow/streamlet/streamlet.h"
#include "sdk/streamlet/free.h"

namespace cloudflow::streamlet {
namespace {

class Mistakes {
 public:
  Mistakes(const Streamlet& streamlet, const std::string& called) : streamlet_(streamlet), called_(called) {
    check_ports();
    check_what_it_does();
    check_stores();
    check_names();
  }
  std::vector<Error> all{};

 private:
  void add(std::string message, std::string hint) {
    all.push_back({ErrorKind::invalid_input, std::move(message), std::nullopt, std::move(hint)});
  }

  void check_ports() {
    std::set<std::string> names;
    const auto check = [&](const std::string& name) {
      if (!names.insert(name).second)
        add(fmt::format("{} has two ports {}", called_, name), "each inlet and each outlet has a name of its own");
    };
    for (const AnyInlet* inlet : streamlet_.inlets()) {
      check(inlet->name());
      if (!inlet->has_handler())
        add(fmt::format("inlet {} of {} has no handler", inlet->name(), called_),
            "call on(inlet, function) in the constructor");
    }
    for (const AnyOutlet* outlet : streamlet_.outlets()) check(outlet->name());
  }

  void check_what_it_does() {
    const bool reads = !streamlet_.inlets().empty();
    if (!reads && !streamlet_.generator())
      add(fmt::format("{} has neither an inlet nor generate", called_), "call generate(function) in the constructor");
    if (reads && streamlet_.generator())
      add(fmt::format("{} has both inlets and generate", called_), "make two streamlets of it");
    if (!reads && streamlet_.processing() == Processing::exactly_once)
      add(fmt::format("{} cannot process exactly once: it has no inlet", called_),
          "what generate sends has no offset that could be part of its transaction");
    const AnyOutlet* letters = streamlet_.dead_letter_outlet();
    const auto& outlets = streamlet_.outlets();
    if (letters == nullptr && streamlet_.error_policy() == OnError::dead_letter)
      add(fmt::format("{} wants dead letters, and has no outlet for them", called_),
          "declare Outlet<Bytes> and call dead_letters_to(outlet) in the constructor");
    if (letters != nullptr && std::ranges::find(outlets, letters) == outlets.end())
      add(fmt::format("{} sends dead letters to an outlet that it does not have", called_),
          "call dead_letters_to with an outlet that is a member of the class");
  }

  void check_stores() {
    if (!streamlet_.stores().empty() && streamlet_.inlets().empty())
      add(fmt::format("{} has stores, and no inlet", called_),
          "a store has the partitions of the inlets, so there has to be one");
    std::set<std::string> names;
    for (const AnyStore* store : streamlet_.stores()) {
      if (is_store_name(store->name()) && names.insert(store->name()).second) continue;
      add(fmt::format("store \"{}\" of {} needs another name", store->name(), called_),
          "lower-case letters, digits and dashes, and one that no other store has");
    }
  }

  void check_names() {
    std::set<std::string> keys;
    for (const AnyParameter* parameter : streamlet_.parameters()) {
      if (!keys.insert(parameter->key()).second)
        add(fmt::format("{} has two config parameters {}", called_, parameter->key()), "each has a key of its own");
    }
    std::set<std::string> mounts;
    for (const VolumeMount* mount : streamlet_.volume_mounts()) {
      if (!mounts.insert(mount->name()).second)
        add(fmt::format("{} has two volume mounts {}", called_, mount->name()), "each has a name of its own");
    }
  }

  static bool is_store_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
  }

  const Streamlet& streamlet_;
  const std::string& called_;
};

}  // namespace

std::vector<Error> class_mistakes(const Streamlet& streamlet, const std::string& called) {
  return Mistakes(streamlet, called).all;
}

std::string text_of(const std::vector<Error>& mistakes) {
  std::string out;
  for (const Error& one : mistakes)
    out += (out.empty() ? "" : "; ") + one.message + (one.hint.empty() ? "" : " (" + one.hint + ")");
  return out;
}

void check_class(const Streamlet& streamlet, const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, Free<std::free>> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status));
  const std::vector<Error> mistakes = class_mistakes(streamlet, status == 0 ? name.get() : type.name());
  if (!mistakes.empty()) throw std::logic_error(text_of(mistakes));
}

}  // namespace cloudflow::streamlet
