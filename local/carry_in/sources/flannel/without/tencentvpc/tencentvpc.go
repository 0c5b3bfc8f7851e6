// Package tencentvpc stands in the place of flannel's backend for another cloud.
package tencentvpc
