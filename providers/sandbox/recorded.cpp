// What another run of the program has in its sandbox.
#include "providers/sandbox/recorded.h"

#include "providers/sandbox/sealed_values.h"

namespace cloudflow {
namespace {

std::vector<std::string> secrets_of(const Json& document) {
  std::vector<std::string> out;
  const Json* secrets = cloudflow::find(document, {"secrets"});
  if (secrets == nullptr || !secrets->is_array()) return out;
  for (const Json& pointer : *secrets) {
    if (pointer.is_string()) out.push_back(pointer.get<std::string>());
  }
  return out;
}

}  // namespace

Result<Live> RecordedProcesses::sealed(const Live& live, std::string_view key) {
  CF_TRY(Json document, parse_json(live.document, live.id.text()));
  document["spec"] = with_sealed(document.at("spec"), secrets_of(document), key);
  return Live{.id = live.id, .document = dump(document)};
}

/// What is secret on one side only has to be sealed on the other, too: else the same value would differ.
Result<Change> RecordedProcesses::compare(const Resource* desired, const Live* live) const {
  if (desired == nullptr || live == nullptr) return ProcessRules::compare(desired, live);
  CF_TRY(Json document, parse_json(live->document, live->id.text()));
  const std::vector<std::string> before = secrets_of(document);
  std::vector<std::string> both = before;
  both.insert(both.end(), desired->secrets.begin(), desired->secrets.end());
  Resource wanted = *desired;
  wanted.spec = with_sealed(desired->spec, both, key_);
  document["spec"] = with_sealed(document.at("spec"), desired->secrets, key_, before);
  const Live sealed{.id = live->id, .document = dump(document)};
  CF_TRY(Change out, ProcessRules::compare(&wanted, &sealed));
  out.desired = *desired;
  return out;
}

}  // namespace cloudflow
