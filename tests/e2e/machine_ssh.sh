#!/bin/bash
# ssh, scp, mount and ssh-config against real hosts, two of them with different ports, users and keys.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine

step "two machines that differ in port, user and key"
on_host b sh -c 'echo "Port 2222" > /etc/ssh/sshd_config.d/port.conf; systemctl restart ssh'
ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f "$scratch/id_rsa"
on_host b sh -c 'cat >> /home/admin/.ssh/authorized_keys' < "$scratch/id_rsa.pub"
orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-key "$(lab_key)" a
orch machine create -d generic --generic-ip-address "$(host_ip b)" --generic-ssh-key "$scratch/id_rsa" \
    --generic-ssh-port 2222 --generic-ssh-user admin b

step "ssh: the forms that people type"
equal "$(orch machine ssh a echo foo)" foo
equal "$(orch machine ssh a -C echo foo)" foo
contains "$(orch machine ssh a -- ls -lah /)" total
equal "$(orch machine ssh b id -un)" admin
contains "$(orch machine ssh -h)" "Usage:"
equal "$(orch machine ssh a echo -h)" "-h"
equal "$(printf 'a\nb\n' | orch machine ssh a wc -l)" 2

step "ssh: exit codes and streams are the remote command's"
refused 7 orch machine ssh a exit 7
refused 255 orch machine ssh a exit 255
equal "$(orch machine ssh a 'echo out; echo err >&2' 2> /dev/null)" out
equal "$(orch machine ssh a 'echo out; echo err >&2' 2>&1 > /dev/null)" err

step "ssh: the built-in client does the same"
native() { orch machine --native-ssh ssh "$@"; }
equal "$(native a echo foo)" foo
equal "$(native a -C echo foo)" foo
contains "$(native a -- ls -lah /)" total
refused 7 native a exit 7
refused 137 native a 'kill -9 $$'
equal "$(native a 'echo out; echo err >&2' 2> /dev/null)" out
equal "$(native a 'echo out; echo err >&2' 2>&1 > /dev/null)" err
equal "$(printf 'a\nb\n' | native a wc -l)" 2
head -c 3000000 /dev/urandom > "$scratch/big"
equal "$(native a cat < "$scratch/big" | sha256sum)" "$(sha256sum < "$scratch/big")"
equal "$(native b id -un)" admin
refused 1 native a -L 1:2:3 true
contains "$said" "the built-in SSH client has no option -L"

step "ssh: without an ssh program the built-in client is used"
mkdir "$scratch/few"
ln -s "$ORCH" "$scratch/few/orch"
equal "$(PATH=$scratch/few orch machine ssh a echo foo)" foo
refused 1 env PATH="$scratch/few" "$scratch/few/orch" machine ssh b true
contains "$said" "needs the ssh program"
refused 1 env PATH="$scratch/few" "$scratch/few/orch" machine scp "$scratch/big" a:
contains "$said" "You must have a copy of the scp binary locally to use the scp feature"
refused 1 env PATH="$scratch/few" "$scratch/few/orch" machine scp -d "$scratch/big" a:
contains "$said" "You must have a copy of the rsync binary locally to use the --delta option"
refused 1 env PATH="$scratch/few" "$scratch/few/orch" machine mount a:/tmp "$scratch"
contains "$said" "You must have a copy of the sshfs binary locally to use the mount feature"
refused 1 env PATH="$scratch/few" "$scratch/few/orch" machine mount -u a:/tmp "$scratch"
contains "$said" "You must have a copy of the fusermount binary locally to use the unmount option"

step "ssh: a login has a terminal of our size, with either client, and ours is put back"
cat > "$scratch/terminal.py" <<'PY'
import fcntl, os, pty, select, signal, struct, sys, termios, time
rows, cols = 33, 111
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
    os.execvp("sh", ["sh", "-c", '"$@"; code=$?; stty -a | grep -q -- " echo " && echo "echo is on again"; echo "code $code"', "sh"] + sys.argv[1:])
