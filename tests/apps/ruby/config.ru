# A Rack program that answers every request with a word, or with what it sees when VISIT has the arguments of `visit`.
require "json"
require "#{ENV["APPS"]}/ruby/visit.rb"

word = "local"
arguments = JSON.parse(ENV["VISIT"])

run lambda { |_|
  File.write(ENV["SEEN"], "a request\n", mode: "a")
  [200, { "content-type" => "text/plain" }, [arguments ? JSON.generate(visit(*arguments)) : word]]
}
