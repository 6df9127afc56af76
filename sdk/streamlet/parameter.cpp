// Values of parameters, from documents and as text.
#include "cloudflow/streamlet/parameter.h"

#include <fmt/format.h>

#include <charconv>

#include "sdk/streamlet/units.h"

namespace cloudflow::streamlet {
namespace {

std::unexpected<Error> unfit(const Json& value, std::string_view wanted) {
  return failure(ErrorKind::invalid_input, fmt::format("{} is not what is wanted, {}", dump(value), wanted));
}

/// A number may have been written as text.
template <class T>
Result<T> number(const Json& value, std::string_view wanted) {
  const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
  T out{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc() || stop != text.data() + text.size()) return unfit(value, wanted);
  return out;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : dump(value); }

}  // namespace

Result<bool> ParameterType<bool>::read(const Json& value) {
  const std::string text = text_of(value);
  for (const std::string_view yes : {"true", "on", "yes"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"false", "off", "no"}) {
    if (text == no) return false;
  }
  return unfit(value, "true or false");
}
std::string ParameterType<bool>::text(const bool& value) { return value ? "true" : "false"; }

Result<std::int32_t> ParameterType<std::int32_t>::read(const Json& value) {
  return number<std::int32_t>(value, "a whole number of 32 bits");
}
std::string ParameterType<std::int32_t>::text(const std::int32_t& value) { return fmt::format("{}", value); }

Result<double> ParameterType<double>::read(const Json& value) { return number<double>(value, "a number"); }
std::string ParameterType<double>::text(const double& value) { return fmt::format("{}", value); }

Result<std::string> ParameterType<std::string>::read(const Json& value) {
  if (value.is_structured()) return unfit(value, "a text");
  return text_of(value);
}
std::string ParameterType<std::string>::text(const std::string& value) { return value; }

Result<std::chrono::nanoseconds> ParameterType<std::chrono::nanoseconds>::read(const Json& value) {
  return parse_duration(text_of(value));
}
std::string ParameterType<std::chrono::nanoseconds>::text(const std::chrono::nanoseconds& value) {
  return duration_text(value);
}

Result<MemorySize> ParameterType<MemorySize>::read(const Json& value) {
  CF_TRY(const std::int64_t bytes, parse_size(text_of(value)));
  return MemorySize{bytes};
}
std::string ParameterType<MemorySize>::text(const MemorySize& value) { return size_text(value.bytes); }

}  // namespace cloudflow::streamlet
