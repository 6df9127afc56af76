// A streamlet: a class with inlets, outlets and parameters as members, and what it does with each value.
//
//   class Validate : public Streamlet {
//     Inlet<Reading> in{*this, "in"};
//     Outlet<Reading> valid{*this, "valid", partition_by(&Reading::device)};
//     Outlet<Reading> invalid{*this, "invalid"};
//     Parameter<double> limit{*this, "max-celsius", "Above that a reading is invalid", 60.0};
//    public:
//     Validate() { on(in, [this](const Reading& r) { (r.celsius <= limit ? valid : invalid).send(r); }); }
//   };
//   int main(int argc, char** argv) { return run<Validate>(argc, argv, "com.example.Validate"); }
//
// One object is used by one thread. With more workers there are as many objects, and each partition has one of them.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cloudflow/streamlet/inlet.h"
#include "cloudflow/streamlet/outlet.h"
#include "cloudflow/streamlet/parameter.h"
#include "cloudflow/streamlet/run.h"
#include "cloudflow/streamlet/store.h"
#include "cloudflow/streamlet/volume_mount.h"

namespace cloudflow::streamlet {

class Host;

/// What happens with a record that cannot be decoded, or whose handler throws.
enum class OnError {
  stop,         ///< the program ends with 1 and names the record; nothing is skipped
  skip,         ///< a warning and a count, and on with the next one
  dead_letter,  ///< it goes to the streamlet's outlet for dead letters as it came
};

/// How often a record counts for what is made of it.
enum class Processing {
  at_least_once,  ///< who is killed does some records again
  exactly_once,   ///< what is sent for a record, and that it is done, are one transaction of Kafka
};

class Streamlet {
 public:
  Streamlet() = default;
  virtual ~Streamlet() = default;
  Streamlet(const Streamlet&) = delete;
  Streamlet& operator=(const Streamlet&) = delete;

  /// Called once when parameters have their values, before the first record. What it throws ends the program.
  virtual void started() {}

  const std::vector<AnyInlet*>& inlets() const { return inlets_; }
  const std::vector<AnyOutlet*>& outlets() const { return outlets_; }
  const std::vector<AnyParameter*>& parameters() const { return parameters_; }
  const std::vector<VolumeMount*>& volume_mounts() const { return volume_mounts_; }
  const std::vector<AnyStore*>& stores() const { return stores_; }
  ServerPort* server() const { return server_; }
  const std::function<bool()>& generator() const { return generator_; }
  OnError error_policy() const { return on_error_; }
  Processing processing() const { return processing_; }
  const AnyOutlet* dead_letter_outlet() const { return dead_letters_; }

  /// Who runs it from now on; not to be called by streamlets.
  void set_host(Host* host) { host_ = host; }

 protected:
  /// What to do with each value of an inlet: a function of the value, or of the value and its RecordInfo. What it
  /// throws makes the record one that cannot be processed (OnError).
  template <class T, template <class> class Codec, class Function>
  void on(Inlet<T, Codec>& inlet, Function function) {
    if constexpr (std::invocable<Function, const T&, const RecordInfo&>) {
      inlet.handle(std::move(function));
    } else {
      inlet.handle([function = std::move(function)](const T& value, const RecordInfo&) { function(value); });
    }
  }

  /// For a streamlet without inlets, once: called again and again until the program is to stop, or until it returns
  /// false (a function that returns nothing goes on). send() in it blocks while too much is on its way.
  template <class Function>
  void generate(Function function) {
    if (generator_) throw std::logic_error("a streamlet has one function to generate; an HttpIngress brings its own");
    if constexpr (std::same_as<std::invoke_result_t<Function>, bool>) {
      generator_ = std::move(function);
    } else {
      generator_ = [function = std::move(function)] {
        function();
        return true;
      };
    }
  }

  /// For generate: waits that long, or until the program is to stop; then it returns false.
  bool wait(std::chrono::nanoseconds time) const;
  bool is_stopping() const;
  /// For generate: waits until all replicas in sync have what was sent. False when that takes longer, or when the
  /// program stops and they are away; it may be written nevertheless.
  bool flush(std::chrono::nanoseconds time) const;

  /// What happens with records that cannot be processed, unless the configuration says otherwise; else OnError::stop.
  void on_error(OnError policy) { on_error_ = policy; }
  /// How records are processed, unless the configuration says otherwise; else Processing::at_least_once.
  void process(Processing processing) { processing_ = processing; }
  /// They go to this outlet as they came, with what was wrong in headers.
  void dead_letters_to(const Outlet<Bytes>& outlet) {
    dead_letters_ = &outlet;
    on_error_ = OnError::dead_letter;
  }

 private:
  friend class AnyInlet;
  friend class AnyOutlet;
  friend class AnyParameter;
  friend class AnyStore;
  friend class VolumeMount;
  friend class ServerPort;
  friend class HttpIngress;

  std::vector<AnyInlet*> inlets_{};
  std::vector<AnyOutlet*> outlets_{};
  std::vector<AnyParameter*> parameters_{};
  std::vector<VolumeMount*> volume_mounts_{};
  std::vector<AnyStore*> stores_{};
  ServerPort* server_ = nullptr;
  std::function<bool()> generator_{};
  OnError on_error_ = OnError::stop;
  Processing processing_ = Processing::at_least_once;
  const AnyOutlet* dead_letters_ = nullptr;
  Host* host_ = nullptr;
};

/// Who runs a streamlet: the runner, or a test.
class Host {
 public:
  virtual ~Host() = default;
  /// Takes a message for the outlet with this index.
  virtual void send(std::size_t outlet, Message message) = 0;
  virtual bool wait(std::chrono::nanoseconds time) = 0;
  virtual bool is_stopping() const = 0;
  virtual bool flush(std::chrono::nanoseconds time) = 0;
};

}  // namespace cloudflow::streamlet
