#!/bin/sh
# The page of the stand-in for the chat application.
if greeting=$(nc -w 2 db 27017 </dev/null); then
    printf 'Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n'
    echo "dockchat: reached db:27017: $greeting"
else
    printf 'Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\n'
    echo "dockchat: cannot reach db:27017"
fi
