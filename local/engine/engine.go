//go:build tools

// Package engine pins what the engine is built from: go.mod and go.sum name
// every module by version and checksum, and this import keeps them there.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
