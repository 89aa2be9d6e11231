// A shared library with a server in it, loaded by a program in another language.
package main

import "C"

import (
	"fmt"
	"io"
	"net"
)

//export ServeOnce
func ServeOnce(port C.int) {
	listener, err := net.Listen("tcp", fmt.Sprintf("0.0.0.0:%d", int(port)))
	if err != nil {
		fmt.Println(err)
		return
	}
	connection, err := listener.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer connection.Close()
	text, _ := io.ReadAll(connection)
	fmt.Fprintf(connection, "got %s", text)
	fmt.Println(string(text))
}

func main() {}
