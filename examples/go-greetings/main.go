// One program, two streamlets: with an outlet "out" it writes greetings, with an inlet "in" it prints what comes.
//
// Everything about its place in the application it reads from the documents that cloudflow puts into its container
// (docs/container-contract.md). CLOUDFLOW_RUNNER_SECRET names another folder with them, to run it outside a container.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type port struct {
	ID     string `json:"id"`
	Config struct {
		Bootstrap struct{ Servers string } `json:"bootstrap"`
		Topic     struct{ Name string }    `json:"topic"`
	} `json:"config"`
}

// What this program needs of application.conf and secret.conf.
type document struct {
	Cloudflow struct {
		Runner struct {
			Streamlet struct {
				Ref     string `json:"streamlet_ref"`
				Context struct {
					App   string          `json:"app_id"`
					Ports map[string]port `json:"port_mappings"`
				} `json:"context"`
			} `json:"streamlet"`
		} `json:"runner"`
		Streamlets map[string]struct{ Greeting, Every string } `json:"streamlets"`
	} `json:"cloudflow"`
}

func read(name string) (out document) {
	folder := cmp.Or(os.Getenv("CLOUDFLOW_RUNNER_SECRET"), "/etc/cloudflow-runner-secret")
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		log.Fatal(err)
	}
	return out
}

func client(p port, more ...kgo.Opt) *kgo.Client {
	// A broker that asks for a password or TLS needs more of it: connection-config of the port.
	out, err := kgo.NewClient(append(more, kgo.SeedBrokers(strings.Split(p.Config.Bootstrap.Servers, ",")...))...)
	if err != nil {
		log.Fatal(err)
	}
	return out
}

func greet(ctx context.Context, p port, topic, greeting string, every time.Duration) {
	producer := client(p)
	defer producer.Close()
	for number := 1; ; number++ {
		record := &kgo.Record{Topic: topic, Key: []byte("greeter"), Value: fmt.Appendf(nil, "%s %d", greeting, number)}
		if err := producer.ProduceSync(context.WithoutCancel(ctx), record).FirstErr(); err != nil {
			log.Fatal(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

func show(ctx context.Context, p port, topic, group string) {
	consumer := client(p, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer consumer.Close()
	for ctx.Err() == nil {
		fetches := consumer.PollFetches(ctx)
		for _, failed := range fetches.Errors() {
			if ctx.Err() == nil {
				log.Fatal(failed.Err)
			}
		}
		fetches.EachRecord(func(r *kgo.Record) { fmt.Println(string(r.Value)) })
		// Only what is printed counts as read.
		if err := consumer.CommitUncommittedOffsets(context.WithoutCancel(ctx)); err != nil {
			log.Fatal(err)
		}
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	me, secret := read("application.conf").Cloudflow.Runner.Streamlet, read("secret.conf").Cloudflow
	ports := secret.Runner.Streamlet.Context.Ports
	if p, ok := ports["out"]; ok {
		asked := secret.Streamlets[me.Ref]
		every, err := time.ParseDuration(strings.ReplaceAll(asked.Every, " ", "")) // "1 s", "200 ms"
		if err != nil {
			log.Fatal(err)
		}
		greet(ctx, p, cmp.Or(p.Config.Topic.Name, p.ID), asked.Greeting, every)
	} else {
		p := ports["in"]
		show(ctx, p, cmp.Or(p.Config.Topic.Name, p.ID), me.Context.App+"."+me.Ref+".in")
	}
}
