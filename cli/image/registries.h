// The registries that commands of this run talk to.
#pragma once

#include "sdk/image/credentials.h"
#include "sdk/image/repository.h"
#include "sdk/support/http_client.h"

namespace cloudflow {

/// Connections and logins. Logins come from the files that $REGISTRY_AUTH_FILE or $DOCKER_CONFIG name, else from the
/// usual ones of podman and docker.
class Registries {
 public:
  Registries();

  /// Uses this object, which must outlive it.
  Repository open(const ImageReference& image);

 private:
  LoginFiles logins_;
  HttpClient http_;
};

}  // namespace cloudflow
