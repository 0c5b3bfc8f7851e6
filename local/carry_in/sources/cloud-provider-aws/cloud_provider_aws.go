//go:build tools

package cloud_provider_aws

import (
	_ "k8s.io/cloud-provider-aws/cmd/aws-cloud-controller-manager"
	_ "k8s.io/cloud-provider-aws/cmd/ecr-credential-provider"
)
