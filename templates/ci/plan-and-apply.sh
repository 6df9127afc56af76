#!/bin/sh
# Plans on a change that is reviewed, and applies that very plan once it is merged.
# usage: plan-and-apply.sh plan | apply
#
#   ENVIRONMENT   the environment of cloudflow.yaml
#   OUT           folder for the plan and its forms, outside of the repository: the plan would say "with uncommitted changes"
#   PROJECT       folder of cloudflow.yaml, as seen from the root of the repository, where this runs (default: .)
#   SIGNING_KEY   plan: file with the key that signs the plan (default: it is not signed)
#   PUBLIC_KEYS   apply: file with the keys one of which must have signed it (default: none has to)
#
# Credentials come from the environment, as KUBECONFIG does. Nothing here prints them, and no form of a plan holds a secret.
set -eu

: "${ENVIRONMENT:?is not set: name the environment of cloudflow.yaml}"
: "${OUT:?is not set: name a folder outside of the repository}"
project=${PROJECT:-.}
mkdir -p "$OUT"
out=$(cd "$OUT" && pwd)
saved=$out/plan.cfplan

make_plan() {
  code=0
  cloudflow plan -C "$project" -e "$ENVIRONMENT" --detailed-exitcode --out "$saved" \
    --write "markdown=$out/plan.md" --write "html=$out/plan.html" --write "junit=$out/plan.junit.xml" --write "sarif=$out/plan.sarif" \
    ${SIGNING_KEY:+--sign "$SIGNING_KEY"} || code=$?
  # 2: there are changes. 3: something is refused; the plan is there to be read, but the change should not be merged as it is.
  [ "$code" -eq 2 ] || exit "$code"
}

apply_plan() {
  if [ ! -f "$saved" ]; then
    echo "there is no $saved: hand the file that \"plan\" wrote from one job to the other" >&2
    exit 1
  fi
  commit=$(jq -r '.source.commit // ""' "$saved")
  # It comes from a file that nobody has checked yet: git must not take it for an option.
  if ! printf '%s' "$commit" | grep -Eqx '[0-9a-f]{40}|[0-9a-f]{64}'; then
    echo "the plan is of no commit: make it from a clean checkout" >&2
    exit 1
  fi
  # A squash or a merge makes another commit; what counts is that it has the same files as the one that was planned.
  if ! git cat-file -e "$commit^{commit}" 2> /dev/null && ! git fetch --quiet origin "$commit"; then
    echo "commit $commit, which the plan is of, is not in this repository and cannot be fetched" >&2
    exit 1
  fi
  if ! git diff --quiet "$commit" HEAD -- "$project"; then
    echo "$project has changed beside this plan, which is of commit $commit: plan again, so that somebody reads what will happen" >&2
    exit 1
  fi
  cloudflow apply -C "$project" -e "$ENVIRONMENT" --yes ${PUBLIC_KEYS:+--require-signature "$PUBLIC_KEYS"} "$saved"
}

case ${1:-} in
  plan) make_plan ;;
  apply) apply_plan ;;
  *)
    echo "usage: plan-and-apply.sh plan | apply" >&2
    exit 1
    ;;
esac
