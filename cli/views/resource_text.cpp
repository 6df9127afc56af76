// Desired resources as text.
#include "cli/views/resource_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/systems.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view mask = "(secret)";

/// Replaces the values that the pointers name; a pointer may lead nowhere.
void mask_at(Json& value, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  if (value.contains(at)) value[at] = mask;
}

/// A Secret of ours says by its label what format its documents have; in those the secret values are known. Of any
/// other Secret, which a manifest or a template brought, every value counts as one.
bool is_secret_throughout(const Resource& resource) {
  return is_secret(resource.id) &&
         find(resource.spec, {"metadata", "labels", "com.lightbend.cloudflow/app-id"}) == nullptr;
}

Json with_all_masked(Json spec) {
  for (const char* map : {"data", "stringData"}) {
    const auto values = spec.find(map);
    if (values == spec.end() || !values->is_object()) continue;
    for (const auto& [key, value] : values->items()) value = mask;
  }
  return spec;
}

/// The manifest as a person wants to read it: a Secret's documents opened, nothing secret in them.
Json readable(const Resource& resource) {
  if (is_secret_throughout(resource)) return with_all_masked(resource.spec);
  Json spec = resource.spec;
  std::map<std::string, std::vector<std::string>> inner;  // pointer of a document → pointers inside
  for (const std::string& pointer : resource.secrets) {
    const auto hash = pointer.find('#');
    if (hash == std::string::npos) {
      inner[pointer];
      if (!is_secret(resource.id)) mask_at(spec, pointer);
    } else {
      inner[pointer.substr(0, hash)].push_back(pointer.substr(hash + 1));
    }
  }
  if (!is_secret(resource.id) || !spec.contains("data") || !spec["data"].is_object()) return spec;
  Json opened = Json::object();
  for (const auto& [key, value] : spec["data"].items()) {
    const std::string pointer = "/data/" + pointer_step(key);
    std::string text;
    if (!value.is_string() || !from_base64(value.get<std::string>(), text)) continue;
    Json document = Json::parse(text, nullptr, false);
    const auto hidden = inner.find(pointer);
    if (document.is_discarded() || !document.is_structured()) {
      opened[key] = hidden != inner.end() ? std::string(mask) : text;
      continue;
    }
    if (hidden != inner.end()) {
      for (const std::string& path : hidden->second) mask_at(document, path);
      if (hidden->second.empty()) document = mask;
    }
    opened[key] = document.is_string() ? document.get<std::string>() : dump(document);
  }
  spec.erase("data");
  spec["stringData"] = std::move(opened);
  return spec;
}

/// What may not stand in a text as it is; print_out would write it out, which only JSON and quoted YAML read back.
bool has_control(const std::string& text) {
  return text.find_first_of("\t\n") != std::string::npos || !is_printable(text);
}

/// Whether a plain YAML scalar would be read as something else than this string.
bool needs_quotes(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return true;
  static constexpr std::string_view words[] = {"true",  "false", "null",  "yes",  "no",  "on",  "off", "~",  "True",
                                               "False", "Null",  "Yes",   "No",   "On",  "Off", "y",   "n",  "Y",
                                               "N",     "TRUE",  "FALSE", "NULL", "YES", "NO",  "ON",  "OFF"};
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`=0123456789.+").find(text.front()) != std::string_view::npos) return true;
  if (has_control(text)) return true;
  return text.find_first_of("\"\\") != std::string::npos || text.find(": ") != std::string::npos ||
         text.find(" #") != std::string::npos || text.ends_with(':');
}

std::string doubled_quotes(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out;
}

void write_yaml(const Json& value, std::size_t indent, std::string& out);

void write_scalar(const Json& value, std::string& out) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  if (value.is_string() && !needs_quotes(text)) {
    out += text;
  } else if (text.find('"') != std::string::npos && !has_control(text)) {
    out += '\'' + doubled_quotes(text) + '\'';  // documents are JSON: readable without a backslash before every quote
  } else {
    out += dump(value);  // JSON scalars and empty collections are YAML
  }
}

/// Whether a literal block gives back exactly this text.
bool fits_block(const std::string& text) {
  return text.find('\n') != std::string::npos &&
         std::string_view(" \t\n").find(text.front()) == std::string_view::npos && !text.ends_with("\n\n") &&
         is_printable(text);
}

void write_block(std::string_view text, std::size_t indent, std::string& out) {
  const bool ends = text.ends_with('\n');
  out += ends ? "|\n" : "|-\n";
  if (ends) text.remove_suffix(1);
  for (const std::string& line : split(text, '\n')) out += (line.empty() ? "" : std::string(indent, ' ') + line) + "\n";
}

void write_member(const Json& value, std::size_t indent, std::string& out) {
  if ((value.is_object() || value.is_array()) && !value.empty()) {
    out += '\n';
    write_yaml(value, value.is_array() ? indent : indent + 2, out);
  } else if (value.is_string() && fits_block(value.get_ref<const std::string&>())) {
    out += ' ';
    write_block(value.get<std::string>(), indent + 2, out);
  } else {
    out += ' ';
    write_scalar(value, out);
    out += '\n';
  }
}

void write_yaml(const Json& value, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      out += margin;
      write_scalar(Json(key), out);
      out += ':';
      write_member(member, indent, out);
    }
  } else {
    for (const Json& item : value) {
      std::string text;
      if ((item.is_object() || item.is_array()) && !item.empty()) {
        write_yaml(item, indent + 2, text);
        text.replace(indent, 2, "- ");
      } else {
        text = margin + "- ";
        write_scalar(item, text);
        text += '\n';
      }
      out += text;
    }
  }
}

Json topic_json(const Resource& resource) {
  Json out = masked_spec(resource);
  out["cluster"] = resource.id.scope;
  out["name"] = resource.id.name;
  return out;
}

}  // namespace

Json masked_spec(const Resource& resource) {
  if (is_object(resource.id)) return readable(resource);
  Json out = resource.spec;
  for (const std::string& pointer : resource.secrets) mask_at(out, pointer);
  return out;
}

std::string resources_yaml(std::span<const Resource> resources) {
  std::string out;
  Json topics = Json::array();
  for (const Resource& resource : resources) {
    if (!is_object(resource.id)) {
      topics.push_back(topic_json(resource));
      continue;
    }
    out += "---\n";
    write_yaml(readable(resource), 0, out);
  }
  if (!topics.empty()) {
    out += "---\n# Not a Kubernetes object: the topics in Kafka.\n";
    write_yaml(Json{{"kind", "Topics"}, {"topics", std::move(topics)}}, 0, out);
  }
  return out;
}

std::string resources_json(std::span<const Resource> resources) {
  Json manifests = Json::array();
  Json topics = Json::array();
  for (const Resource& resource : resources) {
    if (is_object(resource.id)) {
      manifests.push_back(readable(resource));
    } else {
      topics.push_back(topic_json(resource));
    }
  }
  const Json out = {{"format_version", "1.0"}, {"manifests", std::move(manifests)}, {"topics", std::move(topics)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cloudflow
