// Asks for names as Go's own resolver does, and exchanges datagrams: "names SERVER:PORT". Prints one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sort"
	"time"
)

func failure(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return "not found"
	}
	return fmt.Sprint(err)
}

func hosts(name string) any {
	found, err := net.DefaultResolver.LookupHost(context.Background(), name)
	if err != nil {
		return failure(err)
	}
	sort.Strings(found)
	return found
}

func text(name string) any {
	found, err := net.LookupTXT(name)
	if err != nil {
		return failure(err)
	}
	return len(found[0])
}

func service() any {
	_, found, err := net.LookupSRV("pg", "tcp", "e2e.internal")
	if err != nil {
		return failure(err)
	}
	return fmt.Sprintf("%s %d", found[0].Target, found[0].Port)
}

// An unconnected socket's answer, and who sent it.
func free(server string) any {
	peer, err := net.ResolveUDPAddr("udp", server)
	if err != nil {
		return failure(err)
	}
	socket, err := net.ListenPacket("udp", ":0")
	if err != nil {
		return failure(err)
	}
	socket.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err = socket.WriteTo([]byte("free"), peer); err != nil {
		return failure(err)
	}
	buffer := make([]byte, 99)
	_, from, err := socket.ReadFrom(buffer)
	if err != nil {
		return failure(err)
	}
	return from.String()
}

func connected(server string) any {
	conn, err := net.Dial("udp", server)
	if err != nil {
		return failure(err)
	}
	host, _, _ := net.SplitHostPort(conn.LocalAddr().String())
	return host + " " + conn.RemoteAddr().String()
}

func main() {
	server := os.Args[1]
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"short":     hosts("db"),
		"full":      hosts("only4.e2e.internal"),
		"alias":     hosts("alias.e2e.internal"),
		"missing":   hosts("missing.e2e.internal"),
		"file":      hosts("private.e2e.internal"),
		"service":   service(),
		"text":      text("text.e2e.internal"),
		"large":     text("large.e2e.internal"),
		"free":      free(server),
		"connected": connected(server),
	})
}
