# An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen.
[port, word, seen] = System.argv()
options = [:binary, active: false, reuseaddr: true, backlog: 64]
{:ok, listener} = :gen_tcp.listen(String.to_integer(port), options)

answer = fn socket ->
  with {:ok, _} <- :gen_tcp.recv(socket, 0) do
    File.write!(seen, "a request\n", [:append])
    head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: #{byte_size(word)}\r\n\r\n"
    :gen_tcp.send(socket, head <> word)
  end

  :gen_tcp.close(socket)
end

accept = fn accept ->
  {:ok, socket} = :gen_tcp.accept(listener)
  answer.(socket)
  accept.(accept)
end

accept.(accept)
