#!/bin/bash
# The .deb installs on a bare Debian host with what it needs, works there, and leaves nothing when it is removed.
# The test's home is a scratch one; compiled objects are in the real one's cache.
CCACHE_DIR=$(ccache --get-config cache_dir)
export CCACHE_DIR
source "$(dirname "$0")/lib.sh"

step "the package is made"
cd "$root"
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=1
cmake --preset package > "$scratch/configure.log" || { cat "$scratch/configure.log"; exit 1; }
rm -f build/package/*.deb
cmake --build --preset package --target package > "$scratch/build.log" || { tail -50 "$scratch/build.log"; exit 1; }
package=$(ls build/package/*.deb)
contains "$(dpkg-deb --field "$package" Depends)" libcurl4
# Looked for here, because hosts of the lab install no documentation.
for file in man/man1/orch-machine.1 man/man7/orch-drivers.7 doc/orch/copyright; do
    contains "$(dpkg-deb --contents "$package")" "./usr/share/$file"
done

step "it installs with its dependencies on a host that never saw a compiler"
fresh_hosts p:bare
on_host p sh -c 'find / -xdev -name "*orch*" -not -path "/proc/*" | sort' > "$scratch/before"
on_host p sh -c 'cat > /root/orch.deb' < "$package"
on_host p sh -c 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy /root/orch.deb' > "$scratch/apt.log" 2>&1 ||
    { cat "$scratch/apt.log"; exit 1; }
on_host p rm /root/orch.deb

step "the program, its completions and its pages are where the system looks for them"
contains "$(on_host p orch --version)" "orch version"
contains "$(on_host p orch machine ls)" "NAME   ACTIVE   DRIVER"
on_host p test -r /usr/share/bash-completion/completions/orch
on_host p test -r /usr/share/zsh/vendor-completions/_orch
on_host p test -r /usr/share/fish/vendor_completions.d/orch.fish
equal "$(on_host p orch completion bash)" "$(cat "$root/completions/orch.bash")"
on_host p bash -c 'source /usr/share/bash-completion/completions/orch; complete -p orch' > /dev/null

step "removing it leaves nothing behind"
on_host p dpkg --purge orch
on_host p sh -c 'find / -xdev -name "*orch*" -not -path "/proc/*" | sort' > "$scratch/after"
diff "$scratch/before" "$scratch/after"

step "links for the older names are an option of the installation"
cmake --preset package -DORCH_LINKS=ON > "$scratch/configure.log"
at_end 'cmake --preset package -DORCH_LINKS=OFF > /dev/null'
cmake --install build/package --prefix "$scratch/prefix" > /dev/null
contains "$("$scratch/prefix/bin/docker-machine" --version)" "docker-machine version"
contains "$("$scratch/prefix/bin/docker-compose" --version)" "docker-compose version"
equal "$(readlink "$scratch/prefix/bin/docker-machine")" orch
