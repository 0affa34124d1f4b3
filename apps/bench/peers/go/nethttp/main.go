// Go's own server and its own router, with their defaults.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"

	"hyperlane-ts/peers/contract"
)

func main() {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		send(w, contract.Text, []byte("hello"))
	})
	routes.HandleFunc("GET /json", func(w http.ResponseWriter, _ *http.Request) {
		octets, err := json.Marshal(contract.Hello)
		sendUnless(err, w, contract.JSON, octets)
	})
	routes.HandleFunc("GET /gzip", func(w http.ResponseWriter, _ *http.Request) {
		octets, err := contract.Gzipped()
		w.Header().Set("Content-Encoding", "gzip")
		sendUnless(err, w, contract.JSON, octets)
	})
	routes.HandleFunc("GET /large", func(w http.ResponseWriter, _ *http.Request) {
		send(w, contract.Octets, contract.Large)
	})
	routes.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		octets, err := io.ReadAll(r.Body)
		sendUnless(err, w, contract.Octets, octets)
	})
	routes.HandleFunc("POST /upload", func(w http.ResponseWriter, r *http.Request) {
		octets, err := io.Copy(io.Discard, r.Body)
		sendUnless(err, w, contract.Text, strconv.AppendInt(nil, octets, 10))
	})
	for n := range contract.Routes() {
		routes.HandleFunc(fmt.Sprintf("GET /r%d/items/{id}", n), func(w http.ResponseWriter, r *http.Request) {
			send(w, contract.Text, []byte(r.PathValue("id")))
		})
	}
	log.Fatal(contract.Serve(routes))
}

func send(w http.ResponseWriter, contentType string, content []byte) {
	w.Header().Set("Content-Type", contentType)
	// Else content that does not fit its buffer would be chunked.
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	// An error means that the client has gone.
	_, _ = w.Write(content)
}

func sendUnless(err error, w http.ResponseWriter, contentType string, content []byte) {
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	send(w, contentType, content)
}
