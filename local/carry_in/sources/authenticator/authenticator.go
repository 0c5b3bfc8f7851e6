//go:build tools

package authenticator

import (
	_ "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator"
)
