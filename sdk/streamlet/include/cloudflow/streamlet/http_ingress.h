// Takes values over HTTP, and writes them to an outlet:
//
//   class Ingress : public Streamlet {
//     Outlet<Reading> out{*this, "out", partition_by(&Reading::device)};
//     HttpIngress http{*this, out};
//   };
//
// The streamlet has no inlet and no generate of its own. It is a server: it gets a Service, and listens on the port of
// its container. Each POST or PUT, on any path, carries one value. The answer is
//
//   202  its record is acknowledged by all replicas in sync
//   400  the body is no value of the outlet, {"error": "celsius: wanted a number, found text"}
//   405  another method
//   408  the body has not come in time
//   413  the body is too large, or its record is for the topic
//   422  the brokers refuse its record for another reason that is its own
//   503  the program stops, or the brokers have not acknowledged it in time; then it may be there nevertheless
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cloudflow/streamlet/json_type.h"
#include "cloudflow/streamlet/streamlet.h"

namespace cloudflow::streamlet {

struct HttpIngressSettings {
  std::size_t largest_body = 1'000'000;                              ///< bytes
  int connections = 32;                                              ///< at a time; further ones wait
  std::chrono::nanoseconds body_within{std::chrono::seconds(10)};    ///< all of it, after the head
  std::chrono::nanoseconds answer_within{std::chrono::seconds(20)};  ///< how long an acknowledgement may take
};

/// The JSON of a body. Throws CodecError, which does not quote it.
Json json_of_body(std::string_view body);
/// Why JSON is not of the type that is wanted, without the library's name for that.
std::string why_not(const Json::exception& problem);

/// The value that a body is: JSON, but for outlets of bytes and of Protobuf, which take it as it is. Throws CodecError.
template <class T, template <class> class Codec>
T value_of_body(std::string_view body) {
  if constexpr (std::derived_from<Codec<T>, AsAvro<T>>) {
    T value{};
    read_json(JsonPlace(), json_of_body(body), value);
    return value;
  } else if constexpr (std::derived_from<Codec<T>, AsJson<T>>) {
    const Json json = json_of_body(body);
    try {
      return json.get<T>();
    } catch (const Json::exception& problem) {
      throw CodecError(why_not(problem));
    }
  } else {
    return Codec<T>().decode(body);
  }
}

/// To be a member of its streamlet, after the outlet.
class HttpIngress {
 public:
  template <class T, template <class> class Codec>
  HttpIngress(Streamlet& owner, Outlet<T, Codec>& outlet, HttpIngressSettings settings = {})
      : HttpIngress(owner, settings, [&outlet](std::string_view body) {
          return [&outlet, value = value_of_body<T, Codec>(body)](std::shared_ptr<Receipt> receipt) {
            Message message = outlet.message_of(value);
            message.receipt = std::move(receipt);
            outlet.emit(std::move(message));
          };
        }) {}
  ~HttpIngress();
  HttpIngress(const HttpIngress&) = delete;
  HttpIngress& operator=(const HttpIngress&) = delete;

 private:
  using Send = std::function<void(std::shared_ptr<Receipt>)>;
  /// Called by many threads with a body; what it returns sends the value, and is called by the streamlet's.
  using Read = std::function<Send(std::string_view body)>;
  HttpIngress(Streamlet& owner, HttpIngressSettings settings, Read read);
  bool serve();

  Streamlet& owner_;
  ServerPort port_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow::streamlet
