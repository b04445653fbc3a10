"""Drives `orch compose run` and `exec` in a pseudo terminal, as a person would."""
import fcntl, os, pty, select, signal, struct, sys, termios, time


def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def drive(words):
    keyboard, terminal = os.openpty()
    size(keyboard, 33, 111)
    before = termios.tcgetattr(terminal)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(terminal, fd)
        os.execv(sys.argv[1], ["orch", "compose"] + words)
    seen = b""

    def until(text):
        nonlocal seen
        end = time.time() + 30
        while text not in seen:
            assert time.time() < end, (words, text, seen)
            if select.select([keyboard], [], [], 0.2)[0]:
                seen += os.read(keyboard, 4096)
        seen = seen[seen.index(text) + len(text):]

    os.write(keyboard, b"echo 'rea'dy; stty size\n")
    until(b"ready\r\n")
    until(b"33 111")
    size(keyboard, 44, 122)
    os.kill(pid, signal.SIGWINCH)
    time.sleep(1)
    os.write(keyboard, b"stty size\n")
    until(b"44 122")
    os.write(keyboard, b"sleep 100\n")
    time.sleep(1)
    os.write(keyboard, b"\x03")  # for the command in the container, not for us
    os.write(keyboard, b"echo 'ali've; exit 5\n")
    until(b"alive")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code == 5, (words, code, seen)
    assert termios.tcgetattr(terminal) == before, words


drive(["run", "--rm", "--no-deps", "web", "sh"])
drive(["exec", "db", "sh"])
