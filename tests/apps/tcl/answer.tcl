# An HTTP server that answers every request with its second argument, by events. Arguments: port, word, file for what was seen.
lassign $argv port word seen

proc accept {channel address port} {
  fconfigure $channel -translation binary -blocking 0
  fileevent $channel readable [list answer $channel]
}

proc answer {channel} {
  if {[read $channel] ne ""} {
    set handle [open $::seen a]
    puts $handle "a request"
    close $handle
    set length [string length $::word]
    puts -nonewline $channel "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: $length\r\n\r\n$::word"
  }
  close $channel
}

socket -server accept $port
vwait forever
