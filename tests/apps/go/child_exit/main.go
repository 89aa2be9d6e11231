// Starts a child and waits for it: Go does that with clone and a pidfd, and its children leave by exit_group.
package main

import (
	"fmt"
	"os/exec"
)

func main() {
	for code := 0; code < 5; code++ {
		err := exec.Command("/bin/sh", "-c", fmt.Sprintf("exit %d", code)).Run()
		fmt.Println(code, err)
	}
}