out = b""
def until(text, limit=20):
    global out
    end = time.time() + limit
    while text not in out:
        if time.time() > end or not select.select([fd], [], [], end - time.time())[0]:
            sys.exit("no %r in %r" % (text, out))
        try:
            out += os.read(fd, 65536)
        except OSError:
            sys.exit("the end before %r: %r" % (text, out))
time.sleep(0.1)
os.write(fd, b"PS1=; stty -a | head -n 1; echo rea''dy\n")
until(b"ready")
until(b"rows 33; columns 111")
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 99, 0, 0))
time.sleep(1)
os.write(fd, b"stty -a | head -n 1; echo aga''in\n")
until(b"again")
until(b"rows 44; columns 99")
os.write(fd, b"sleep 100\n")
time.sleep(0.5)
os.write(fd, b"\x03")
os.write(fd, b"echo inter''rupted\n")
until(b"interrupted")
os.write(fd, b"exit 5\n")
until(b"code 5")
assert b"echo is on again" in out, out
PY
python3 "$scratch/terminal.py" orch machine ssh a
python3 "$scratch/terminal.py" orch machine --native-ssh ssh a

step "ssh: a key that others can read is refused, and one that is missing"
key=$MACHINE_STORAGE_PATH/machines/a/id_ed25519
chmod 644 "$key"
refused 1 orch machine ssh a true
contains "$said" "permissions 0644 for '$key' are too open"
chmod 600 "$key"
mv "$key" "$key.away"
refused 1 orch machine ssh a true
contains "$said" "'$key' is not readable"
mv "$key.away" "$key"

step "ssh: a host that is down is not running, and said to be"
"$root/tests/lab/hosts" stop a
refused 1 orch machine ssh a true
contains "$said" 'Error: Cannot run SSH command: Host "a" is not running'
"$root/tests/lab/hosts" start a
within 30 orch machine ssh a true > /dev/null

step "scp: a file there and back, in all spellings"
echo hello > "$scratch/f"
cd "$scratch"
orch machine scp -q f a:
orch machine scp -q a:f localhost:back1
orch machine scp -q localhost:f a:/tmp/f
orch machine scp -q a:/tmp/f "$scratch/back2"
orch machine scp -q f root@b:/tmp/f 2> "$scratch/err" && die "root has no key on b"
orch machine scp -q f admin@b:g
orch machine scp -q b:g "$scratch/back3"
for copy in back1 back2 back3; do equal "$(cat $copy)" hello; done
equal "$(orch machine ssh b stat -c %U g)" admin
echo colon > 'with:colon'
orch machine scp -q ./with:colon a:/tmp/
equal "$(orch machine ssh a cat /tmp/with:colon)" colon
cd "$root"

step "scp: directories"
mkdir -p "$scratch/tree/sub"
echo deep > "$scratch/tree/sub/file name"
orch machine scp -q -r "$scratch/tree" a:/tmp/
equal "$(orch machine ssh a "cat '/tmp/tree/sub/file name'")" deep
refused 1 orch machine scp -q "$scratch/tree" a:/tmp/again
orch machine scp -r a:/tmp/tree "$scratch/tree2"
equal "$(cat "$scratch/tree2/sub/file name")" deep

step "scp: from machine to machine, though their ports, users and keys differ"
orch machine scp -q a:/tmp/f b:from-a
equal "$(orch machine ssh b cat from-a)" hello
orch machine scp -q -r a:/tmp/tree b:tree
orch machine scp -q b:from-a root@a:/tmp/from-b
equal "$(orch machine ssh a cat /tmp/from-b)" hello
equal "$(orch machine ssh b cat "'tree/sub/file name'")" deep

step "scp --delta uses rsync"
rsync --version > /dev/null || die "rsync is not installed here"
for name in a b; do on_host $name sh -c 'command -v rsync > /dev/null || { apt-get -qq update; apt-get -qq -y install rsync; }' > "$scratch/apt" 2>&1; done
orch machine scp -d -r -q "$scratch/tree/" a:/tmp/delta/
equal "$(orch machine ssh a "cat '/tmp/delta/sub/file name'")" deep
orch machine scp -d "$scratch/f" b:delta > "$scratch/out"
contains "$(cat "$scratch/out")" "100%"
orch machine scp -dq b:delta "$scratch/delta-back"
equal "$(cat "$scratch/delta-back")" hello
refused 1 orch machine scp -d a:/tmp/f b:x
contains "$said" "from machine to machine"

