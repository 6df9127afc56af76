# Sourced by findings about Kubernetes: etcd and a kube-apiserver of one version on loopback, built from their Go modules (some minutes).
# usage: source support/kube-apiserver.sh; then `ask METHOD PATH TYPE BODY` prints the answer.
set -euo pipefail
version=34.4  # Kubernetes 1.$version; its libraries are 0.$version
work=$(mktemp -d)
server=
finish() {
  if [[ -n $server ]]; then kill "$server" 2> /dev/null && wait "$server" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

mkdir "$work/server"
cat > "$work/server/main.go" <<'G'
// Runs etcd and, in a process of its own, kube-apiserver: server DIR ETCD-PORT PEER-PORT PORT
package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if os.Args[1] == "kube-apiserver" {
		os.Args = os.Args[1:]
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	}
	dir := os.Args[1]
	address := func(port string) url.URL { return url.URL{Scheme: "http", Host: "127.0.0.1:" + port} }
	client, peer := address(os.Args[2]), address(os.Args[3])
	config := embed.NewConfig()
	config.Dir, config.LogLevel, config.LogOutputs, config.UnsafeNoFsync = dir+"/etcd", "warn", []string{dir + "/etcd.log"}, true
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-etcd.Server.ReadyNotify()
	server := exec.Command(os.Args[0], "kube-apiserver", "--etcd-servers="+client.String(), "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		"--secure-port="+os.Args[4], "--cert-dir="+dir+"/certificates", "--token-auth-file="+dir+"/tokens.csv", "--authorization-mode=AlwaysAllow",
		"--service-account-key-file="+dir+"/key.pem", "--service-account-signing-key-file="+dir+"/key.pem",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none")
	server.Stderr, server.SysProcAttr = os.Stderr, &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	go func() { <-stop; server.Process.Signal(syscall.SIGTERM) }()
	server.Run()
	etcd.Close()
}
G
{
  printf 'module finding\n\ngo 1.24.0\n\nrequire (\n  go.etcd.io/etcd/server/v3 v3.6.4\n  k8s.io/component-base v0.%s\n  k8s.io/kubernetes v1.%s\n)\n\nreplace (\n' $version $version
  # k8s.io/kubernetes asks for its own libraries as v0.0.0.
  for library in api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator component-base \
    component-helpers controller-manager cri-api cri-client csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator \
    kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver; do
    printf '  k8s.io/%s => k8s.io/%s v0.%s\n' $library $library $version
  done
  printf ')\n'
} > "$work/server/go.mod"
echo "building kube-apiserver 1.$version" >&2
(cd "$work/server" && CGO_ENABLED=0 go build -mod=mod -trimpath -o "$work/kube" . > "$work/build.log" 2>&1) || { tail -n 20 "$work/build.log" >&2; exit 1; }

mapfile -t ports < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets: s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
openssl genrsa -out "$work/key.pem" 2048 2> /dev/null
echo 'finding,admin,1,system:masters' > "$work/tokens.csv"
"$work/kube" "$work" "${ports[@]}" > "$work/server.log" 2>&1 &
server=$!
# ask METHOD PATH [TYPE [BODY]]
ask() { curl -sS -k -H 'Authorization: Bearer finding' -X "$1" -H "Content-Type: ${3:-application/json}" "https://127.0.0.1:${ports[2]}$2" ${4:+-d "$4"}; }
for ((i = 0; i < 600; i++)); do
  [[ $(ask GET /readyz 2> /dev/null) == ok && $(ask GET /api/v1/namespaces/default 2> /dev/null) == *'"name": "default"'* ]] && break
  kill -0 "$server" || { tail -n 20 "$work/server.log" >&2; exit 1; }
  read -rt 0.1 <> <(:) || true
done
# expect TEXT SEEN: ends the finding where what was seen is not what the finding says.
expect() { diff <(echo "$1") <(echo "$2") > "$work/diff" || { echo "This has changed ( < then, > now):"; cat "$work/diff"; exit 1; }; }
