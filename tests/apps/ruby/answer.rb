# An HTTP server that answers every request with its second argument, each in a thread. Arguments: port, word, file for what was
# seen.
require "socket"

port, word, seen = ARGV
server = TCPServer.new("0.0.0.0", Integer(port))
loop do
  Thread.new(server.accept) do |client|
    client.readpartial(4096)
    File.write(seen, "a request\n", mode: "a")
    client.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: #{word.bytesize}\r\n\r\n#{word}")
  rescue EOFError
    nil
  ensure
    client.close
  end
end
