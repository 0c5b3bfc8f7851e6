package decide

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	certificates "k8s.io/api/certificates/v1"
)

const (
	node  = "ip-172-25-0-9.ap-northeast-1.compute.internal"
	other = "ip-172-25-0-10.ap-northeast-1.compute.internal"
)

var (
	machine = Instance{
		ID: "i-1", Name: node, Names: []string{node},
		Addresses: []netip.Addr{netip.MustParseAddr("172.25.0.9"), netip.MustParseAddr("fd00::9")},
	}
	ownKey = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
)

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

// A request as a kubelet makes it; what a test changes in it comes by the arguments.
func made(key crypto.Signer, change ...func(*x509.CertificateRequest)) []byte {
	template := &x509.CertificateRequest{
		Subject:     pkix.Name{CommonName: "system:node:" + node, Organization: []string{"system:nodes"}},
		DNSNames:    []string{node},
		IPAddresses: []net.IP{net.ParseIP("172.25.0.9")},
	}
	for _, apply := range change {
		apply(template)
	}
	der := must(x509.CreateCertificateRequest(rand.Reader, template, key))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

func asked(request []byte, change ...func(*certificates.CertificateSigningRequest)) *certificates.CertificateSigningRequest {
	csr := &certificates.CertificateSigningRequest{Spec: certificates.CertificateSigningRequestSpec{
		Request:    request,
		SignerName: Signer,
		Username:   "system:node:" + node,
		Groups:     []string{"system:nodes", "system:authenticated"},
		Usages:     []certificates.KeyUsage{certificates.UsageServerAuth, certificates.UsageDigitalSignature},
	}}
	for _, apply := range change {
		apply(csr)
	}
	return csr
}

func answer(csr *certificates.CertificateSigningRequest, there ...Instance) Answer {
	request, refused := Read(csr)
	if request == nil {
		return refused
	}
	return request.Judge(there)
}

func expect(t *testing.T, got Answer, kind Kind, reason, part string) {
	t.Helper()
	if got.Kind != kind || got.Reason != reason || !strings.Contains(got.Message, part) {
		t.Errorf("got %+v, expected %v %s %q", got, kind, reason, part)
	}
}

func TestAKubeletMayHaveTheNamesOfItsMachine(t *testing.T) {
	expect(t, answer(asked(made(ownKey)), machine), Approve, "OwnNames", "i-1")
	more := made(ownKey, func(r *x509.CertificateRequest) {
		r.DNSNames = []string{strings.ToUpper(node)}
		r.IPAddresses = append(r.IPAddresses, net.ParseIP("fd00::9"), net.ParseIP("::ffff:172.25.0.9"))
	})
	expect(t, answer(asked(more), machine), Approve, "OwnNames", "i-1")
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	csr := asked(made(rsaKey), func(csr *certificates.CertificateSigningRequest) {
		csr.Spec.Usages = append(csr.Spec.Usages, certificates.UsageKeyEncipherment)
	})
	expect(t, answer(csr, machine), Approve, "OwnNames", "i-1")
}

func TestNamesOfOthersAreRefused(t *testing.T) {
	for name, change := range map[string]func(*x509.CertificateRequest){
		other:          func(r *x509.CertificateRequest) { r.DNSNames = append(r.DNSNames, other) },
		"*.compute":    func(r *x509.CertificateRequest) { r.DNSNames = []string{"*.compute.internal"} },
		"kubernetes":   func(r *x509.CertificateRequest) { r.DNSNames = append(r.DNSNames, "kubernetes.default.svc") },
		"172.25.0.10":  func(r *x509.CertificateRequest) { r.IPAddresses = append(r.IPAddresses, net.ParseIP("172.25.0.10")) },
		"127.0.0.1":    func(r *x509.CertificateRequest) { r.IPAddresses = []net.IP{net.ParseIP("127.0.0.1")} },
		"fd00::10":     func(r *x509.CertificateRequest) { r.IPAddresses = append(r.IPAddresses, net.ParseIP("fd00::10")) },
		"has no \"a\"": func(r *x509.CertificateRequest) { r.DNSNames = []string{"a", "b", "c", "d", "e", "f"} },
	} {
		expect(t, answer(asked(made(ownKey, change)), machine), Deny, "ForeignName", name)
	}
}

func TestWhatEC2DoesNotKnowIsNeitherApprovedNorDenied(t *testing.T) {
	csr := asked(made(ownKey))
	expect(t, answer(csr), Wait, "Unknown", "knows 0 running machines")
	expect(t, answer(csr, machine, machine), Wait, "Unknown", "knows 2 running machines")
	renamed := machine
	renamed.Name = other
	expect(t, answer(csr, renamed), Wait, "Unknown", "EC2 calls machine i-1 "+other)
}

func TestWhoAsksIsANodeAndAsksForItself(t *testing.T) {
	for part, change := range map[string]func(*certificates.CertificateSigningRequest){
		`"anna" is no node`:         func(csr *certificates.CertificateSigningRequest) { csr.Spec.Username = "anna" },
		`"system:node:" is no node`: func(csr *certificates.CertificateSigningRequest) { csr.Spec.Username = "system:node:" },
		`compute.internal" is no`:   func(csr *certificates.CertificateSigningRequest) { csr.Spec.Groups = []string{"system:authenticated"} },
	} {
		expect(t, answer(asked(made(ownKey), change), machine), Deny, "NoNode", part)
	}
	another := func(csr *certificates.CertificateSigningRequest) { csr.Spec.Username = "system:node:" + other }
	expect(t, answer(asked(made(ownKey), another), machine), Deny, "Subject", "must be system:node:"+other)
	for _, subject := range []pkix.Name{
		{CommonName: "system:node:" + node},
		{CommonName: "system:node:" + node, Organization: []string{"system:nodes", "system:masters"}},
		{CommonName: "system:node:" + node, Organization: []string{"system:masters"}},
		{CommonName: "system:node:" + node, Organization: []string{"system:nodes"}, Country: []string{"JP"}},
		{CommonName: "system:node:" + other, Organization: []string{"system:nodes"}},
	} {
		request := made(ownKey, func(r *x509.CertificateRequest) { r.Subject = subject })
		expect(t, answer(asked(request), machine), Deny, "Subject", "and nothing else")
	}
}

func TestUsagesAreAServersAndNoMore(t *testing.T) {
	for _, usages := range [][]certificates.KeyUsage{
		nil,
		{certificates.UsageServerAuth},
		{certificates.UsageDigitalSignature, certificates.UsageClientAuth},
		{certificates.UsageDigitalSignature, certificates.UsageServerAuth, certificates.UsageClientAuth},
		{certificates.UsageDigitalSignature, certificates.UsageServerAuth, certificates.UsageServerAuth},
		{certificates.UsageDigitalSignature, certificates.UsageServerAuth, certificates.UsageCertSign},
	} {
		csr := asked(made(ownKey), func(csr *certificates.CertificateSigningRequest) { csr.Spec.Usages = usages })
		expect(t, answer(csr, machine), Deny, "Usages", "not those of a server")
	}
}

func TestKeysAndRequestsAreSound(t *testing.T) {
	_, ed := must2(ed25519.GenerateKey(rand.Reader))
	for part, request := range map[string][]byte{
		"the key has 1024 bits":    made(must(rsa.GenerateKey(rand.Reader, 1024))),
		"curve that is too small":  made(must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))),
		"the key is ed25519":       made(ed),
		"asks for more than names": made(ownKey, withExtension),
		"not signed by the key":    broken(),
	} {
		expect(t, answer(asked(request), machine), Deny, "Unsound", part)
	}
	for _, request := range [][]byte{
		nil, []byte("no PEM"), append(made(ownKey), made(ownKey)...),
		[]byte(strings.ReplaceAll(string(made(ownKey)), "CERTIFICATE REQUEST", "CERTIFICATE")),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("no DER")}),
	} {
		expect(t, answer(asked(request), machine), Deny, "NoRequest", "it ")
	}
}

