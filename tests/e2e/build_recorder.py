#!/usr/bin/env python3
"""build_recorder.py SOCKET FOLDER: no engine, but it takes the contexts of builds as one does.

Answers what orch and docker-compose ask before a build, keeps the tar of every POST /build as
FOLDER/N.tar and prints its headers and entries to FOLDER/N.txt: what an engine would see of it.
"""
import hashlib
import io
import json
import os
import socketserver
import sys
import tarfile
import urllib.parse

SOCKET, FOLDER = sys.argv[1:3]


def entries(archive):
    """One line for each entry, in an order that does not depend on the archive's."""
    lines = []
    with tarfile.open(fileobj=io.BytesIO(archive), errors="surrogateescape") as tar:
        for entry in tar:
            content = tar.extractfile(entry) if entry.isreg() else None
            digest = hashlib.sha256(content.read()).hexdigest()[:12] if content else "-"
            name = entry.name.encode("utf-8", "surrogateescape")
            link = entry.linkname.encode("utf-8", "surrogateescape")
            lines.append(b"%s %s %04o %d %s %s" % (
                name, entry.type, entry.mode & 0o7777, entry.size, digest.encode(), link))
    return b"\n".join(sorted(lines)) + b"\n"


class Handler(socketserver.StreamRequestHandler):
    def read_body(self, headers):
        if headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        body = io.BytesIO()
        while size := int(self.rfile.readline().strip(), 16):
            body.write(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return body.getvalue()

    def answer(self, status, text):
        self.wfile.write(b"HTTP/1.1 %d OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n%s" % (status, len(text), text))
        self.wfile.flush()

    def handle(self):
        while line := self.rfile.readline():
            _, target, _ = line.decode().split(" ", 2)
            headers = {}
            while header := self.rfile.readline().strip():
                name, _, value = header.decode().partition(":")
                headers[name.lower()] = value.strip()
            if headers.get("expect"):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.wfile.flush()
            body = self.read_body(headers)
            path = target.partition("?")[0]
            if path.endswith("/version"):
                self.answer(200, json.dumps({
                    "Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12",
                    "Os": "linux", "Arch": "amd64"}).encode())
            elif path.endswith("/build"):
                self.record(target, headers, body)
                self.answer(200, b'{"stream":"Successfully built 0123456789ab\\n"}\r\n')
            elif path.endswith("/info"):
                self.answer(200, b"{}")
            else:
                self.answer(404, b'{"message":"only builds are recorded"}')

    def record(self, target, headers, body):
        number = len([name for name in os.listdir(FOLDER) if name.endswith(".tar")])
        with open(f"{FOLDER}/{number}.tar", "wb") as tar:
            tar.write(body)
        with open(f"{FOLDER}/{number}.txt", "wb") as text:
            text.write(entries(body) if body else b"")
        with open(f"{FOLDER}/{number}.query", "w", encoding="utf-8") as text:
            query = urllib.parse.parse_qs(target.partition("?")[2])
            text.write("".join(f"{name}={value[0]}\n" for name, value in sorted(query.items())))


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


with Server(SOCKET, Handler) as server:
    server.serve_forever()
