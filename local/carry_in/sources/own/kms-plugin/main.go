// The KMS plugin: it stands between an API server and AWS's KMS, by KMS v2, on a socket that only its
// own user reaches. It takes the flags of aws-encryption-provider that a control plane of ours gives,
// and either of the two reads what the other wrote.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"k8s.io/kms/pkg/service"
)

const (
	ownerAlone     = 0o177 // umask: sockets are 0600
	connectTimeout = 10 * time.Second
	stopTimeout    = 5 * time.Second
	longestPause   = 300 * time.Millisecond // of three tries: an API server does not wait for long
)

var keyARN = regexp.MustCompile(`^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/)[A-Za-z0-9-]{1,64}$`)

type settings struct {
	key, region, listen, health string
	context                     pairs
}

// pairs is what `--encryption-context` is told, once or often: name=value, separated by commas.
type pairs map[string]string

func (p pairs) String() string { return "" }

func (p pairs) Set(text string) error {
	for _, pair := range strings.Split(text, ",") {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" || value == "" {
			return errors.New("must be name=value")
		}
		p[name] = value
	}
	return nil
}

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
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
	asked := settings{context: pairs{}}
	flags := flag.NewFlagSet("kms-plugin", flag.ContinueOnError)
	flags.StringVar(&asked.key, "key", "", "ARN of the KMS key that encrypts")
	flags.StringVar(&asked.region, "region", "", "of the key")
	flags.StringVar(&asked.listen, "listen", "", "path of the socket")
	flags.StringVar(&asked.health, "health-port", "127.0.0.1:8083", "where /healthz and /livez are")
	flags.Var(asked.context, "encryption-context", "name=value, that KMS binds ciphertexts to")
	if err := flags.Parse(arguments); err != nil {
		return asked, err
	}
	if flags.NArg() > 0 {
		return asked, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	if !keyARN.MatchString(asked.key) {
		return asked, fmt.Errorf("--key %q must be the ARN of a KMS key; an alias may come to mean "+
			"another", asked.key)
	}
	for name, value := range map[string]string{"region": asked.region, "listen": asked.listen} {
		if value == "" {
			return asked, fmt.Errorf("--%s must be given", name)
		}
	}
	if len(asked.context) == 0 {
		return asked, errors.New("--encryption-context must be given, such as cluster=dev: without " +
			"it, whatever the key encrypted for others is read too")
	}
	return asked, nil
}

// run serves until the context ends. It waits for nobody: KMS may be reached later.
func run(ctx context.Context, asked settings, logger *slog.Logger) error {
	syscall.Umask(ownerAlone)
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(asked.region))
	if err != nil {
		return err
	}
	if err := clear(asked.listen); err != nil {
		return err
	}
	client := kms.NewFromConfig(loaded, func(options *kms.Options) {
		options.Retryer = retry.AddWithMaxBackoffDelay(options.Retryer, longestPause)
	})
	plugin := newPlugin(client, asked.key, asked.context, logger)
	sockets := service.NewGRPCService(asked.listen, connectTimeout, plugin)
	health := &http.Server{
		Addr:              asked.health,
		Handler:           healthHandler(plugin, asked.listen),
		ReadHeaderTimeout: connectTimeout,
	}
	ended := make(chan error, 2)
	go func() { ended <- sockets.ListenAndServe() }()
	go func() { ended <- health.ListenAndServe() }()
	logger.Info("serving", "key", asked.key, "region", asked.region, "listen", asked.listen)
	select {
	case err = <-ended:
	case <-ctx.Done():
		err = nil
	}
	stopped := make(chan struct{})
	go func() { sockets.Shutdown(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(stopTimeout):
		sockets.Close()
	}
	return err
}

// clear removes the socket of a process that was killed, and nothing else.
func clear(path string) error {
	found, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if found.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("--listen %s is there, and is no socket", path)
	}
	if connection, err := net.DialTimeout("unix", path, time.Second); err == nil {
		connection.Close()
		return fmt.Errorf("--listen %s is answered at by another process", path)
	}
	return os.Remove(path)
}
