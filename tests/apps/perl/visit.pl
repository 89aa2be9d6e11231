# Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
# directory, host name, port.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use Socket qw(inet_aton inet_ntoa);

my ($variable, $file, $new_file, $folder, $name, $port) = @ARGV;

sub content {
  open(my $handle, "<", $file) or die "open: $!";
  local $/;
  return scalar <$handle>;
}

sub written {
  open(my $handle, ">", $new_file) or die "open: $!";
  print $handle "written by a program\n";
  close($handle) or die "close: $!";
  return "ok";
}

sub entries {
  opendir(my $handle, $folder) or die "opendir: $!";
  return [sort grep { !/^\.\.?$/ } readdir($handle)];
}

sub resolved { return inet_ntoa(inet_aton($name) or die "no address"); }

sub answer {
  my $socket = IO::Socket::INET->new(PeerAddr => $name, PeerPort => $port) or die "connect: $@";
  print $socket "GET / HTTP/1.0\r\nHost: service\r\n\r\n";
  local $/;
  my (undef, $body) = split /\r\n\r\n/, <$socket>, 2;
  return $body;
}

my %cells = (
  env => sub { $ENV{$variable} }, read => \&content, write => \&written, list => \&entries, resolve => \&resolved,
  connect => \&answer,
);
my %told = map { $_ => (eval { $cells{$_}->() } // "$@") } keys %cells;
print encode_json(\%told), "\n";
