// Stands in the directory given as argument, and does everything by relative names.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	check(os.Chdir(os.Args[1]))
	check(os.MkdirAll("made/deep", 0o755))
	check(os.WriteFile("made/deep/file", []byte("written"), 0o644))
	check(os.Chdir("made"))
	check(os.Rename("deep/file", "../moved"))
	check(os.Chdir(".."))
	entries, err := os.ReadDir(".")
	check(err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	content, err := os.ReadFile("moved")
	check(err)
	directory, err := os.Getwd()
	check(err)
	absolute, err := filepath.Abs("moved")
	check(err)
	child := exec.Command("/bin/cat", "moved")
	printed, err := child.Output()
	check(err)
	child = exec.Command("/bin/sh", "-c", "pwd -P; ls")
	child.Dir = "made"
	below, err := child.Output()
	check(err)
	fmt.Println(strings.Join(names, " "), string(content), directory, absolute, string(printed))
	fmt.Println(strings.Join(strings.Fields(string(below)), " "))
}
