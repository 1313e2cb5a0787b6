"""An authenticator app for tests (RFC 6238), and the set-up of a second factor by the pages."""

import base64
import hashlib
import hmac
import time

FOLDER = "/admin/second-factor/"
PASSWORD = "right and long"


def code(key, step=0):
    """Return the code of a key for a step of 30 seconds: 0 for now, -1 for the step before, 1 for the next."""
    counter = int(time.time()) // 30 + step
    digest = hmac.new(base64.b32decode(key), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def log_in(client, username="dora", password=PASSWORD, **query):
    """Send the form of the login page."""
    return client.post("/admin/login/", {"username": username, "password": password}, query_params=query)


def set_up(client):
    """Set up a second factor for the user who is logged in, and return its key and the recovery codes."""
    key = client.get(f"{FOLDER}set-up/").context["form"].secret
    response = client.post(f"{FOLDER}set-up/", {"code": code(key, step=-1)}, follow=True)
    return key, response.context["unused_codes"]
