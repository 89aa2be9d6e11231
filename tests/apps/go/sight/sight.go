// Package sight tells what a program sees of its surroundings.
package sight

import (
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

// See tells it by cell, and writes a file. Arguments: variable, file, new file, directory, host name, port.
func See(arguments []string) map[string]any {
	return map[string]any{
		"env":     os.Getenv(arguments[0]),
		"read":    told(read(arguments[1])),
		"write":   told(write(arguments[2])),
		"list":    told(list(arguments[3])),
		"resolve": told(resolve(arguments[4])),
		"connect": told(connect("http://" + arguments[4] + ":" + arguments[5] + "/")),
	}
}
