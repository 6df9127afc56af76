// Values as Protobuf, held against protoc.
#include "cloudflow/streamlet/protobuf.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <catch2/catch_all.hpp>

#include "cloudflow/streamlet/key_value_store.h"
#include "cloudflow/streamlet/testing.h"
#include "order.pb.h"
#include "required.pb.h"
#include "sdk/streamlet/fingerprint.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

shop::Order order(const std::string& id) {
  shop::Order out;
  out.set_id(id);
  for (int i = 0; i < 3; ++i) {
    shop::Order::Line* line = out.add_lines();
    line->set_article(fmt::format("article {}", i));
    line->set_count(i);
  }
  out.set_state(shop::Order::PAID);
  for (int i = 0; i < 20; ++i) (*out.mutable_fees())[fmt::format("fee {}", i * 7 % 20)] = i;
  out.set_discount(-0.5);
  out.set_voucher(std::string("\0\xff", 2));
  out.add_deltas(-1);
  out.set_note_of_customer("schnell, bitte: 5 €");
  return out;
}

/// What protoc prints, given arguments and the bytes of a file.
std::string protoc(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), {CLOUDFLOW_PROTOC, "-I" CLOUDFLOW_SOURCE_DIR "/tests/streamlet"});
  auto done = run_process({.command = arguments, .input = input}, {});
  REQUIRE(done);
  INFO(done->errors);
  REQUIRE(done->status == 0);
  return done->output;
}

/// The description of a file's only message as protoc has it, at the level of the message. JSON's names, which protoc
/// adds to every field, are left out but for the one that the file gives.
std::string description_by_protoc(const std::string& file) {
  const TempFolder folder;
  protoc({"--descriptor_set_out=" + folder.path("set"), file}, "");
  const std::string whole =
      protoc({"-I/usr/include", "--decode=google.protobuf.FileDescriptorSet", "google/protobuf/descriptor.proto"},
             folder.read("set"));
  std::string out;
  bool is_inside = false;
  for (const std::string_view line : split(whole, '\n')) {
    if (line == "  }") is_inside = false;
    const bool is_json_name = line.find("json_name: ") != std::string_view::npos;
    if (is_inside && (!is_json_name || line.ends_with("\"note\""))) out += fmt::format("{}\n", line.substr(4));
    if (line == "  message_type {") is_inside = true;
  }
  return out;
}

class Bill : public Streamlet {
  Inlet<shop::Order, AsProtobuf> in{*this, "in"};
  Outlet<shop::Order, AsProtobuf> out{*this, "out", [](const shop::Order& one) { return one.id(); }};

 public:
  KeyValueStore<std::string, shop::Order, AsProtobuf> orders{*this, "orders"};

  Bill() {
    on(in, [this](shop::Order one) {
      orders.put(one.id(), one);
      one.set_state(shop::Order::OPEN);
      out.send(one);
    });
  }
};

}  // namespace

TEST_CASE("the contract of a message is its description as protoc has it") {
  const PortContract contract = AsProtobuf<shop::Order>::contract();
  CHECK(contract.name == "shop.Order");
  CHECK(contract.format == "proto");
  CHECK(contract.schema == description_by_protoc("order.proto"));
  CHECK(
      contract.schema.starts_with("name: \"Order\"\nfield {\n  name: \"id\"\n  number: 1\n  label: LABEL_OPTIONAL\n"));
  CHECK(contract.fingerprint == base64_sha256(contract.schema));
  CHECK(AsProtobuf<shop::Required>::contract().schema.find("default_value: \"€\"") != std::string::npos);
}

TEST_CASE("values are bytes that protoc reads, and the other way round") {
  AsProtobuf<shop::Order> codec;
  const shop::Order value = order("1");
  const std::string bytes = codec.encode(value);
  CHECK(bytes == codec.encode(order("1")));  // equal values have equal bytes
  const std::string text = protoc({"--decode=shop.Order", "order.proto"}, bytes);
  shop::Order read;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &read));
  CHECK(codec.encode(read) == bytes);
  const std::string theirs = protoc({"--deterministic_output", "--encode=shop.Order", "order.proto"}, text);
  CHECK(theirs == bytes);
  CHECK(codec.encode(codec.decode(theirs)) == bytes);
  CHECK(codec.encode(shop::Order()).empty());
}

TEST_CASE("bytes that are no message, and messages that lack something, are refused") {
  AsProtobuf<shop::Order> codec;
  const std::string bytes = codec.encode(order("1"));
  CHECK_THROWS_WITH(codec.decode(bytes.substr(0, bytes.size() - 1)), "the bytes are no shop.Order");
  CHECK_THROWS_AS(codec.decode("\xff"), CodecError);
  AsProtobuf<shop::Required> strict;
  CHECK_THROWS_AS(strict.decode(""), CodecError);
  CHECK_THROWS_AS(strict.encode(shop::Required()), CodecError);
}

TEST_CASE("a streamlet's ports may carry Protobuf") {
  TestRun<Bill> run;
  run.send<shop::Order, AsProtobuf>("in", order("7"));
  const auto received = run.received<shop::Order, AsProtobuf>("out");
  REQUIRE(received.size() == 1);
  CHECK(received[0].id() == "7");
  CHECK(received[0].lines_size() == 3);
  CHECK(received[0].state() == shop::Order::OPEN);
  CHECK(run.messages("out")[0].key == "7");
  CHECK(run.streamlet().orders.get("7")->state() == shop::Order::PAID);
  CHECK_THROWS_AS(run.send_bytes("in", "\xff"), UndecodableError);
}

}  // namespace cloudflow::testing
