// A Go program with a large C library in it, which calls libc.
package main

/*
#include <stdio.h>
#include <string.h>

// Spreads the program over more memory than a jump of 32 bits comfortably reaches.
static char ballast[64 << 20];

static int first_line(const char *path, char *line, int size) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return -1;
  int ok = fgets(line, size, file) != NULL;
  fclose(file);
  return ok ? (int)strcspn(line, "\n") : -1;
}

static int weight(void) {
  ballast[sizeof ballast - 1] = 1;
  return ballast[0] + ballast[sizeof ballast - 1];
}
*/
import "C"

import (
	"fmt"
	"os"
)

func main() {
	var line [256]C.char
	path := C.CString(os.Args[1])
	length := C.first_line(path, &line[0], C.int(len(line)))
	content, err := os.ReadFile(os.Args[1])
	fmt.Printf("%s %d %q %v\n", C.GoStringN(&line[0], length), C.weight(), content, err)
}
