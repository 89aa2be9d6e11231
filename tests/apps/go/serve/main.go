// Every method is answered with itself and the body, and printed. Argument: the port.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(writer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		fmt.Println(request.Method, string(body))
		fmt.Fprintf(writer, "%s %s", request.Method, body)
	})
	fmt.Println(http.ListenAndServe(":"+os.Args[1], nil))
}
