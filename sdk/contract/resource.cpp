// Names of resources, actions, risks and causes.
#include <algorithm>
#include <cctype>

#include "cloudflow/change.h"

namespace cloudflow {

std::string ResourceId::text() const {
  std::string kind_text = kind.substr(0, kind.find('.'));
  std::ranges::transform(kind_text, kind_text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kind_text + "/" + name;
}

std::optional<SourcePos> Resource::origin_of(std::string_view pointer) const {
  std::string at(pointer);
  while (true) {
    if (const SourcePos* found = origins.at(at)) return *found;
    if (at.empty()) return std::nullopt;
    const auto cut = at.find_last_of("/#");
    at.resize(cut == std::string::npos ? 0 : cut);
  }
}

void lose(Change& change, Loss loss) {
  change.risk = Risk::data_loss;
  change.losses.push_back(std::move(loss));
}

void take_along(Change& change, ResourceId id) {
  if (id != change.id && std::ranges::find(change.takes, id) == change.takes.end())
    change.takes.push_back(std::move(id));
}

bool only_may_lose(const Change& change) {
  return change.risk == Risk::data_loss && !change.losses.empty() &&
         std::ranges::none_of(change.losses, [](const Loss& loss) { return loss.certain; });
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::none:
      return "none";
    case Action::create:
      return "create";
    case Action::update:
      return "update";
    case Action::replace:
      return "replace";
    case Action::remove:
      return "remove";
  }
  return "";
}

std::string_view name_of(Risk risk) {
  switch (risk) {
    case Risk::none:
      return "none";
    case Risk::restart:
      return "restart";
    case Risk::disruptive:
      return "disruptive";
    case Risk::data_loss:
      return "data_loss";
  }
  return "";
}

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::git:
      return "git";
    case Cause::drift:
      return "drift";
    case Cause::adopted:
      return "adopted";
  }
  return "";
}

std::string_view name_of(Verified verified) {
  switch (verified) {
    case Verified::no:
      return "no";
    case Verified::local:
      return "local";
    case Verified::server:
      return "server";
  }
  return "";
}

}  // namespace cloudflow
