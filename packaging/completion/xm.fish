# fish completion for xm: xm itself knows its commands and the names, see "xm completion".
function __xm_complete
    set -l line (commandline -cp)
    for found in (xm __complete "$line" 2>/dev/null)
        if test "$found" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $found
        end
    end
end
complete -c xm -f -a '(__xm_complete)'
