// Wired in by its own commit.
#include "providers/kubernetes/kubernetes_provider.h"
