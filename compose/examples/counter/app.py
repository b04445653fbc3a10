"""Counts its visitors in redis."""

from flask import Flask
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError
from redis.retry import Retry

app = Flask(__name__)
# A link says that redis was started first, not that it answers already.
redis = Redis(host="redis", retry=Retry(ConstantBackoff(0.5), 20), retry_on_error=[ConnectionError])


@app.route("/")
def hello():
    return f"Hello! This page has been seen {redis.incr('hits')} times.\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
