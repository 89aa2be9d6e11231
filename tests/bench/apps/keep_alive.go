// Serves HTTP and asks for it over keep-alive connections, in one process. Prints `ready`, reads an order a line from
// stdin, `CONNECTIONS MILLISECONDS`, and answers with the requests per second. Ends with stdin.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var body = strings.Repeat("x", 1000)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, body)
	}))
	fmt.Println("ready")
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		var connections, ms int
		if _, err := fmt.Sscan(orders.Text(), &connections, &ms); err != nil {
			os.Exit(2)
		}
		fmt.Println(measure("http://"+listener.Addr().String(), connections, time.Duration(ms)*time.Millisecond))
	}
}

func measure(url string, connections int, duration time.Duration) int {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var answered atomic.Int64
	var workers sync.WaitGroup
	started := time.Now()
	for range connections {
		workers.Go(func() {
			for time.Since(started) < duration {
				response, err := client.Get(url)
				if err != nil {
					panic(err)
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				answered.Add(1)
			}
		})
	}
	workers.Wait()
	return int(float64(answered.Load()) / time.Since(started).Seconds())
}
