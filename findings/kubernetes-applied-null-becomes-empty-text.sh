#!/usr/bin/env bash
# Kubernetes 1.34.4: null in a map of texts is stored as "" by server-side apply, where null in a merge patch removes the key.
#
# A template that renders `owner: null` under annotations, labels or data may mean "no such key". Server-side apply creates the key with the value "", owns it, and
# keeps it for as long as the null is applied; a selector or label with such a value then selects other things than without it. For a plain member
# (`immutable: null` of a ConfigMap) nothing is stored, but it is owned all the same, so that another manager's `immutable: true` is a conflict.
# Source: null decodes into the zero value of a Go string in map[string]string, while the set of owned fields is made from the applied text
# (k8s.io/apiserver 0.34.4, pkg/endpoints/handlers/patch.go, applyPatcher). Seen with `curl` and `jq`.
cd "$(dirname "$0")" && source support/kube-apiserver.sh
maps=/api/v1/namespaces/default/configmaps
map() { printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"%s}%s}' "$1" "$2"; }
seen=$(
  ask PATCH "$maps/a?fieldManager=git" application/apply-patch+yaml "$(map ',"annotations":{"owner":null}' ',"data":{"key":null,"other":"1"},"immutable":null')" \
    | jq -c '{stored: [.metadata.annotations, .data, .immutable], owned: .metadata.managedFields[0].fieldsV1}'
  ask PATCH "$maps/a?fieldManager=other" application/apply-patch+yaml "$(map '' ',"immutable":true')" | jq -r .message
  ask PATCH "$maps/a?fieldManager=other" application/merge-patch+json '{"metadata":{"annotations":{"owner":null}},"data":{"key":null}}' \
    | jq -c '{merged: [.metadata.annotations, .data]}'
)
echo "$seen"
expect '{"stored":[{"owner":""},{"key":"","other":"1"},null],"owned":{"f:data":{"f:key":{},"f:other":{}},"f:immutable":{},"f:metadata":{"f:annotations":{"f:owner":{}}}}}
Apply failed with 1 conflict: conflict with "git": .immutable
{"merged":[null,{"other":"1"}]}' "$seen"
