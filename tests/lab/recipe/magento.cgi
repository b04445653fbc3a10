#!/bin/sh
# The page of the stand-in for the shop's web server.
if page=$(nc -w 2 php-fpm 9000 </dev/null); then
    printf 'Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n'
    echo "$page"
else
    printf 'Status: 502 Bad Gateway\r\nContent-Type: text/plain\r\n\r\n'
    echo "cannot reach php-fpm:9000"
fi
