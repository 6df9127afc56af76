#!/usr/bin/env bash
# Kubernetes 1.34.4: a server-side apply that carries the resourceVersion it has read makes the object anew when somebody has deleted it meanwhile.
#
# With a resourceVersion in the body an update is refused (409) as soon as the object has changed, which is how one makes sure that nothing happened since
# one looked. When the object is gone the same apply is taken for a creation, and the version in it is not looked at: what was deleted comes back,
# without an error. A merge patch and a PUT with that version get 404. Only an apply that also carries the uid is refused (409, "uid mismatch").
# Source: k8s.io/apiserver 0.34.4, pkg/registry/rest/update.go and pkg/registry/generic/registry/store.go, Update (creation on update);
# pkg/endpoints/handlers/patch.go, applyPatcher. Seen with `curl` and `jq`.
cd "$(dirname "$0")" && source support/kube-apiserver.sh
collection=/api/v1/namespaces/default/configmaps
body() { printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"%s},"data":{"k":"%s"}}' "$1" "$2"; }
apply() { ask PATCH "$collection/a?fieldManager=git" application/apply-patch+yaml "$(body "$1" "$2")"; }
answer() { jq -r --arg what "$1" '"\($what): \(if .code then "\(.code) \(.reason)" else "made, k = \(.data.k)" end)"'; }
seen=$(
  first=$(apply "" 1)
  version=",\"resourceVersion\":\"$(jq -r .metadata.resourceVersion <<< "$first")\""
  uid=",\"uid\":\"$(jq -r .metadata.uid <<< "$first")\""
  ask PATCH "$collection/a?fieldManager=person" application/merge-patch+json '{"data":{"other":"x"}}' > /dev/null
  apply "$version" 2 | answer "changed meanwhile, apply with the version"
  ask DELETE "$collection/a" > /dev/null
  ask PATCH "$collection/a?fieldManager=git" application/merge-patch+json "$(body "$version" 3)" | answer "deleted meanwhile, merge patch with the version"
  ask PUT "$collection/a?fieldManager=git" application/json "$(body "$version" 4)" | answer "deleted meanwhile, PUT with the version"
  apply "$uid" 5 | answer "deleted meanwhile, apply with the uid"
  apply "$version" 6 | answer "deleted meanwhile, apply with the version"
)
echo "$seen"
expect 'changed meanwhile, apply with the version: 409 Conflict
deleted meanwhile, merge patch with the version: 404 NotFound
deleted meanwhile, PUT with the version: 404 NotFound
deleted meanwhile, apply with the uid: 409 Conflict
deleted meanwhile, apply with the version: made, k = 6' "$seen"
