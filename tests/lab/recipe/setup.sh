#!/bin/sh
# The stand-in for the installer of the shop.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    if nc -w 1 "${M2SETUP_DB_HOST:?}" 3306 </dev/null >/dev/null; then
        echo "Magento stand-in at ${M2SETUP_BASE_URL:?}" > /src/index.html
        echo cached > /root/.composer/stand-in
        echo "installed into database ${M2SETUP_DB_NAME:?}"
        exit 0
    fi
    sleep 1
done
echo >&2 "no database at $M2SETUP_DB_HOST:3306"
exit 1
