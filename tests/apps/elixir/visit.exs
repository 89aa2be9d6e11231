# Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
# directory, host name, port.
[variable, file, new_file, folder, name, port] = System.argv()

answer = fn ->
  {:ok, socket} = :gen_tcp.connect(String.to_charlist(name), String.to_integer(port), [:binary, active: false])
  :ok = :gen_tcp.send(socket, "GET / HTTP/1.0\r\nHost: service\r\n\r\n")

  read = fn read, text ->
    case :gen_tcp.recv(socket, 0) do
      {:ok, piece} -> read.(read, text <> piece)
      {:error, :closed} -> text
    end
  end

  [_, body] = String.split(read.(read, ""), "\r\n\r\n", parts: 2)
  body
end

cells = [
  env: fn -> System.fetch_env!(variable) end,
  read: fn -> File.read!(file) end,
  write: fn -> File.write!(new_file, "written by a program\n") && "ok" end,
  list: fn -> folder |> File.ls!() |> Enum.sort() |> Enum.join(" ") end,
  resolve: fn -> {:ok, address} = :inet.getaddr(String.to_charlist(name), :inet); "#{:inet.ntoa(address)}" end,
  connect: answer
]

told =
  for {cell, see} <- cells do
    text =
      try do
        see.()
      rescue
        error -> Exception.message(error)
      end

    "#{inspect(to_string(cell))}: #{inspect(text)}"
  end

IO.puts("{" <> Enum.join(told, ", ") <> "}")
