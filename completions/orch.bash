# Completion for bash: orch, and docker-machine and docker-compose where they are links to orch.
# The program knows its own commands, options and values; nothing about them is kept here.

_orch() {
    mapfile -t COMPREPLY < <(
        command "$1" __complete bash "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null
    )
    # "web1:" and "state=" want something behind them.
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[:=] ]] || compopt -o nospace
}

complete -o bashdefault -o default -F _orch orch docker-machine docker-compose
