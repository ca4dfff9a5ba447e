// Command apiserver is Kubernetes' API server and the etcd it keeps its objects in, as one process.
//
// It takes kube-apiserver's flags and, before them, the folder of etcd's files:
//
//	apiserver <etcd folder> [flags of kube-apiserver]
//
// SIGUSR1 compacts etcd up to its current revision; a line "compacted <revision>" on the standard output says when.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: apiserver <etcd folder> [flags of kube-apiserver]"))
	}
	etcd, err := startEtcd(os.Args[1])
	if err != nil {
		fail(err)
	}
	go compactOnSignal(etcd)
	command := app.NewAPIServerCommand()
	command.SetArgs(append([]string{"--etcd-servers=http://" + etcd.Clients[0].Addr().String()}, os.Args[2:]...))
	code := cli.Run(command)
	etcd.Close()
	os.Exit(code)
}

// startEtcd serves one member on a port that the kernel chooses. Nothing is worth surviving a crash of the machine,
// so nothing waits for the disk; a killed process loses nothing.
func startEtcd(dir string) (*embed.Etcd, error) {
	anyPort := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config := embed.NewConfig()
	config.Dir = dir
	config.UnsafeNoFsync = true
	config.LogLevel = "error"
	config.ListenClientUrls, config.AdvertiseClientUrls = anyPort, anyPort
	config.ListenPeerUrls, config.AdvertisePeerUrls = anyPort, anyPort
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	// A member alone waits for nobody's heartbeat before it leads.
	config.TickMs, config.ElectionMs = 10, 100
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, nil
	case err := <-etcd.Err():
		return nil, err
	case <-time.After(time.Minute):
		return nil, fmt.Errorf("etcd is not ready after a minute")
	}
}

func compactOnSignal(etcd *embed.Etcd) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	for range asked {
		revision := etcd.Server.KV().Rev()
		_, err := etcd.Server.Compact(context.Background(), &pb.CompactionRequest{Revision: revision, Physical: true})
		if err != nil && !errors.Is(err, mvcc.ErrCompacted) {
			fmt.Printf("not compacted: %v\n", err)
			continue
		}
		fmt.Printf("compacted %d\n", revision)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "apiserver:", err)
	os.Exit(1)
}
