// Prints, as one JSON object, what a program sees of its surroundings, by the means of C++: streams, std::filesystem.
// Arguments: variable, file, new file, directory, host name, port.
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

static Addresses lookup(const char *name, const char *port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  if (int code = getaddrinfo(name, port, &hints, &found)) throw std::runtime_error(gai_strerror(code));
  return {found, freeaddrinfo};
}

static std::string content(const char *path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::strerror(errno));
  return {std::istreambuf_iterator<char>(file), {}};
}

static std::string writeFile(const char *path) {
  std::ofstream file(path);
  file << "written by a program\n" << std::flush;
  if (!file) throw std::runtime_error(std::strerror(errno));
  return "ok";
}

static std::string entries(const char *path) {
  std::set<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(path)) names.insert(entry.path().filename());
  std::string text;
  for (const auto &name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

static std::string address(const char *name) {
  char text[INET_ADDRSTRLEN];
  auto found = lookup(name, nullptr);
  return inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in *>(found->ai_addr)->sin_addr, text, sizeof text);
}

static std::string answer(const char *name, const char *port) {
  auto found = lookup(name, port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, found->ai_addr, found->ai_addrlen) < 0) throw std::runtime_error(std::strerror(errno));
  const std::string request = "GET / HTTP/1.0\r\nHost: service\r\n\r\n";
  if (send(fd, request.data(), request.size(), 0) < 0) throw std::runtime_error(std::strerror(errno));
  std::string text;
  char buffer[1024];
  for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;) text.append(buffer, n);
  close(fd);
  return text.substr(text.find("\r\n\r\n") + 4);
}

static void tell(const char *cell, const char *end, const std::function<std::string()> &see) {
  std::string text;
  try {
    text = see();
  } catch (const std::exception &error) {
    text = error.what();
  }
  std::cout << '"' << cell << "\": \"";
  for (char c : text) {
    if (c == '\n') std::cout << "\\n";
    else if (c == '"' || c == '\\') std::cout << '\\' << c;
    else std::cout << c;
  }
  std::cout << '"' << end;
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  std::cout << "{";
  tell("env", ", ", [&] { return std::string(std::getenv(argv[1]) ? std::getenv(argv[1]) : "unset"); });
  tell("read", ", ", [&] { return content(argv[2]); });
  tell("write", ", ", [&] { return writeFile(argv[3]); });
  tell("list", ", ", [&] { return entries(argv[4]); });
  tell("resolve", ", ", [&] { return address(argv[5]); });
  tell("connect", "}\n", [&] { return answer(argv[5], argv[6]); });
}
