# Completion for fish: orch, and docker-machine and docker-compose where they are links to orch.
# The program knows its own commands, options and values; nothing about them is kept here.

function __orch_complete
    set -l current (commandline -ct)
    set -l before (commandline -opc)
    set -l candidates (command $before[1] __complete fish $before "$current" 2>/dev/null)
    if set -q candidates[1]
        printf '%s\n' $candidates
    else
        __fish_complete_path "$current"
    end
end

for name in orch docker-machine docker-compose
    complete -c $name -f -a '(__orch_complete)'
end
