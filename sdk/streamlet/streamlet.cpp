// A streamlet's members register themselves with it.
#include "cloudflow/streamlet/streamlet.h"

#include <stdexcept>

namespace cloudflow::streamlet {

AnyInlet::AnyInlet(Streamlet& owner, std::string name, PortContract contract)
    : name_(std::move(name)), contract_(std::move(contract)) {
  owner.inlets_.push_back(this);
}

AnyOutlet::AnyOutlet(Streamlet& owner, std::string name, PortContract contract)
    : owner_(owner), name_(std::move(name)), contract_(std::move(contract)), index_(owner.outlets_.size()) {
  owner.outlets_.push_back(this);
}

void AnyOutlet::emit(Message message) {
  if (owner_.host_ == nullptr) throw std::logic_error("outlet " + name_ + ": the streamlet does not run yet");
  owner_.host_->send(index_, std::move(message));
}

AnyParameter::AnyParameter(Streamlet& owner, std::string key, std::string description)
    : key_(std::move(key)), description_(std::move(description)) {
  owner.parameters_.push_back(this);
}

AnyStore::AnyStore(Streamlet& owner, std::string name, OpenDatabase open) : name_(std::move(name)), open_(open) {
  owner.stores_.push_back(this);
}

StorePartition& AnyStore::partition() const {
  if (partition_ == nullptr) throw std::logic_error("store " + name_ + " is of use in a handler of a record only");
  return *partition_;
}

VolumeMount::VolumeMount(Streamlet& owner, std::string name, std::string path, AccessMode mode)
    : name_(std::move(name)), path_(std::move(path)), mode_(mode) {
  owner.volume_mounts_.push_back(this);
}

ServerPort::ServerPort(Streamlet& owner) {
  if (owner.server_ != nullptr) throw std::logic_error("a streamlet has one ServerPort; an HttpIngress brings its own");
  owner.server_ = this;
}

bool Streamlet::wait(std::chrono::nanoseconds time) const { return host_ != nullptr && host_->wait(time); }
bool Streamlet::flush(std::chrono::nanoseconds time) const { return host_ != nullptr && host_->flush(time); }
bool Streamlet::is_stopping() const { return host_ == nullptr || host_->is_stopping(); }

}  // namespace cloudflow::streamlet
