// Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
// directory, host name, port.
package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func read(path string) (any, error) {
	bytes, err := os.ReadFile(path)
	return string(bytes), err
}

func write(path string) (any, error) {
	return "ok", os.WriteFile(path, []byte("written by a program\n"), 0o644)
}

func list(path string) (any, error) {
	entries, err := os.ReadDir(path)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, err
}

func resolve(name string) (any, error) {
	addresses, err := net.LookupHost(name)
	if err != nil {
		return nil, err
	}
	return addresses[0], nil
}

func connect(url string) (any, error) {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func told(value any, err error) any {
	if err != nil {
		return err.Error()
	}
	return value
}

func main() {
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"env":     os.Getenv(os.Args[1]),
		"read":    told(read(os.Args[2])),
		"write":   told(write(os.Args[3])),
		"list":    told(list(os.Args[4])),
		"resolve": told(resolve(os.Args[5])),
		"connect": told(connect("http://" + os.Args[5] + ":" + os.Args[6] + "/")),
	})
}