step "scp: what is wrong is said"
refused any orch machine scp a:/tmp/f
contains "$said" "Improper number of arguments"
refused 1 orch machine scp nosuch:/f /tmp/f
contains "$said" 'Docker machine "nosuch" does not exist'
refused 1 orch machine scp -q a:/no/such/file "$scratch/x"
contains "$said" "No such file"
contains "$said" "scp: exit status 1"
equal "$(find /tmp -maxdepth 1 -name 'orch-ssh-*' -newer "$scratch/f")" ""

step "ssh-config: other programs find the machines"
orch machine ssh-config > "$scratch/config"
equal "$(ssh -F "$scratch/config" a hostname)" a
equal "$(ssh -F "$scratch/config" b id -un)" admin
orch machine ssh-config b > "$scratch/included"
echo "Include $scratch/included" > "$scratch/user-config"
equal "$(ssh -F "$scratch/user-config" b hostname)" b
rsync -q -e "ssh -F $scratch/config" a:/tmp/f "$scratch/by-rsync"
equal "$(cat "$scratch/by-rsync")" hello
refused 1 orch machine ssh-config nosuch
contains "$said" "does not exist"

step "ssh-config: a store whose path has spaces"
store=$MACHINE_STORAGE_PATH
mv "$store" "$scratch/my store"
MACHINE_STORAGE_PATH="$scratch/my store"
spaced=$(orch machine ssh-config a)
contains "$spaced" "IdentityFile \"$scratch/my store/machines/a/id_ed25519\""
printf '%s\n' "$spaced" > "$scratch/spaced"
equal "$(ssh -F "$scratch/spaced" a hostname)" a
equal "$(orch machine ssh a hostname)" a
orch machine scp -q a:/tmp/f "$scratch/spaced-back"
equal "$(cat "$scratch/spaced-back")" hello
orch machine scp -q -d a:/tmp/f "$scratch/spaced-delta"
equal "$(cat "$scratch/spaced-delta")" hello
mv "$scratch/my store" "$store"
MACHINE_STORAGE_PATH=$store

step "mount: a directory of a machine, where this computer has FUSE"
mkdir "$scratch/mnt"
if [ -e /dev/fuse ] && command -v sshfs > /dev/null && orch machine mount a:/tmp "$scratch/mnt" 2> "$scratch/err"; then
    at_end "fusermount3 -u $scratch/mnt 2> /dev/null"
    equal "$(cat "$scratch/mnt/f")" hello
    echo written > "$scratch/mnt/by-mount"
    equal "$(orch machine ssh a cat /tmp/by-mount)" written
    orch machine mount -u a:/tmp "$scratch/mnt"
    equal "$(ls "$scratch/mnt")" ""
    echo "mounted and unmounted"
else
    # No FUSE here: what sshfs would be told is all that can be seen.
    cat "$scratch/err" 2> /dev/null || true
    printf '#!/bin/sh\nprintf "%%s\\n" "$@" > "%s/words"\n' "$scratch" > "$scratch/bin/sshfs"
    chmod +x "$scratch/bin/sshfs"
    orch machine mount b:/srv "$scratch/mnt"
    contains "$(cat "$scratch/words")" "Port=2222"
    contains "$(cat "$scratch/words")" "admin@$(host_ip b):/srv"
fi

step "a changed host key stops every way in, and the way out is named"
orch machine ssh a true
on_host a sh -c 'rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh' > /dev/null
refused 1 orch machine ssh a true
contains "$said" "has changed"
refused 1 orch machine scp -q a:/tmp/f "$scratch/x"
refused 1 native a true
contains "$said" "has changed"
contains "$said" "ssh-keygen -f"
mend=$(sed -n 's/.*forget its old key: //p' <<< "$said")
eval "$mend" > /dev/null 2>&1
equal "$(orch machine ssh a hostname)" a
equal "$(native a hostname)" a
