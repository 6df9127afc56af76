// Names that Kubernetes takes, made from names that people gave (docs/compatibility.md, Names).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cloudflow {

/// Characters of a label, which the names of most objects are.
inline constexpr std::size_t longest_label = 63;

/// An application's id: letters of Latin lose their marks, `_` and `.` become `-`, the rest is dropped; 63 characters.
std::string label_form(std::string_view name);
/// The same for each part between dots; 253 characters. As the build makes secret names.
std::string subdomain_form(std::string_view name);
/// As the operator names what it makes from a free id ("topic-<id>"): `_` becomes `-`, dots stay; 253 characters.
std::string operator_subdomain_form(std::string_view name);
/// Deployment, container and pod label of a streamlet: of "<app>.<streamlet>", 63 characters.
std::string pod_name(std::string_view application, std::string_view streamlet);
/// pod_name cut to 55 characters, and "-service".
std::string service_name(std::string_view application, std::string_view streamlet);
/// A label value: other characters become `-`, 63 characters, letters or digits at both ends.
std::string label_value(std::string_view text);

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, any length.
bool is_dns_label(std::string_view text);
/// A label of at most `longest_label` characters: the name of most objects.
bool is_object_label(std::string_view text);
/// What a label is made of, for messages.
inline constexpr std::string_view label_characters =
    "small letters, digits and \"-\", with a letter or digit at both ends";
/// Such labels with dots between them, 253 characters: the name of a claim or a service account.
bool is_dns_subdomain(std::string_view text);

}  // namespace cloudflow
