// Command context_server is a target for tests: it shows over HTTP who and where it is, and speaks two plain TCP services.
//
//	context_server -name api -http :80 [-echo :7] [-greet :5432]
//
//	GET  /             name, host name, request and its headers, as JSON
//	GET  /env          its environment, a variable a line
//	GET  /peer         the address the connection came from
//	GET  /file?path=P  the content of a file
//	GET  /bytes?count=N  N zero bytes
//	POST /echo         the request's body
//	POST /exit?code=N  ends the process, and so restarts its container
//
// -echo gives every byte back (and every datagram); -greet sends one line with the name and closes.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

type answer struct {
	Name    string      `json:"name"`
	Host    string      `json:"host"`
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Peer    string      `json:"peer"`
	Headers http.Header `json:"headers"`
}

func main() {
	name := flag.String("name", "context-server", "the name it answers with")
	httpAddress := flag.String("http", ":80", "where to serve HTTP")
	echoAddress := flag.String("echo", "", "where to give back TCP bytes and UDP datagrams")
	greetAddress := flag.String("greet", "", "where to send one line and close")
	flag.Parse()

	// As pid 1 of a container no signal has a default action.
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-ended; os.Exit(0) }()

	if *echoAddress != "" {
		go serve(*echoAddress, func(connection net.Conn) { io.Copy(connection, connection) })
		go echoDatagrams(*echoAddress)
	}
	if *greetAddress != "" {
		go serve(*greetAddress, func(connection net.Conn) { fmt.Fprintf(connection, "%s says hello\n", *name) })
	}
	log.Printf("%s serves HTTP on %s", *name, *httpAddress)
	log.Fatal(http.ListenAndServe(*httpAddress, routes(*name)))
}

func routes(name string) http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		host, _ := os.Hostname()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Served-By", name)
		json.NewEncoder(w).Encode(answer{name, host, r.Method, r.URL.Path, r.RemoteAddr, r.Header})
	})
	routes.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, strings.Join(os.Environ(), "\n"))
	})
	routes.HandleFunc("/peer", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, r.RemoteAddr) })
	routes.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, r.URL.Query().Get("path"))
	})
	routes.HandleFunc("/bytes", sendBytes)
	routes.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	routes.HandleFunc("/exit", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("code"))
		os.Exit(code)
	})
	return routes
}

func sendBytes(w http.ResponseWriter, r *http.Request) {
	count, err := strconv.ParseInt(r.URL.Query().Get("count"), 10, 64)
	if err != nil {
		http.Error(w, "count: "+err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", strconv.FormatInt(count, 10))
	block := make([]byte, 256<<10)
	for count > 0 {
		size := min(count, int64(len(block)))
		if _, err := w.Write(block[:size]); err != nil {
			return
		}
		count -= size
	}
}

func serve(address string, speak func(net.Conn)) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer connection.Close()
			speak(connection)
		}()
	}
}

func echoDatagrams(address string) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		log.Fatal(err)
	}
	buffer := make([]byte, 64<<10)
	for {
		size, peer, err := socket.ReadFrom(buffer)
		if err != nil {
			log.Fatal(err)
		}
		socket.WriteTo(buffer[:size], peer)
	}
}
