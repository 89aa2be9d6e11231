# Starts nginx on a unix socket, asks it once, and ends it. Arguments: nginx, a file for its log, a location's directives, and
# curl's words.
nginx=$1 log=$2 location=$3
shift 3
folder=$(mktemp -d)
cat > "$folder/nginx.conf" <<END
user root;
worker_processes 2;
pid $folder/pid;
error_log stderr;
events {}
http {
  log_format line 'written by a program';
  access_log $log line;
  client_body_temp_path $folder;
  proxy_temp_path $folder;
  fastcgi_temp_path $folder;
  uwsgi_temp_path $folder;
  scgi_temp_path $folder;
  server {
    listen unix:$folder/socket;
    location / { $location }
  }
}
END
"$nginx" -p "$folder" -c "$folder/nginx.conf" || exit
curl --silent --show-error --max-time 20 --unix-socket "$folder/socket" "$@"
status=$?
kill "$(cat "$folder/pid")"
for i in $(seq 100); do
  test -e "$folder/pid" || break
  sleep 0.05
done
rm -r "$folder"
exit $status