func TestItNamesHostsAndNothingElse(t *testing.T) {
	nothing := func(r *x509.CertificateRequest) { r.DNSNames, r.IPAddresses = nil, nil }
	expect(t, answer(asked(made(ownKey, nothing)), machine), Deny, "Names", "neither a host nor an address")
	mail := func(r *x509.CertificateRequest) { r.EmailAddresses = []string{"a@example.com"} }
	expect(t, answer(asked(made(ownKey, mail)), machine), Deny, "Names", "no addresses of mail")
	uri := func(r *x509.CertificateRequest) { r.URIs = []*url.URL{must(url.Parse("spiffe://a/b"))} }
	expect(t, answer(asked(made(ownKey, uri)), machine), Deny, "Names", "no URIs")
}

func TestOfOthersSignersAndWhatIsDecidedItSaysNothing(t *testing.T) {
	if !Pending(asked(made(ownKey))) {
		t.Error("it is pending")
	}
	for _, change := range []func(*certificates.CertificateSigningRequest){
		func(csr *certificates.CertificateSigningRequest) {
			csr.Spec.SignerName = certificates.KubeAPIServerClientSignerName
		},
		func(csr *certificates.CertificateSigningRequest) { csr.Status.Certificate = []byte("a") },
		func(csr *certificates.CertificateSigningRequest) {
			csr.Status.Conditions = []certificates.CertificateSigningRequestCondition{{Type: certificates.CertificateDenied}}
		},
	} {
		if Pending(asked(made(ownKey), change)) {
			t.Error("it is not ours to decide")
		}
	}
}

func must2[A, B any](one A, two B, err error) (A, B) {
	return must(one, err), two
}

func withExtension(r *x509.CertificateRequest) {
	constraints := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte{0x30, 0x03, 0x01, 0x01, 0xff}}
	r.ExtraExtensions = append(r.ExtraExtensions, constraints)
}

// Signed by another key than the one that it holds.
func broken() []byte {
	block, _ := pem.Decode(made(ownKey))
	block.Bytes[len(block.Bytes)-1] ^= 1
	return pem.EncodeToMemory(block)
}
