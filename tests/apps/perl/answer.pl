# An HTTP server that answers every request with its second argument, in processes of their own. Arguments: port, word, file for
# what was seen.
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $word, $seen) = @ARGV;
$SIG{CHLD} = "IGNORE";
my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "listen: $@";
while (1) {
  my $client = $server->accept or next;
  next if fork;
  sysread($client, my $request, 4096) or exit;
  open(my $handle, ">>", $seen) or die "open: $!";
  print $handle "a request\n";
  close($handle);
  print $client "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " . length($word) . "\r\n\r\n$word";
  exit;
}
