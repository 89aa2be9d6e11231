// An HTTP server that answers every request with its second argument. Arguments: port, word, [file for what was seen].
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
)

func main() {
	port, word := os.Args[1], os.Args[2]
	var seen *os.File
	if len(os.Args) > 3 {
		seen, _ = os.OpenFile(os.Args[3], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	}
	var lock sync.Mutex
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening")
	http.Serve(listener, http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if seen != nil {
			lock.Lock()
			fmt.Fprintf(seen, "%s %s\n", request.RemoteAddr, request.URL.Path)
			lock.Unlock()
		}
		fmt.Fprint(writer, word)
	}))
}
