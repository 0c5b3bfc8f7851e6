package main

import (
	"net"
	"net/http"
	"time"
)

const dialTimeout = time.Second

// healthHandler: /healthz is whether KMS does what it must, /livez whether the socket is answered at.
// A plugin that does not reach KMS is not ended for that: the next would not reach it either.
func healthHandler(p *plugin, socket string) http.Handler {
	answers := http.NewServeMux()
	answers.HandleFunc("GET /healthz", func(to http.ResponseWriter, _ *http.Request) {
		if said := p.Health(); said != well {
			http.Error(to, said, http.StatusServiceUnavailable)
			return
		}
		to.Write([]byte(well))
	})
	answers.HandleFunc("GET /livez", func(to http.ResponseWriter, _ *http.Request) {
		connection, err := net.DialTimeout("unix", socket, dialTimeout)
		if err != nil {
			http.Error(to, "nobody answers at the socket", http.StatusServiceUnavailable)
			return
		}
		connection.Close()
		to.Write([]byte(well))
	})
	return answers
}
