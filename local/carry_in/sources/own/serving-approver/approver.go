package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	certificates "k8s.io/api/certificates/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	client "k8s.io/client-go/kubernetes/typed/certificates/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"heiiki/own/serving-approver/decide"
)

const (
	firstRetry, lastRetry = time.Second, 5 * time.Minute
	askTimeout            = 20 * time.Second
	pause                 = 500 * time.Millisecond // between two requests of one machine
	byRequester           = "requester"
)

// machines says which running machines of the cluster have this name.
type machines interface {
	named(ctx context.Context, node string) ([]decide.Instance, error)
}

// approver decides on requests one after the other, of each requester one at a time: a machine that
// was taken over may ask without end, and neither keeps others waiting nor has EC2 asked as often. On
// each controller there is one and none leads: whoever comes second finds that the request has changed,
// and leaves it.
type approver struct {
	requests client.CertificateSigningRequestInterface
	machines machines
	log      *slog.Logger
	queue    workqueue.TypedRateLimitingInterface[string]
	known    cache.SharedIndexInformer
}

func newApprover(requests client.CertificateSigningRequestsGetter, rest cache.Getter, there machines, log *slog.Logger) *approver {
	mine := fields.OneTermEqualSelector("spec.signerName", decide.Signer)
	watched := cache.NewListWatchFromClient(rest, "certificatesigningrequests", meta.NamespaceAll, mine)
	limits := workqueue.NewTypedItemExponentialFailureRateLimiter[string](firstRetry, lastRetry)
	made := &approver{
		requests: requests.CertificateSigningRequests(),
		machines: there,
		log:      log,
		queue:    workqueue.NewTypedRateLimitingQueue(limits),
		known:    cache.NewSharedIndexInformer(watched, &certificates.CertificateSigningRequest{}, 0, cache.Indexers{byRequester: requester}),
	}
	added := func(object any) {
		if csr, is := object.(*certificates.CertificateSigningRequest); is && decide.Pending(csr) {
			made.queue.Add(csr.Spec.Username)
		}
	}
	made.known.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    added,
		UpdateFunc: func(_, object any) { added(object) },
	})
	return made
}

func (a *approver) run(ctx context.Context) {
	go a.known.RunWithContext(ctx)
	go func() { <-ctx.Done(); a.queue.ShutDown() }()
	last := map[string]time.Time{} // of those who have asked, when they were answered
	for {
		who, ended := a.queue.Get()
		if ended {
			return
		}
		pending := a.pending(who)
		switch {
		case len(pending) == 0:
			delete(last, who)
			a.queue.Forget(who)
		case time.Since(last[who]) < pause:
			a.queue.AddAfter(who, pause)
		case a.handle(ctx, slices.MaxFunc(pending, younger)):
			last[who] = time.Now()
			a.queue.Forget(who)
			a.queue.AddAfter(who, pause) // for what is left, or has come since
		default:
			last[who] = time.Now()
			a.queue.AddRateLimited(who)
		}
		a.queue.Done(who)
	}
}

func requester(object any) ([]string, error) {
	return []string{object.(*certificates.CertificateSigningRequest).Spec.Username}, nil
}

func (a *approver) pending(who string) (found []*certificates.CertificateSigningRequest) {
	objects, _ := a.known.GetIndexer().ByIndex(byRequester, who) // the index is there
	for _, object := range objects {
		if csr := object.(*certificates.CertificateSigningRequest); decide.Pending(csr) {
			found = append(found, csr)
		}
	}
	return found
}

// younger: the last one is what a kubelet waits for; it has given up those of before.
func younger(a, b *certificates.CertificateSigningRequest) int {
	if order := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); order != 0 {
		return order
	}
	return strings.Compare(a.Name, b.Name)
}

// handle is whether nothing is left to do about the request.
func (a *approver) handle(ctx context.Context, csr *certificates.CertificateSigningRequest) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer := a.decided(ctx, csr)
	log := a.log.With("request", csr.Name, "requester", csr.Spec.Username, "reason", answer.Reason, "message", answer.Message)
	if answer.Kind == decide.Wait {
		log.Warn("waits")
		return false
	}
	err := a.tell(ctx, csr, answer)
	switch {
	case errors.IsConflict(err), errors.IsNotFound(err):
		return true // somebody was faster; what they did is told by the watch
	case err != nil:
		log.Error("could not be told", "why", err.Error())
		return false
	case answer.Kind == decide.Approve:
		log.Info("approved")
	default:
		log.Warn("denied")
	}
	return true
}

func (a *approver) decided(ctx context.Context, csr *certificates.CertificateSigningRequest) decide.Answer {
	asked, answer := decide.Read(csr)
	if asked == nil {
		return answer
	}
	there, err := a.machines.named(ctx, asked.Node)
	if err != nil {
		return decide.Answer{Reason: "Unknown", Message: fmt.Sprintf("EC2 does not tell: %v", err)}
	}
	return asked.Judge(there)
}

func (a *approver) tell(ctx context.Context, csr *certificates.CertificateSigningRequest, answer decide.Answer) error {
	kind := certificates.CertificateDenied
	if answer.Kind == decide.Approve {
		kind = certificates.CertificateApproved
	}
	decided := csr.DeepCopy()
	decided.Status.Conditions = append(decided.Status.Conditions, certificates.CertificateSigningRequestCondition{
		Type: kind, Status: core.ConditionTrue, Reason: answer.Reason, Message: answer.Message,
		LastUpdateTime: meta.Now(),
	})
	_, err := a.requests.UpdateApproval(ctx, csr.Name, decided, meta.UpdateOptions{})
	return err
}
