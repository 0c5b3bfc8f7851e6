//go:build tools

// Package etcdtools pins what a member is restored with: go.mod and go.sum name every module by
// version and checksum, and this import keeps them there.
package etcdtools

import _ "go.etcd.io/etcd/etcdutl/v3"
