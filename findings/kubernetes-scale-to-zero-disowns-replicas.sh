#!/usr/bin/env bash
# Kubernetes 1.34.4: scaling a Deployment to zero once makes spec.replicas belong to nobody, also after later scalings.
#
# A field that another manager changes goes over to that manager, so a later server-side apply conflicts (409) and shows who changed it. Through /scale
# that holds for 3 -> 5: "kubectl" owns replicas. For 3 -> 0 the applier loses the field and nobody gets it, and a scaling to 5 that follows leaves it without
# an owner, too. An apply of `replicas: 3` without force then succeeds without a conflict: what somebody stopped in an incident is started again, and
# nothing tells who had stopped it.
# Source: autoscaling/v1 ScaleSpec.Replicas has `omitempty`, so a Scale of zero has no such field to own (k8s.io/api 0.34.4, autoscaling/v1/types.go);
# the entry of the subresource, once empty, is dropped (k8s.io/apimachinery 0.34.4, pkg/util/managedfields/scalehandler.go). Seen with `curl` and `jq`.
cd "$(dirname "$0")" && source support/kube-apiserver.sh
deployment() {
  printf '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"%s"},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"main","image":"a"}]}}}}' "$1"
}
collection=/apis/apps/v1/namespaces/default/deployments
apply() {
  ask PATCH "$collection/$1?fieldManager=git" application/apply-patch+yaml "$(deployment "$1")" \
    | jq -r '"\(.metadata.name // "refused"): apply replicas: 3 without force: \(if .code then .message | split(":")[0] else "replicas = \(.spec.replicas)" end)"'
}
scale() { ask PATCH "$collection/$1/scale?fieldManager=kubectl" application/merge-patch+json "{\"spec\":{\"replicas\":$2}}" > /dev/null; }
owners() {
  ask GET "$collection/$1" | jq -r '"\(.metadata.name): replicas = \(.spec.replicas), owned by \([.metadata.managedFields[] | select(.fieldsV1["f:spec"]["f:replicas"]) | .manager])"'
}
seen=$(
  apply up && scale up 5 && owners up && apply up
  apply down && scale down 0 && owners down && scale down 5 && owners down && apply down
)
echo "$seen"
expect 'up: apply replicas: 3 without force: replicas = 3
up: replicas = 5, owned by ["kubectl"]
refused: apply replicas: 3 without force: Apply failed with 1 conflict
down: apply replicas: 3 without force: replicas = 3
down: replicas = 0, owned by []
down: replicas = 5, owned by []
down: apply replicas: 3 without force: replicas = 3' "$seen"
