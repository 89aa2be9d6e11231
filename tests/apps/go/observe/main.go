// Prints, as one JSON object, what a program sees of its surroundings. Arguments: variable, file, host name, URL.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func main() {
	variable, file, name, url := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	status := must(os.Stat(file))
	client := http.Client{Timeout: 10 * time.Second}
	response := must(client.Get(url))
	defer response.Body.Close()
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"variable": os.Getenv(variable),
		"content":  string(must(os.ReadFile(file))),
		"size":     status.Size(),
		"modified": status.ModTime().Unix(),
		"mode":     fmt.Sprintf("0o%o", status.Mode().Perm()),
		"host":     must(os.Hostname()),
		"address":  must(net.LookupHost(name))[0],
		"answer":   string(must(io.ReadAll(response.Body))),
	})
}
