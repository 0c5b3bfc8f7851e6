package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/kms/pkg/service"
)

const (
	version = "v2"
	well    = "ok" // the one word by which an API server knows that all is well
	// Before every ciphertext; aws-encryption-provider writes the same.
	envelope     = '1'
	triedBytes   = 32
	tryTimeout   = 2500 * time.Millisecond // an API server waits for three seconds
	goodForSo    = 30 * time.Second
	badForSo     = 2 * time.Second
	longestKeyID = 1024
)

// cloud is the part of KMS's client that is used.
type cloud interface {
	Encrypt(context.Context, *kms.EncryptInput, ...func(*kms.Options)) (*kms.EncryptOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// plugin answers an API server. Nothing of what passes through is kept, logged, or told in an error:
// those say which of KMS's codes it was, and no text of others.
type plugin struct {
	cloud   cloud
	key     string
	own     string // what ARNs of the account's keys in the region begin with
	context map[string]string
	log     *slog.Logger

	trying sync.Mutex
	tried  time.Time
	health string
}

func newPlugin(c cloud, key string, bound map[string]string, log *slog.Logger) *plugin {
	return &plugin{
		cloud: c, key: key, own: keyARN.FindStringSubmatch(key)[1], context: bound, log: log,
	}
}

// Encrypt answers with the key's ARN, which the API server keeps beside the ciphertext.
func (p *plugin) Encrypt(ctx context.Context, uid string, data []byte) (*service.EncryptResponse, error) {
	made, err := p.cloud.Encrypt(ctx, &kms.EncryptInput{
		KeyId: aws.String(p.key), Plaintext: data, EncryptionContext: p.context,
	})
	if err != nil {
		return nil, p.refused("encrypt", uid, err)
	}
	ciphertext := append([]byte{envelope}, made.CiphertextBlob...)
	return &service.EncryptResponse{Ciphertext: ciphertext, KeyID: p.key}, nil
}

// Decrypt asks for the very key that the ciphertext is said to be of, so that nobody who writes to
// etcd can have one of their own taken. It may be one that encrypted before: whether this machine may
// use it is for its role to say. Of another account or region it is none.
func (p *plugin) Decrypt(ctx context.Context, uid string, asked *service.DecryptRequest) ([]byte, error) {
	if len(asked.KeyID) > longestKeyID || !strings.HasPrefix(asked.KeyID, p.own) || !keyARN.MatchString(asked.KeyID) {
		return nil, p.refused("decrypt", uid, fmt.Errorf("the key is none of %s", p.own))
	}
	if len(asked.Ciphertext) < 2 || asked.Ciphertext[0] != envelope {
		return nil, p.refused("decrypt", uid, errors.New("the ciphertext is none of this plugin's"))
	}
	read, err := p.cloud.Decrypt(ctx, &kms.DecryptInput{
		KeyId: aws.String(asked.KeyID), CiphertextBlob: asked.Ciphertext[1:], EncryptionContext: p.context,
	})
	if err != nil {
		return nil, p.refused("decrypt", uid, err)
	}
	return read.Plaintext, nil
}

// Status says which key encrypts from now on: with another ARN than before, the API server has its
// next key wrapped by that one, and reads on by the one before.
func (p *plugin) Status(context.Context) (*service.StatusResponse, error) {
	return &service.StatusResponse{Version: version, Healthz: p.Health(), KeyID: p.key}, nil
}

// Health is "ok", or what is wrong. It has KMS encrypt and decrypt, now and then; who asks meanwhile
// is told the same.
func (p *plugin) Health() string {
	p.trying.Lock()
	defer p.trying.Unlock()
	lasts := badForSo
	if p.health == well {
		lasts = goodForSo
	}
	if p.health != "" && time.Since(p.tried) < lasts {
		return p.health
	}
	found := well
	if err := p.try(); err != nil {
		found = status.Convert(err).Message()
	}
	if found != p.health {
		p.log.Info("health", "now", found, "before", p.health)
	}
	p.health, p.tried = found, time.Now()
	return found
}

func (p *plugin) try() error {
	ctx, cancel := context.WithTimeout(context.Background(), tryTimeout)
	defer cancel()
	data := make([]byte, triedBytes)
	if _, err := rand.Read(data); err != nil {
		return err
	}
	made, err := p.Encrypt(ctx, "health", data)
	if err != nil {
		return err
	}
	read, err := p.Decrypt(ctx, "health", &service.DecryptRequest{Ciphertext: made.Ciphertext, KeyID: made.KeyID})
	if err == nil && subtle.ConstantTimeCompare(read, data) != 1 {
		return errors.New("what KMS decrypted is not what it encrypted")
	}
	return err
}

func (p *plugin) refused(what, uid string, err error) error {
	code, why := reason(err)
	p.log.Warn("failed", "to", what, "uid", uid, "why", why)
	return status.Errorf(code, "could not %s: %s", what, why)
}

// reason is KMS's own code, or what the innermost error says, which is of the network or of
// credentials: what stands around it may name a request.
func reason(err error) (codes.Code, string) {
	var said smithy.APIError
	if errors.As(err, &said) {
		return codes.FailedPrecondition, said.ErrorCode()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return codes.DeadlineExceeded, "KMS did not answer in time"
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return codes.Unavailable, err.Error()
		}
		err = inner
	}
}
