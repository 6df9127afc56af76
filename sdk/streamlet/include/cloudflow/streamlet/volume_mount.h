// What a streamlet needs from its pod beside topics: a shared volume, or a port that it serves.
#pragma once

#include <string>
#include <utility>

namespace cloudflow::streamlet {

class Streamlet;

enum class AccessMode { read_write_many, read_only_many };

/// A volume; the environment names the claim. `VolumeMount state{*this, "state", "/var/state"};`
class VolumeMount {
 public:
  VolumeMount(Streamlet& owner, std::string name, std::string path, AccessMode mode = AccessMode::read_write_many);
  VolumeMount(const VolumeMount&) = delete;
  VolumeMount& operator=(const VolumeMount&) = delete;

  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }  ///< where the pod has it
  AccessMode mode() const { return mode_; }
  void set_path(std::string path) { path_ = std::move(path); }

 private:
  std::string name_;
  std::string path_;
  AccessMode mode_;
};

/// The streamlet serves something: it gets a Service, and a port of its container. `ServerPort port{*this};`
class ServerPort {
 public:
  explicit ServerPort(Streamlet& owner);
  ServerPort(const ServerPort&) = delete;
  ServerPort& operator=(const ServerPort&) = delete;

  int number() const { return number_; }  ///< to listen on; known from Streamlet::started() on
  /// The address to listen on, as that of the metrics: "" in a pod, where it is all, and this machine's in a sandbox.
  const std::string& host() const { return host_; }
  void set(int number, std::string host = "") {
    number_ = number;
    host_ = std::move(host);
  }

 private:
  int number_ = 0;
  std::string host_{};
};

}  // namespace cloudflow::streamlet
