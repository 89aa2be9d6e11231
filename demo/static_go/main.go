// The demo's static program: built with CGO_ENABLED=0 and stripped, so that nothing can be preloaded into it.
// Arguments: a variable's name, a file, a host name, a URL. It prints what it sees of each.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	variable, file, name, url := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	fmt.Println("variable   ", os.Getenv(variable))
	content, err := os.ReadFile(file)
	show("file       ", strings.TrimSpace(string(content)), err)
	host, err := os.Hostname()
	show("host name  ", host, err)
	addresses, err := net.LookupHost(name)
	show("name       ", strings.Join(addresses, " "), err)
	show("service    ", "", fetch(url))
}

func fetch(url string) error {
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil {
		fmt.Println("service    ", string(body))
	}
	return err
}

func show(label, value string, err error) {
	if err != nil {
		fmt.Println(label, "error:", err)
		os.Exit(1)
	}
	if value != "" {
		fmt.Println(label, value)
	}
}
