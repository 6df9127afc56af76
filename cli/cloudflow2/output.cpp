// Cloudflow 2's output formats.
#include "cli/cloudflow2/output.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/cloudflow2/columns.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

using Ordered = nlohmann::ordered_json;

/// "2021-03-01T10:00:00Z" → "2021-03-01 10:00:00 +0000 UTC". The server's times are in UTC.
std::string classic_time(const std::string& time) {
  const auto middle = time.find('T');
  if (middle == std::string::npos || !time.ends_with('Z')) return time;
  return time.substr(0, middle) + " " + time.substr(middle + 1, time.size() - middle - 2) + " +0000 UTC";
}

std::string structured(const Ordered& value, Format format) {
  if (format == Format::yaml) return yaml_text(value);
  return value.dump(-1, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

Ordered summary_of(const DeployedApplication& application) {
  return {{"name", application.name},
          {"namespace", application.ns},
          {"version", application.version},
          {"creationTime", application.created}};
}

std::vector<Row> pod_rows(const std::vector<StreamletStatus>& streamlets) {
  std::vector<Row> rows = {{"STREAMLET", "POD", "READY", "STATUS", "RESTARTS"}};
  for (const StreamletStatus& streamlet : streamlets) {
    if (streamlet.pods.empty()) rows.push_back({streamlet.streamlet, "", "0/0", "Missing", "0"});
    for (const PodStatus& pod : streamlet.pods) {
      rows.push_back({streamlet.streamlet, pod.name, fmt::format("{}/{}", pod.ready_containers, pod.containers),
                      pod.status, std::to_string(pod.restarts)});
    }
  }
  return rows;
}

Ordered status_document(const Status& status) {
  Ordered streamlets = Ordered::array();
  for (const StreamletStatus& streamlet : status.streamlets) {
    Ordered pods = Ordered::array();
    for (const PodStatus& pod : streamlet.pods) {
      pods.push_back({{"name", pod.name},
                      {"ready", {{"ready", pod.ready_containers}, {"total", pod.containers}}},
                      {"status", pod.status},
                      {"restarts", pod.restarts}});
    }
    streamlets.push_back({{"name", streamlet.streamlet}, {"podsStatuses", std::move(pods)}});
  }
  return {{"status",
           {{"summary", summary_of(status.application)},
            {"status", status.state},
            {"endpointsStatuses", Ordered::array()},
            {"streamletsStatuses", std::move(streamlets)}}}};
}

/// A key as Typesafe config writes it in a path.
std::string path_step(const std::string& key) {
  const bool plain = !key.empty() && std::ranges::all_of(key, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c >= 0x80;
  });
  return plain ? key : Json(key).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Leaves by path, as entrySet() gives them: without nulls and empty objects, a list as one value.
void flatten(const ConfigValue& value, const std::string& path, std::vector<Row>& rows) {
  for (const auto& [key, member] : value.members()) {
    const std::string below = path.empty() ? path_step(key) : path + "." + path_step(key);
    if (member.is_object()) {
      flatten(member, below, rows);
    } else if (member.is_list()) {
      std::vector<std::string> items;
      for (const ConfigValue& item : member.items())
        items.push_back(item.is_scalar() ? item.text() : item.to_json_text());
      rows.push_back({below, fmt::format("[{}]", join(items, ", "))});
    } else if (!member.is_null()) {
      rows.push_back({below, member.text()});
    }
  }
}

bool all_ready(const StreamletStatus& streamlet) {
  if (streamlet.wanted == 0) return std::ranges::all_of(streamlet.pods, &PodStatus::ready);
  return static_cast<int>(streamlet.pods.size()) == streamlet.wanted &&
         std::ranges::all_of(streamlet.pods, &PodStatus::ready);
}

}  // namespace

std::optional<Format> format_of(std::string_view text) {
  const std::string name = lower(text);
  if (name == "c" || name == "classic") return Format::classic;
  if (name == "t" || name == "table") return Format::table;
  if (name == "json") return Format::json;
  if (name == "yaml") return Format::yaml;
  return std::nullopt;
}

std::string state_of(const std::vector<StreamletStatus>& streamlets) {
  if (std::ranges::all_of(streamlets, all_ready)) return "Running";
  for (const StreamletStatus& streamlet : streamlets) {
    for (const PodStatus& pod : streamlet.pods) {
      if (pod.status == "CrashLoopBackOff") return pod.status;
    }
  }
  return "Pending";
}

std::string version_text(std::string_view version, Format format) {
  switch (format) {
    case Format::classic:
      return std::string(version) + "\n";
    case Format::table:
      return grid({{"VERSION", std::string(version)}}, 0, 2) + "\n";
    case Format::json:
    case Format::yaml:
      return structured({{"version", version}}, format);
  }
  return "";
}

std::string list_text(const std::vector<DeployedApplication>& applications, Format format) {
  if (format == Format::json || format == Format::yaml) {
    Ordered summaries = Ordered::array();
    for (const DeployedApplication& one : applications) summaries.push_back(summary_of(one));
    return structured({{"summaries", std::move(summaries)}}, format);
  }
  std::vector<Row> rows = {{"NAME", "NAMESPACE", "VERSION", "CREATION-TIME"}};
  for (const DeployedApplication& one : applications)
    rows.push_back(
        {one.name, one.ns, one.version, format == Format::classic ? classic_time(one.created) : one.created});
  return (format == Format::classic ? plain_columns(rows) : grid(rows, 1, rows.front().size())) + "\n";
}

std::string status_text(const Status& status, Format format) {
  const DeployedApplication& application = status.application;
  switch (format) {
    case Format::classic:
      return fmt::format(
          "Name:             {}\nNamespace:        {}\nVersion:          {}\nCreated:          {}\n"
          "Status:           {}\n\n{}\n",
          application.name, application.ns, application.version, classic_time(application.created), status.state,
          status.streamlets.empty() ? "" : plain_columns(pod_rows(status.streamlets)));
    case Format::table: {
      std::string out = grid({{"Name:", application.name},
                              {"Namespace:", application.ns},
                              {"Version:", application.version},
                              {"Created:", application.created},
                              {"Status:", status.state}},
                             0, 1) +
                        "\n";
      if (!status.streamlets.empty()) out += grid(pod_rows(status.streamlets), 1, 2) + "\n";
      return out;
    }
    case Format::json:
    case Format::yaml:
      return structured(status_document(status), format);
  }
  return "";
}

std::string configuration_text(const ConfigValue& document, Format format) {
  if (format == Format::json) return document.to_json_text() + "\n";
  if (format == Format::yaml) return structured(Ordered::parse(document.to_json_text(), nullptr, false), format);
  std::vector<Row> rows;
  flatten(document, "", rows);
  std::ranges::sort(rows);
  rows.insert(rows.begin(), {"KEY", "VALUE"});
  return (format == Format::classic ? plain_columns(rows) : grid(rows, 1, 2)) + "\n";
}

}  // namespace cloudflow::cloudflow2
