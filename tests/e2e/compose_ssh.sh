#!/bin/bash
# An engine at DOCKER_HOST=ssh://...: a whole project on it, through nothing but ssh.
source "$(dirname "$0")/lib.sh"

fresh_hosts far:engine
address=$(host_ip far)

# The user's ssh configuration, which ssh looks for in the home of the password database.
cat > "$scratch/ssh_config" << END
Host far
    HostName $address
    User root
    IdentityFile $(lab_key)
    UserKnownHostsFile $scratch/known_hosts
    StrictHostKeyChecking accept-new
END
printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$scratch/ssh_config" > "$scratch/bin/ssh"
chmod +x "$scratch/bin/ssh"
export DOCKER_HOST=ssh://far
ssh far docker import - busybox < "$("$root/tests/lab/images" make busybox)" # the lab itself does not speak ssh

mkdir "$scratch/app"
cd "$scratch/app"
cat > docker-compose.yml << 'END'
db:
  image: busybox
  command: sh -c 'echo ready; trap exit TERM; sleep 600 & wait'
web:
  image: busybox
  links: [db]
  command: sh -c 'trap exit TERM; sleep 600 & wait'
END

step "up, ps, logs and down through ssh"
orch compose up -d
contains "$(orch compose ps)" app_web_1
contains "$(within 10 orch compose logs db)" ready
contains "$(on_host far docker ps --format '{{.Names}}')" app_db_1
orch compose down -t 1
equal "$(on_host far docker ps -aq)" ""

step "a login that is refused is an error that says so"
sed -i "s/User root/User nobody/" "$scratch/ssh_config"
refused 1 orch compose ps
contains "$said" "cannot connect to the Docker engine at ssh://far"
contains "$said" "Permission denied"
contains "$said" "ssh ssh://far docker version"

step "no folder and no process stays"
equal "$(ls -d "${TMPDIR:-/tmp}"/orch-engine-* 2> /dev/null || true)" ""
