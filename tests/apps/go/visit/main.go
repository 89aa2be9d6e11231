// Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
// directory, host name, port.
package main

import (
	"encoding/json"
	"os"

	"mirrord.test/sight"
)

func main() {
	json.NewEncoder(os.Stdout).Encode(sight.See(os.Args[1:]))
}
