// Package udp stands in the place of flannel's backend over UDP, which is part C: we carry VXLAN.
package udp
