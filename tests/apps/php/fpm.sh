# nginx in front of PHP's workers, both in the current folder. Argument: PHP's program.
cat > fpm.conf <<END
[global]
error_log = $PWD/fpm.log
[www]
listen = $PWD/fpm.socket
pm = static
pm.max_children = 2
clear_env = no
END
cat > nginx.conf <<END
daemon off;
user root;
pid $PWD/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $PWD;
  proxy_temp_path $PWD;
  fastcgi_temp_path $PWD;
  uwsgi_temp_path $PWD;
  scgi_temp_path $PWD;
  server {
    listen $PORT;
    location / {
      fastcgi_param SCRIPT_FILENAME $PWD/answer.php;
      fastcgi_param REQUEST_METHOD \$request_method;
      fastcgi_pass unix:$PWD/fpm.socket;
    }
  }
}
END
"$1" --nodaemonize --allow-to-run-as-root --fpm-config "$PWD/fpm.conf" &
php=$!
trap 'kill $nginx $php' TERM
nginx -p "$PWD" -c "$PWD/nginx.conf" &
nginx=$!
wait $nginx
wait $php $nginx
