// The program around streamlets: `return run<Validate>(argc, argv, "com.example.Validate");`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow::streamlet {

class Streamlet;

/// A class of streamlets that a program has.
struct StreamletClass {
  std::string class_name{};  ///< as the blueprint names it
  std::string description{};
  std::function<std::unique_ptr<Streamlet>()> make{};
};

/// A program with one or several classes; which one it is, its documents say.
///
///   return Program{}.with<Validate>("com.example.Validate").with<Store>("com.example.Store").run(argc, argv);
class Program {
 public:
  template <class S>
  Program& with(std::string class_name, std::string description = "") {
    classes_.push_back({std::move(class_name), std::move(description), [] { return std::make_unique<S>(); }});
    return *this;
  }

  /// The program's exit status: 0 after --describe, --help, a signal to stop, or when there is no more to generate;
  /// 1 after a failure, which is said on stderr.
  int run(int argc, char** argv) const;
  /// The descriptors, as --describe prints them, where mistakes() has none.
  std::string describe() const;
  /// What is wrong with the classes, so that they would not run.
  std::vector<Error> mistakes() const;

 private:
  std::vector<StreamletClass> classes_{};
};

template <class S>
int run(int argc, char** argv, std::string class_name, std::string description = "") {
  return Program{}.with<S>(std::move(class_name), std::move(description)).run(argc, argv);
}

}  // namespace cloudflow::streamlet
