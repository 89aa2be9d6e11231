// The two ends of a connection that came to a port, and of one that was made. Arguments: port, address to connect to.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		panic(err)
	}
	connection, err := listener.Accept()
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(connection)
	remote, _, _ := net.SplitHostPort(connection.RemoteAddr().String())
	fmt.Fprintf(connection, "got %s", text)
	connection.Close()
	fmt.Println(remote, connection.LocalAddr())
	outgoing, err := net.Dial("tcp", os.Args[2])
	if err != nil {
		panic(err)
	}
	local := outgoing.LocalAddr().(*net.TCPAddr)
	fmt.Println(outgoing.RemoteAddr(), local.IP.IsLoopback())
}
