# A Rack program that answers every request with a word.
word = "local"

run lambda { |_|
  File.write(ENV["SEEN"], "a request\n", mode: "a")
  [200, { "content-type" => "text/plain" }, [word]]
}
