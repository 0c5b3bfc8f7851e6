// The approver of serving certificates: a kubelet is given one for the names and addresses that EC2
// says its machine has, and for no others.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	client "k8s.io/client-go/kubernetes/typed/certificates/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"

	"heiiki/own/serving-approver/decide"
)

// Of questions to EC2, which others on the machine ask too: whoever asks for many certificates may
// not keep them from it.
const askedPerSecond, askedAtOnce = 2, 20

type settings struct {
	cluster, region, kubeconfig, health string
}

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	klog.SetSlogLogger(logger)
	asked, err := read(os.Args[1:])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		err = run(ctx, asked, logger)
	}
	if err != nil {
		logger.Error("ended", "why", err.Error())
		os.Exit(1)
	}
}

func read(arguments []string) (settings, error) {
	var asked settings
	flags := flag.NewFlagSet("serving-approver", flag.ContinueOnError)
	flags.StringVar(&asked.cluster, "cluster", "", "whose machines' tag heiiki:cluster this is")
	flags.StringVar(&asked.region, "region", "", "of the machines")
	flags.StringVar(&asked.kubeconfig, "kubeconfig", "", "by default, what a pod is given")
	flags.StringVar(&asked.health, "health-port", "127.0.0.1:8085", "where /healthz and /livez are")
	if err := flags.Parse(arguments); err != nil {
		return asked, err
	}
	if flags.NArg() > 0 {
		return asked, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	if asked.cluster == "" || asked.region == "" {
		return asked, errors.New("--cluster and --region must be given")
	}
	return asked, nil
}

func run(ctx context.Context, asked settings, logger *slog.Logger) error {
	there, err := server(asked.kubeconfig)
	if err != nil {
		return err
	}
	there = rest.AddUserAgent(there, "heiiki-serving-approver")
	requests, err := client.NewForConfig(there)
	if err != nil {
		return err
	}
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(asked.region))
	if err != nil {
		return err
	}
	machines := limited{
		cloud{ec2.NewFromConfig(loaded), asked.cluster},
		flowcontrol.NewTokenBucketRateLimiter(askedPerSecond, askedAtOnce),
	}
	made := newApprover(requests, requests.RESTClient(), machines, logger)
	health := &http.Server{Addr: asked.health, Handler: healthHandler(made), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- health.ListenAndServe() }()
	working, stop := context.WithCancel(ctx)
	defer stop()
	go func() { made.run(working); ended <- nil }()
	logger.Info("watching", "cluster", asked.cluster, "region", asked.region)
	return <-ended
}

// server is the API server that a pod is given, or the one that a file names.
func server(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		return rest.InClusterConfig()
	}
	return clientcmd.BuildConfigFromFlags("", kubeconfig)
}

// limited asks no more often than is fair.
type limited struct {
	machines machines
	limit    flowcontrol.RateLimiter
}

func (l limited) named(ctx context.Context, node string) ([]decide.Instance, error) {
	if err := l.limit.Wait(ctx); err != nil {
		return nil, err
	}
	return l.machines.named(ctx, node)
}

// healthHandler: /healthz is whether all requests are known, /livez that it runs. Who does not reach
// the API server tries on by itself.
func healthHandler(a *approver) http.Handler {
	answers := http.NewServeMux()
	answers.HandleFunc("GET /livez", func(to http.ResponseWriter, _ *http.Request) { to.Write([]byte("ok")) })
	answers.HandleFunc("GET /healthz", func(to http.ResponseWriter, _ *http.Request) {
		if !a.known.HasSynced() {
			http.Error(to, "the API server has not told all requests yet", http.StatusServiceUnavailable)
			return
		}
		to.Write([]byte("ok"))
	})
	return answers
}
