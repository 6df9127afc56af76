// A streamlet with Protobuf, which tries itself.
#include <cloudflow/streamlet/protobuf.h>
#include <cloudflow/streamlet/testing.h>

#include "greeting.pb.h"

using namespace cloudflow::streamlet;

class Greet : public Streamlet {
 public:
  Inlet<test::Greeting, AsProtobuf> in{*this, "in"};
  Outlet<test::Greeting, AsProtobuf> out{*this, "out"};

  Greet() {
    on(in, [this](test::Greeting greeting) {
      greeting.set_name("dear " + greeting.name());
      out.send(greeting);
    });
  }
};

int main(int argc, char** argv) {
  if (argc > 1) return run<Greet>(argc, argv, "test.Greet");
  TestRun<Greet> run;
  test::Greeting greeting;
  greeting.set_name("Ada");
  run.send<test::Greeting, AsProtobuf>("in", greeting);
  return run.received<test::Greeting, AsProtobuf>("out").at(0).name() == "dear Ada" ? 0 : 1;
}
