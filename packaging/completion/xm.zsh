#compdef xm
# zsh completion for xm: xm itself knows its commands and the names, see "xm completion".
_xm() {
    local -a finished unfinished
    local word about files=0 found=1
    while IFS=$'\t' read -r word about; do
        if [[ $word == :files ]]; then files=1
        elif [[ $word == *= ]]; then unfinished+=("${word//:/\\:}:$about")
        else finished+=("${word//:/\\:}:$about")
        fi
    done < <("${words[1]}" __complete "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)
    (( $#finished )) && _describe -t words word finished && found=0
    (( $#unfinished )) && _describe -t keys key unfinished -S '' && found=0
    (( files )) && _files && found=0
    return found
}
if [[ $funcstack[1] == _xm ]]; then _xm "$@"; else compdef _xm xm; fi
