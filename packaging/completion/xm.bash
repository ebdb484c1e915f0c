# bash completion for xm: xm itself knows its commands and the names, see "xm completion".
_xm() {
    local line=${COMP_LINE:0:COMP_POINT}
    local typed=${line##*[[:space:]]}
    # bash takes = and : for the end of a word and replaces only what follows.
    local kept=${typed%"${typed##*[=:]}"}
    local word about
    COMPREPLY=()
    while IFS=$'\t' read -r word about; do
        if [[ $word == :files ]]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$typed")
        else
            [[ $word == *= ]] && compopt -o nospace 2>/dev/null
            COMPREPLY+=("${word#"$kept"}")
        fi
    done < <("${COMP_WORDS[0]}" __complete "$line" 2>/dev/null)
}
complete -F _xm xm
