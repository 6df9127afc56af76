// Values as Protobuf, by Google's runtime.
#include "cloudflow/streamlet/protobuf.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/common.h>
#if GOOGLE_PROTOBUF_VERSION < 4022000
#include <google/protobuf/stubs/logging.h>
#endif
#include <google/protobuf/text_format.h>

#include <limits>

#include "sdk/streamlet/fingerprint.h"

namespace cloudflow::streamlet {
namespace {

using google::protobuf::MessageLite;

/// What it lacks; said by us, as protobuf's own checks write to stderr.
void check_complete(const MessageLite& message) {
  if (message.IsInitialized()) return;
  throw CodecError(
      fmt::format("required fields of {} are missing: {}", message.GetTypeName(), message.InitializationErrorString()));
}

}  // namespace

PortContract protobuf_contract(const google::protobuf::Descriptor& message) {
  google::protobuf::DescriptorProto description;
  message.CopyTo(&description);
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);  // Cloudflow 2 writes letters as they are, too
  std::string text;
  printer.PrintToString(description, &text);
  std::string print = base64_sha256(text);
  return {message.full_name(), std::move(text), std::move(print), "proto"};
}

std::string protobuf_encode(const MessageLite& message) {
  check_complete(message);
  std::string out;
  {
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    if (!message.SerializePartialToCodedStream(&coded))
      throw CodecError(fmt::format("{} is too large to be written", message.GetTypeName()));
  }
  return out;
}

void protobuf_decode(std::string_view bytes, MessageLite& into) {
#if GOOGLE_PROTOBUF_VERSION < 4022000
  // It would write lines of its own to stderr, between the log's: about text that is no UTF-8, which we refuse and
  // tell. Newer versions log by Abseil, and nothing of that.
  const google::protobuf::LogSilencer quiet;
#endif
  if (bytes.size() > std::numeric_limits<int>::max() ||
      !into.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw CodecError(fmt::format("the bytes are no {}", into.GetTypeName()));
  check_complete(into);
}

}  // namespace cloudflow::streamlet
