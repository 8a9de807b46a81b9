# shellcheck shell=bats
# SPDX-License-Identifier: Apache-2.0
#
# What the program says of itself and what the documents say agree. Of lorica only: peers have their own documents.

load helpers

setup() {
    lorica_only "documents of this project"
    lorica_setup
    MAN=$BATS_TEST_DIRNAME/../../docs/lorica.8
}

# The verbs and the options of one help text, without dashes.
verbs() { rt help | sed -n '/^COMMANDS:/,/^$/s/^   \([a-z]*\) .*/\1/p'; }
options() { sed -n 's/^   --\([a-z-]*\).*/\1/p'; }

@test "docs: every verb that has a file is a command" {
    local source=$BATS_TEST_DIRNAME/../../src/cli
    [ "$(verbs | grep -vx help)" = "$(sed -n 's/^const struct verb verb_\([a-z]*\) = {$/\1/p' "$source"/*.c | LC_ALL=C sort)" ]
}

@test "docs: help of every command works, and names its options once" {
    local verb
    [ "$(verbs | wc -l)" -ge 13 ]
    for verb in $(verbs); do
        run -0 rt help "$verb"
        [[ $output == *USAGE:* ]]
        [ "$verb" = help ] || {
            run -0 rt "$verb" --help
            [[ $output == *"lorica $verb"* ]]
        }
        [ -z "$(options <<<"$output" | sort | uniq -d)" ]
    done
}

@test "docs: every command and option of the help stands in the manual page" {
    local verb option
    for verb in $(verbs); do
        [ "$verb" = help ] || grep -q "^\.SS $verb" "$MAN"
        for option in $(rt help "$verb" | options); do
            grep -q -- "\\\\-\\\\-${option//-/\\\\-}" "$MAN" || {
                echo "--$option of $verb is not in the manual page"
                return 1
            }
        done
    done
}

@test "docs: the manual page names no option that is not there" {
    local option
    for option in $(grep -o '\\-\\-[a-z\\-]*' "$MAN" | sed 's/\\//g; s/^--//' | sort -u); do
        [ "$option" != name ] || continue # the spelling of options in general
        { rt help; for verb in $(verbs); do rt help "$verb"; done; } | options | grep -qx -- "$option" || {
            echo "--$option is in the manual page only"
            return 1
        }
    done
}

@test "docs: the manual page is well-formed" {
    command -v man >/dev/null || skip "man is not installed"
    run -0 --separate-stderr man --warnings -E UTF-8 -l -Tutf8 -Z "$MAN"
    [ -z "$stderr" ]
}

@test "docs: bash completes commands, options and containers" {
    rt completion bash >"$T/completion"
    run -0 bash -c '
        PATH=$1:$PATH; source "$2"
        complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _lorica; echo "${COMPREPLY[@]}"; }
        complete_line lorica cr
        complete_line lorica delete --f
        complete_line lorica --root '"$STATE"' list --format j' _ "$(dirname "$RUNTIME")" "$T/completion"
    [ "${lines[0]}" = create ]
    [ "${lines[1]}" = --force ]
    [ "${lines[2]}" = json ]
}

@test "docs: bash completes containers of the state directory on the line" {
    rt_create
    rt completion bash >"$T/completion"
    run -0 bash -c '
        PATH=$1:$PATH; source "$2"
        complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _lorica; echo "${COMPREPLY[@]}"; }
        complete_line lorica --root '"$STATE"' --log-level debug kill '"${ID%-*}"'
        complete_line lorica --root '"$T"' kill '"${ID%-*}"'
        complete_line lorica --cgroup-manager d' _ "$(dirname "$RUNTIME")" "$T/completion"
    [ "${lines[0]}" = "$ID" ]
    [[ "$output" = *disabled ]]
    [ "$(grep -c "$ID" <<<"$output")" = 1 ]
}

@test "docs: completion zsh" {
    rt completion zsh >"$T/completion"
    needs zsh
    rt_create
    # compadd is what the completion system of zsh would be told
    run -0 zsh -f -c '
        path=($1 $path); compdef() { :; }; compadd() { shift; print -r -- "$@"; }; _files() { print files "$@"; }
        source "$2"
        complete_line() { words=("$@"); CURRENT=$#; _lorica; }
        complete_line lorica --root '"$STATE"' delete ""
        complete_line lorica --log-format ""
        complete_line lorica create --bundle ""' _ "$(dirname "$RUNTIME")" "$T/completion"
    matches '^--help .*--force -f'
    has "$ID"
    has "text json"
    has "files -/"
}

@test "docs: completion fish" {
    rt completion fish >"$T/completion"
    needs fish
    rt_create
    run -0 fish --no-config -c "set -gx PATH $(dirname "$RUNTIME") \$PATH; source $T/completion
        complete -C 'lorica --root $STATE delete '; complete -C 'lorica cr'; complete -C 'lorica list --format j'"
    matches "^$ID"
    matches '^create'
    matches 'json'
}

@test "completion: a shell that there is none for" {
    run rt completion tcsh
    fails 1
    message "no completion for shell tcsh"
}
