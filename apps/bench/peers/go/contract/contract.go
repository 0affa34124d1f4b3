// Package contract is what the peers in Go take from their environment and have in common, as peers/README.md says.
// Knows no server.
package contract

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

const (
	Text   = "text/plain; charset=utf-8"
	JSON   = "application/json"
	Octets = "application/octet-stream"
)

// Large is the content of all answers to /large.
var Large = bytes.Repeat([]byte("x"), 1<<20)

// Message is the object that /json answers with.
type Message struct {
	Message string `json:"message"`
}

// Hello is made into JSON for each request.
var Hello = Message{Message: "hello"}

// Routes tells how many there are besides the others: /r<n>/items/<id>, n from 0.
func Routes() int { return number("PEER_ROUTES") }

// Gzipped gives "hello" compressed anew.
func Gzipped() ([]byte, error) {
	var octets bytes.Buffer
	writer := gzip.NewWriter(&octets)
	if _, err := writer.Write([]byte("hello")); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return octets.Bytes(), nil
}

// Serve says where it listens, and serves until the process ends. Port 0 is any free one.
func Serve(handler http.Handler) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", number("PEER_PORT")))
	if err != nil {
		return err
	}
	fmt.Printf("listens on http://%s\n", listener.Addr())
	return http.Serve(listener, handler)
}

func number(name string) int {
	value, _ := strconv.Atoi(os.Getenv(name))
	return value
}
