"""What the benchmarks share: whole processes, timed from outside."""
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
ORCH = os.path.realpath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build/default/orch"))
LAB = dict(os.environ, ORCHLAB_NAME="bench", ORCHLAB_DIR=os.environ.get("ORCHLAB_DIR", os.path.join(ROOT, "build/lab")))

if not os.path.exists("/usr/bin/time"):
    sys.exit("GNU time is missing: apt-get install time")


def lab(*words):
    return subprocess.run([os.path.join(ROOT, "tests/lab", words[0]), *words[1:]], env=LAB, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def once(argv):
    """Wall seconds of one process, which must end well."""
    start = time.monotonic()
    code = subprocess.call(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    if code != 0:
        sys.exit(f"{' '.join(argv)} ended with {code}")
    return seconds


def peak(argv):
    """Peak KiB of one run. Asked by GNU time, because a child of this interpreter would count the interpreter's memory."""
    with tempfile.NamedTemporaryFile("r") as file:
        once(["/usr/bin/time", "-f", "%M", "-o", file.name, *argv])
        return int(file.read())
