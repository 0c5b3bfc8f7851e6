// Package decide says whether a kubelet may have the serving certificate that it asks for. It is given
// what Kubernetes says of who asks, and what EC2 says of machines; it asks nobody itself.
package decide

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	certificates "k8s.io/api/certificates/v1"
)

const (
	Signer     = certificates.KubeletServingSignerName
	nodePrefix = "system:node:"
	nodeGroup  = "system:nodes"
	leastRSA   = 2048
	mostRSA    = 8192
	mostTold   = 5 // of names that are refused
)

var (
	alternativeName = asn1.ObjectIdentifier{2, 5, 29, 17}
	// As kubelets ask: with key encipherment where the key is RSA's, and older ones always.
	usages = [][]certificates.KeyUsage{
		{certificates.UsageDigitalSignature, certificates.UsageServerAuth},
		{certificates.UsageDigitalSignature, certificates.UsageKeyEncipherment, certificates.UsageServerAuth},
	}
	curves = []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}
)

// Answer is what is done with a request. The zero value is: nothing, now.
type Answer struct {
	Kind            Kind
	Reason, Message string
}

type Kind int

const (
	Wait Kind = iota // it can not be said yet
	Approve
	Deny // it is wrong, whatever else becomes known
)

// Asked is a request that is a node's own, for its own name; for which addresses is still to be judged.
type Asked struct {
	Node      string
	names     []string
	addresses []netip.Addr
}

// Instance is a machine as EC2 tells of it. Name is its private DNS name.
type Instance struct {
	ID, Name  string
	Names     []string
	Addresses []netip.Addr
}

// Pending is whether a request is for this signer, and nobody has decided on it.
func Pending(csr *certificates.CertificateSigningRequest) bool {
	return csr.Spec.SignerName == Signer && len(csr.Status.Conditions) == 0 &&
		len(csr.Status.Certificate) == 0
}

// Read is the part that needs nobody's word: nil and why, where no kubelet of ours asks like that.
func Read(csr *certificates.CertificateSigningRequest) (*Asked, Answer) {
	node, found := strings.CutPrefix(csr.Spec.Username, nodePrefix)
	if !found || node == "" || !slices.Contains(csr.Spec.Groups, nodeGroup) {
		return nil, deny("NoNode", "%q is no node", csr.Spec.Username)
	}
	if !slices.ContainsFunc(usages, func(allowed []certificates.KeyUsage) bool {
		return same(csr.Spec.Usages, allowed)
	}) {
		return nil, deny("Usages", "the usages are not those of a server: %v", csr.Spec.Usages)
	}
	block, rest := pem.Decode(csr.Spec.Request)
	if block == nil || block.Type != "CERTIFICATE REQUEST" || len(rest) > 0 {
		return nil, deny("NoRequest", "it is not one request in PEM")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, deny("NoRequest", "it cannot be read")
	}
	if why := unsound(request); why != "" {
		return nil, deny("Unsound", "%s", why)
	}
	subject := request.Subject
	if subject.CommonName != csr.Spec.Username || !slices.Equal(subject.Organization, []string{nodeGroup}) ||
		len(subject.Names) != 2 {
		return nil, deny("Subject", "the subject must be %s of %s and nothing else", csr.Spec.Username, nodeGroup)
	}
	return named(node, request)
}

func named(node string, request *x509.CertificateRequest) (*Asked, Answer) {
	if len(request.EmailAddresses) > 0 || len(request.URIs) > 0 {
		return nil, deny("Names", "a kubelet has no URIs and no addresses of mail")
	}
	asked := &Asked{Node: node}
	for _, name := range request.DNSNames {
		asked.names = append(asked.names, strings.ToLower(name))
	}
	for _, address := range request.IPAddresses {
		parsed, _ := netip.AddrFromSlice(address)
		asked.addresses = append(asked.addresses, parsed.Unmap())
	}
	if len(asked.names)+len(asked.addresses) == 0 {
		return nil, deny("Names", "it names neither a host nor an address")
	}
	return asked, Answer{}
}

// Judge compares with what EC2 tells of running machines of this name. None, or several, may be what
// EC2 does not know yet, so they are no reason to refuse.
func (a *Asked) Judge(there []Instance) Answer {
	if len(there) != 1 {
		return wait("EC2 knows %d running machines of the cluster by the name %s", len(there), a.Node)
	}
	machine := there[0]
	if !strings.EqualFold(machine.Name, a.Node) {
		return wait("EC2 calls machine %s %s, and not %s", machine.ID, machine.Name, a.Node)
	}
	var foreign []string
	for _, name := range a.names {
		if !slices.Contains(machine.Names, name) {
			foreign = append(foreign, fmt.Sprintf("%.100q", name))
		}
	}
	for _, address := range a.addresses {
		if !slices.Contains(machine.Addresses, address) {
			foreign = append(foreign, address.String())
		}
	}
	if len(foreign) > 0 {
		told := foreign[:min(len(foreign), mostTold)]
		return deny("ForeignName", "EC2 says that machine %s has no %s", machine.ID, strings.Join(told, ", "))
	}
	return Answer{Approve, "OwnNames", fmt.Sprintf("every name and address is one that EC2 says machine %s has", machine.ID)}
}

func unsound(request *x509.CertificateRequest) string {
	if err := request.CheckSignature(); err != nil {
		return "it is not signed by the key that it holds, or by an algorithm that is too weak"
	}
	for _, extension := range request.Extensions {
		if !extension.Id.Equal(alternativeName) {
			return "it asks for more than names: extension " + extension.Id.String()
		}
	}
	switch key := request.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if !slices.Contains(curves, key.Curve) {
			return "the key is of a curve that is too small"
		}
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < leastRSA || bits > mostRSA {
			return fmt.Sprintf("the key has %d bits; RSA's have %d to %d", bits, leastRSA, mostRSA)
		}
	default:
		return fmt.Sprintf("the key is %T; kubelets have ECDSA's or RSA's", key)
	}
	return ""
}

func same(asked, allowed []certificates.KeyUsage) bool {
	return slices.Equal(slices.Sorted(slices.Values(asked)), slices.Sorted(slices.Values(allowed)))
}

func deny(reason, text string, more ...any) Answer {
	return Answer{Deny, reason, fmt.Sprintf(text, more...)}
}

func wait(text string, more ...any) Answer {
	return Answer{Wait, "Unknown", fmt.Sprintf(text, more...)}
}
