// What a streamlet can be told: `Parameter<double> limit{*this, "max-celsius", "Above that …", 60.0};`.
//
// Types: bool, std::int32_t, double, std::string, std::chrono::nanoseconds (a duration), MemorySize. Values are there
// from Streamlet::started() on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/json.h"

namespace cloudflow::streamlet {

class Streamlet;

struct MemorySize {
  std::int64_t bytes = 0;

  auto operator<=>(const MemorySize&) const = default;
};

/// A parameter whatever its type.
class AnyParameter {
 public:
  AnyParameter(Streamlet& owner, std::string key, std::string description);
  virtual ~AnyParameter() = default;
  AnyParameter(const AnyParameter&) = delete;
  AnyParameter& operator=(const AnyParameter&) = delete;

  const std::string& key() const { return key_; }
  const std::string& description() const { return description_; }
  virtual std::string type() const = 0;  ///< as descriptors name it: "bool", "int32" …
  virtual std::optional<std::string> default_text() const = 0;
  virtual std::string pattern() const { return ""; }
  /// Takes the value from the document, where it may also be text: "true", "12", "10 s". Null means the default.
  virtual Result<void> set(const Json& value) = 0;

 private:
  std::string key_;
  std::string description_;
};

/// How a type is called, read, and written as text.
template <class T>
struct ParameterType;

#define CF_PARAMETER_TYPE(type_name, called)          \
  template <>                                         \
  struct ParameterType<type_name> {                   \
    static constexpr std::string_view name = called;  \
    static Result<type_name> read(const Json& value); \
    static std::string text(const type_name& value);  \
  };
CF_PARAMETER_TYPE(bool, "bool")
CF_PARAMETER_TYPE(std::int32_t, "int32")
CF_PARAMETER_TYPE(double, "double")
CF_PARAMETER_TYPE(std::string, "string")
CF_PARAMETER_TYPE(std::chrono::nanoseconds, "duration")
CF_PARAMETER_TYPE(MemorySize, "memorysize")
#undef CF_PARAMETER_TYPE

template <class T>
class Parameter final : public AnyParameter {
 public:
  /// Without a default the application has to give a value.
  Parameter(Streamlet& owner, std::string key, std::string description, std::optional<T> default_value = std::nullopt)
      : AnyParameter(owner, std::move(key), std::move(description)), default_(std::move(default_value)) {}
  /// A text that has to match a regular expression; cloudflow checks that before anything runs.
  Parameter(Streamlet& owner, std::string key, std::string description, std::optional<T> default_value,
            std::string pattern)
    requires std::same_as<T, std::string>
      : AnyParameter(owner, std::move(key), std::move(description)),
        default_(std::move(default_value)),
        pattern_(std::move(pattern)) {}

  const T& value() const { return value_; }
  operator const T&() const { return value_; }  // NOLINT: implicit on purpose, a parameter reads like its value

  std::string type() const override { return std::string(ParameterType<T>::name); }
  std::optional<std::string> default_text() const override {
    return default_ ? std::optional(ParameterType<T>::text(*default_)) : std::nullopt;
  }
  std::string pattern() const override { return pattern_; }
  Result<void> set(const Json& value) override {
    if (value.is_null()) {
      if (!default_) return failure(ErrorKind::invalid_input, "it has no value and no default");
      value_ = *default_;
      return {};
    }
    CF_TRY(value_, ParameterType<T>::read(value));
    return {};
  }

 private:
  std::optional<T> default_;
  std::string pattern_{};
  T value_{};
};

}  // namespace cloudflow::streamlet
