"""Who may ask Google for tokens, https://developers.google.com/identity/protocols/oauth2/service-account, and which ones are
valid. FAKE_GOOGLE_TOKEN_LIFE is the seconds that they live, 3599 without it."""

import base64
import json
import os
import subprocess
import tempfile
import time
import urllib.parse
import uuid

PROJECT = "fake-project"
EMAIL = f"orch@{PROJECT}.iam.gserviceaccount.com"
USER = {"client_id": "client-of-the-fake", "client_secret": "secret-of-the-fake", "refresh_token": "refresh-of-the-fake"}
SCOPES = {"https://www.googleapis.com/auth/compute", "https://www.googleapis.com/auth/cloud-platform"}


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Tokens:
    """Who may ask for a token, and which ones are valid."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.valid = {}
        self.life = float(os.environ.get("FAKE_GOOGLE_TOKEN_LIFE", "3599"))

    def key_file(self, name, host):
        """The file that a service account's user downloads; made when it is asked for."""
        private = os.path.join(self.folder.name, name + ".pem")
        if not os.path.exists(private):
            subprocess.run(["openssl", "genrsa", "-out", private + ".new", "2048"], check=True, stderr=subprocess.DEVNULL)
            subprocess.run(["openssl", "pkey", "-in", private + ".new", "-pubout", "-out", private + ".pub"], check=True)
            os.rename(private + ".new", private)
        with open(private) as file:
            return 200, {"type": "service_account", "project_id": PROJECT, "private_key_id": "key-of-the-fake",
                         "private_key": file.read(), "client_email": EMAIL, "client_id": "1",
                         "token_uri": f"http://{host}/token"}

    def issue(self):
        token = "ya29." + uuid.uuid4().hex
        self.valid[token] = time.time() + self.life
        return 200, {"access_token": token, "expires_in": int(self.life), "token_type": "Bearer"}

    def knows(self, header):
        kind, _, token = (header or "").partition(" ")
        return kind == "Bearer" and self.valid.get(token, 0) > time.time()

    def by_form(self, request):
        if request.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self.refuse("invalid_request", "not a form")
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        grant = form.pop("grant_type", "")
        if grant == "refresh_token":
            return self.issue() if form == USER else self.refuse("invalid_grant", "Bad Request")
        if grant != "urn:ietf:params:oauth:grant-type:jwt-bearer" or set(form) != {"assertion"}:
            return self.refuse("unsupported_grant_type", f"Invalid grant_type: {grant}")
        wrong = self.wrong_in(form["assertion"], f"http://{request.headers['Host']}/token")
        return self.refuse("invalid_grant", wrong) if wrong else self.issue()

    def wrong_in(self, assertion, audience):
        try:
            signed, _, signature = assertion.rpartition(".")
            header, claims = (json.loads(unpadded(part)) for part in signed.split("."))
        except ValueError:
            return "Invalid JWT: not three parts of base64url"
        if not self.is_signed(signed, unpadded(signature)):
            return "Invalid JWT Signature."
        now = time.time()
        if header != {"alg": "RS256", "typ": "JWT", "kid": "key-of-the-fake"}:
            return "Invalid JWT header"
        if claims["iss"] != EMAIL or claims["aud"] != audience:
            return "Invalid JWT: iss or aud"
        if not set(claims["scope"].split()) & SCOPES:
            return "Invalid scope"
        if claims["iat"] > now + 60 or not now < claims["exp"] <= claims["iat"] + 3600:
            return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
        return None

    def is_signed(self, text, signature):
        with tempfile.NamedTemporaryFile() as file:
            file.write(signature)
            file.flush()
            return subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.folder.name + "/key.pem.pub", "-signature",
                                   file.name], input=text.encode(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0

    @staticmethod
    def refuse(code, words):
        return 400, {"error": code, "error_description": words}
