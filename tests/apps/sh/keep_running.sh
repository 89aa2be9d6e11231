# Runs the command twice, one after the other, as a supervisor does. Arguments: a file for the pids of both, command …
pids=$1
shift
for generation in first second; do
  "$@" &
  echo $! >> "$pids"
  wait $!
done
