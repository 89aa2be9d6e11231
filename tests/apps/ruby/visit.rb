# Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
# directory, host name, port. Servers call `visit`.
require "json"
require "net/http"
require "socket"

# What is seen, by cell.
def visit(variable, file, new_file, folder, name, port)
  cells = {
    env: -> { ENV[variable] },
    read: -> { File.read(file) },
    write: -> { File.write(new_file, "written by a program\n") && "ok" },
    list: -> { Dir.children(folder).sort },
    resolve: -> { Addrinfo.getaddrinfo(name, nil, :INET).first.ip_address },
    connect: -> { Net::HTTP.get(URI("http://#{name}:#{port}/")) },
  }
  cells.transform_values do |see|
    see.call
  rescue => error
    error.message
  end
end

puts JSON.generate(visit(*ARGV)) if $0 == __FILE__
