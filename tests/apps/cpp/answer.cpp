// An HTTP server that answers every request with its second argument, each in a thread. Arguments: port, word, file for what was
// seen.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

static void answer(int client, const std::string &word, const std::string &seen) {
  char request[4096];
  if (recv(client, request, sizeof request, 0) > 0) {
    std::ofstream(seen, std::ios::app) << "a request\n";
    const std::string length = std::to_string(word.size());
    const std::string text = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + length + "\r\n\r\n" + word;
    send(client, text.data(), text.size(), MSG_NOSIGNAL);
  }
  close(client);
}

int main(int, char **argv) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(std::stoi(argv[1]));
  if (bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address) < 0 || listen(listener, 64) < 0) return 1;
  while (true) {
    const int client = accept(listener, nullptr, nullptr);
    if (client >= 0) std::thread(answer, client, argv[2], argv[3]).detach();
  }
}
