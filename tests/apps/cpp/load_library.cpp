// Loads a Go library at run time and serves with it. Arguments: library, port.
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

int main(int, char **argv) {
  void *library = dlopen(argv[1], RTLD_NOW);
  if (library == nullptr) {
    std::puts(dlerror());
    return 1;
  }
  auto serve = reinterpret_cast<void (*)(int)>(dlsym(library, "ServeOnce"));
  serve(std::atoi(argv[2]));
  return 0;
}
