# Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
# directory, host name, port.
lassign $argv variable file newFile folder name port

proc content {path} {
  set handle [open $path]
  set text [read $handle]
  close $handle
  return $text
}

proc write {path} {
  set handle [open $path w]
  puts $handle "written by a program"
  close $handle
  return ok
}

proc connected {name port} {
  set channel [socket $name $port]
  fconfigure $channel -translation binary
  return $channel
}

proc resolve {name port} {
  set channel [connected $name $port]
  set address [lindex [fconfigure $channel -peername] 0]
  close $channel
  return $address
}

proc answer {name port} {
  set channel [connected $name $port]
  puts -nonewline $channel "GET / HTTP/1.0\r\nHost: service\r\n\r\n"
  flush $channel
  set text [read $channel]
  close $channel
  return [string range $text [string first "\r\n\r\n" $text]+4 end]
}

set cells {
  env {set env($variable)}
  read {content $file}
  write {write $newFile}
  list {lsort [glob -tails -directory $folder *]}
  resolve {resolve $name $port}
  connect {answer $name $port}
}
set told [list]
foreach {cell script} $cells {
  catch $script seen
  lappend told "\"$cell\": \"[string map {\\ \\\\ \" \\\" \n \\n} $seen]\""
}
puts "{[join $told ", "]}"
