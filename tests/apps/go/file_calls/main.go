// Calls of package os, each by its name: what it gave, or its error.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	calls := map[string]func(string) error{
		"read": read, "write": write, "seek": seek, "list": list, "stat": stat,
		"access": access, "self": self, "create": create, "rename": rename, "hostname": hostname,
	}
	path := ""
	if len(os.Args) > 2 {
		path = os.Args[2]
	}
	if err := calls[os.Args[1]](path); err != nil {
		fmt.Println(err)
	}
}

func read(path string) error {
	content, err := os.ReadFile(path)
	fmt.Printf("%s", content)
	return err
}

func write(path string) error {
	if err := os.WriteFile(path, []byte("written by Go\n"), 0o604); err != nil {
		return err
	}
	return read(path)
}

func seek(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	at, err := file.Seek(6, io.SeekStart)
	if err != nil {
		return err
	}
	rest, err := io.ReadAll(file)
	fmt.Printf("%d %s", at, rest)
	return err
}

func list(path string) error {
	entries, err := os.ReadDir(path)
	for _, entry := range entries {
		fmt.Println(entry.Name(), entry.IsDir())
	}
	return err
}

func stat(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	var filesystem syscall.Statfs_t
	if err := syscall.Statfs(path, &filesystem); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var same syscall.Statfs_t
	if err := syscall.Fstatfs(int(file.Fd()), &same); err != nil {
		return err
	}
	fmt.Printf("%d %v %d %x %v\n", info.Size(), info.Mode(), info.ModTime().Unix(), filesystem.Type, filesystem.Type == same.Type)
	return nil
}

func access(path string) error {
	fmt.Println(syscall.Access(path, 4), syscall.Access(path+".missing", 4) == syscall.ENOENT)
	return nil
}

// self opens the program's own file, which only this machine has.
func self(string) error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	magic := make([]byte, 4)
	_, err = io.ReadFull(file, magic)
	fmt.Printf("%q\n", magic)
	return err
}

// create makes a local file; flags and mode must arrive as they were given.
func create(string) error {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("mirrord-create-%d", os.Getpid()))
	defer os.Remove(path)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o604)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	_, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o604)
	fmt.Println(info.Mode(), os.IsExist(err))
	return nil
}

func rename(path string) error {
	to := path + ".renamed"
	if err := os.Rename(path, to); err != nil {
		return err
	}
	defer os.Remove(to)
	_, err := os.Stat(path)
	fmt.Println(os.IsNotExist(err), exists(to))
	return nil
}

func exists(path string) bool {
	_, err := fs.Stat(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	return err == nil
}

func hostname(string) error {
	name, err := os.Hostname()
	fmt.Println(name)
	return err
}
