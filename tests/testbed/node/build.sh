#!/usr/bin/env bash
# Builds nodebed and its application into DIR and unpacks the Debian packages there, once per content of this folder. Needs Go 1.24 or newer.
# usage: build.sh DIR
set -euo pipefail
dir=${1:?usage: build.sh DIR} here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$dir" && dir=$(realpath "$dir")
exec 9> "$dir/nodebed.lock" && flock 9
stamp=$(cat "$here"/*.go "$here"/app/*.go "$here"/go.mod "$here"/go.sum "$here/build.sh" | sha256sum | cut -d' ' -f1)
[[ -x $dir/nodebed && $(cat "$dir/nodebed.stamp" 2> /dev/null) == "$stamp" ]] && exit 0
if [[ ! -x $dir/tools/usr/bin/containerd ]]; then
  packages=$(mktemp -d)
  (cd "$packages" && apt-get download -qq containerd runc containernetworking-plugins busybox-static 2> /dev/null)
  for package in "$packages"/*.deb; do dpkg -x "$package" "$dir/tools"; done # nothing is installed
  rm -rf "$packages"
fi
version=$(sed -n 's|^\s*k8s.io/kubernetes \(v[0-9.]*\).*|\1|p' "$here/go.mod")
package=k8s.io/component-base/version
IFS=. read -r major minor _ <<< "${version#v}"
cd "$here"
export CGO_ENABLED=0
go build -mod=readonly -trimpath -o "$dir/nodebed-app" -ldflags "-s -w" ./app
go build -mod=readonly -trimpath -p 2 -o "$dir/nodebed.new" \
  -ldflags "-s -w -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor" .
mv "$dir/nodebed.new" "$dir/nodebed"
echo "$stamp" > "$dir/nodebed.stamp"
