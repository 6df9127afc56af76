// Classes that cannot run: said with the same words when they are described, in tests, and by the run.
#include "cloudflow/streamlet/class_mistakes.h"

#include <catch2/catch_all.hpp>

#include "cloudflow/streamlet/http_ingress.h"
#include "cloudflow/streamlet/key_value_store.h"
#include "cloudflow/streamlet/table.h"
#include "cloudflow/streamlet/testing.h"
#include "sdk/streamlet/binding.h"

// TestRun names a class as C++ does, so these have no anonymous namespace around them.
namespace wrong_streamlets {

using namespace cloudflow::streamlet;
using Store = KeyValueStore<std::string, std::string>;

class Nothing : public Streamlet {};

class NoHandler : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};
};

class Both : public Streamlet {
  Inlet<Bytes> in{*this, "in"};

 public:
  Both() {
    on(in, [](const Bytes&) {});
    generate([] {});
  }
};

/// With an inlet that is in order.
class Reads : public Streamlet {
  Inlet<Bytes> in{*this, "in"};

 public:
  Reads() {
    on(in, [](const Bytes&) {});
  }
};

class TwoPorts : public Reads {
  Outlet<Bytes> out{*this, "in"};
};

class TwoStores : public Reads {
  Store one{*this, "count"};
  Store two{*this, "count"};
};

class TableAndStore : public Streamlet {
  Table<std::string, std::string> table{*this, "names"};
  Store store{*this, "names"};
};

class StoreName : public Reads {
  Store store{*this, "by device"};
};

class StoreAlone : public Streamlet {
  Store store{*this, "count"};

 public:
  StoreAlone() {
    generate([] {});
  }
};

class OnceAlone : public Streamlet {
 public:
  OnceAlone() {
    generate([] {});
    process(Processing::exactly_once);
  }
};

class NoLetters : public Reads {
 public:
  NoLetters() { on_error(OnError::dead_letter); }
};

class OthersLetters : public Reads {
  Reads other_{};
  Outlet<Bytes> letters{other_, "letters"};

 public:
  OthersLetters() { dead_letters_to(letters); }
};

class TwoKeys : public Reads {
  Parameter<bool> one{*this, "flag", "", true};
  Parameter<bool> two{*this, "flag", "", true};
};

class TwoMounts : public Reads {
  VolumeMount one{*this, "data", "/a"};
  VolumeMount two{*this, "data", "/b"};
};

class Many : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Inlet<Bytes> same{*this, "in"};
};

class TwoServers : public Streamlet {
  Outlet<Bytes> out{*this, "out"};
  ServerPort port{*this};
  HttpIngress http{*this, out};
};

class TwoGenerators : public Streamlet {
  Outlet<Bytes> out{*this, "out"};
  HttpIngress http{*this, out};

 public:
  TwoGenerators() {
    generate([] {});
  }
};

}  // namespace wrong_streamlets

namespace cloudflow::testing {
namespace {

using namespace wrong_streamlets;

struct Said {
  std::string described{};
  std::string run{};
  std::string tested{};
};

template <class S>
Said said_of() {
  const std::string name = "wrong_streamlets::X";
  Said out{.described = text_of(Program{}.with<S>(name).mistakes())};
  Documents documents{.streamlet = "s", .ports = {{"in", {"t", "b"}}, {"out", {"t", "b"}}}};
  if (const auto bound = bind({name, "", [] { return std::make_unique<S>(); }}, documents); !bound)
    out.run = text_of({bound.error()});
  try {
    const TestRun<S> run;
  } catch (const std::logic_error& problem) {
    out.tested = problem.what();
  }
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// What all three say, with X in place of the class.
template <class S>
std::string mistake(const std::string& name) {
  const Said said = said_of<S>();
  CHECK(said.run == said.described);
  CHECK(said.tested == replaced(said.described, "wrong_streamlets::X", "wrong_streamlets::" + name));
  return replaced(said.described, "wrong_streamlets::X", "X");
}

}  // namespace

TEST_CASE("a class that cannot run is refused with the same words wherever it is seen first") {
  CHECK(mistake<Reads>("Reads").empty());
  CHECK(mistake<Nothing>("Nothing") ==
        "X has neither an inlet nor generate (call generate(function) in the constructor)");
  CHECK(mistake<NoHandler>("NoHandler") ==
        "inlet in of X has no handler (call on(inlet, function) in the constructor)");
  CHECK(mistake<Both>("Both") == "X has both inlets and generate (make two streamlets of it)");
  CHECK(mistake<TwoPorts>("TwoPorts") == "X has two ports in (each inlet and each outlet has a name of its own)");
  const std::string store_hint = " (lower-case letters, digits and dashes, and one that no other store has)";
  CHECK(mistake<TwoStores>("TwoStores") == "store \"count\" of X needs another name" + store_hint);
  CHECK(mistake<TableAndStore>("TableAndStore") == "store \"names\" of X needs another name" + store_hint);
  CHECK(mistake<StoreName>("StoreName") == "store \"by device\" of X needs another name" + store_hint);
  CHECK(mistake<StoreAlone>("StoreAlone") ==
        "X has stores, and no inlet (a store has the partitions of the inlets, so there has to be one)");
  CHECK(mistake<OnceAlone>("OnceAlone") ==
        "X cannot process exactly once: it has no inlet (what generate sends has no offset that could be part of its "
        "transaction)");
  CHECK(mistake<NoLetters>("NoLetters") ==
        "X wants dead letters, and has no outlet for them (declare Outlet<Bytes> and call dead_letters_to(outlet) in "
        "the constructor)");
  CHECK(mistake<OthersLetters>("OthersLetters") ==
        "X sends dead letters to an outlet that it does not have (call dead_letters_to with an outlet that is a member "
        "of the class)");
  CHECK(mistake<TwoKeys>("TwoKeys") == "X has two config parameters flag (each has a key of its own)");
  CHECK(mistake<TwoMounts>("TwoMounts") == "X has two volume mounts data (each has a name of its own)");
  CHECK(
      mistake<Many>("Many") ==
      "inlet in of X has no handler (call on(inlet, function) in the constructor); X has two ports in (each inlet and "
      "each outlet has a name of its own); inlet in of X has no handler (call on(inlet, function) in the "
      "constructor)");
}

TEST_CASE("what a constructor refuses is said when the program is described") {
  const auto described = [](const Program& program) { return text_of(program.mistakes()); };
  CHECK(described(Program{}.with<TwoServers>("X")) ==
        "X cannot be made: a streamlet has one ServerPort; an HttpIngress brings its own");
  CHECK(described(Program{}.with<TwoGenerators>("X")) ==
        "X cannot be made: a streamlet has one function to generate; an HttpIngress brings its own");
  CHECK(described(Program{}.with<Reads>("X").with<Reads>("X")) ==
        "the program has two classes X (each has a name of its own)");
}

TEST_CASE("a program with a wrong class does not describe itself") {
  std::string name = "program";
  std::string option = "--describe";
  char* arguments[] = {name.data(), option.data()};
  CHECK(Program{}.with<NoHandler>("test.NoHandler").run(2, arguments) == 1);
  CHECK(Program{}.with<Reads>("test.Reads").run(2, arguments) == 0);
}

}  // namespace cloudflow::testing
