//! `numio completions`: scripts that let a shell complete the command line, down to the members of archives.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use numio::NpzArchive;

use crate::Cli;
use crate::failure::Failure;
use crate::output::{Output, Verdict};

/// Print a script that lets a shell complete numio's command line
///
/// In bash, zsh and fish it completes the names of members too, after x.npz:.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio completions bash > ~/.local/share/bash-completion/completions/numio
  numio completions zsh > ~/.zfunc/_numio
  numio completions fish > ~/.config/fish/completions/numio.fish
  source <(numio completions bash)          for this shell alone")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        // The generator panics on write errors, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "numio", &mut script);
        let script = String::from_utf8_lossy(&script);
        let script = match self.shell {
            Shell::Bash => script.replace("complete -F _numio ", "complete -F _numio_members ") + BASH,
            Shell::Zsh => {
                script.replace(":_files'", ":_numio_files'").replace(":_default'", ":_numio_files'")
            }
            Shell::Fish => script.into_owned() + FISH,
            _ => script.into_owned(),
        };
        // What zsh calls when the script is loaded comes last in it.
        let script = match (self.shell, script.find("\nif [ \"$funcstack[1]\"")) {
            (Shell::Zsh, Some(end)) => {
                let (before, after) = script.split_at(end);
                format!("{before}{ZSH}{after}")
            }
            _ => script,
        };
        out.text_data().write_all(script.as_bytes())?;
        Ok(Verdict::Good)
    }
}

/// bash breaks words at colons, and completes the last piece only. A name from a file must be one word in the quotes that are open,
/// and no command.
const BASH: &str = r#"
_numio_quoted() {
    local at char out=
    for (( at = 0; at < ${#member}; at++ )); do
        char=${member:at:1}
        case $quote$char in
            \"[\"\$\`\\]) out+=\\$char ;;
            \'\') out+=\'\\\'\' ;;
            *) out+=$char ;;
        esac
    done
    member=$out
}

_numio_members() {
    local at=$COMP_CWORD word=${COMP_WORDS[COMP_CWORD]} quote= members member
    while (( at > 1 )) && [[ $word == :* || ${COMP_WORDS[at-1]} == *: ]]; do
        at=$(( at - 1 ))
        word=${COMP_WORDS[at]}$word
    done
    case $word in
        \'*) quote=\' word=${word:1} ;;
        \"*) quote=\" word=${word:1} word=${word//\\/} ;;
        *) word=${word//\\/} ;;
    esac
    if [[ $word == *:* ]]; then
        members=$(numio complete-members -- "$word" 2>/dev/null)
        if [[ -n $members ]]; then
            COMPREPLY=()
            while IFS= read -r member; do
                if [[ -z $quote ]]; then
                    # What stands before the colon is in words of its own.
                    [[ $COMP_WORDBREAKS == *:* ]] && member=${member#"${word%"${word##*:}"}"}
                    printf -v member %q "$member"
                else
                    _numio_quoted
                fi
                COMPREPLY+=("$member")
            done <<< "$members"
            return 0
        fi
    fi
    _numio "$@"
}
"#;

const ZSH: &str = r#"
_numio_files() {
    if [[ $PREFIX == *:* ]]; then
        local -a members
        members=("${(@f)$(numio complete-members -- "${(Q)PREFIX}" 2>/dev/null)}")
        if [[ -n ${members[1]} ]]; then
            compadd -- "${members[@]}"
            return
        fi
    fi
    _files "$@"
}
"#;

const FISH: &str = r#"
complete -c numio -n 'string match -q -- "*:*" (commandline -ct)' -a '(numio complete-members -- (commandline -ct | string unescape) 2>/dev/null)'
"#;

/// Print what `x.npz:na` may become; for the scripts of `numio completions`
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct CompleteMembers {
    word: OsString,
}

impl CompleteMembers {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let Some(word) = self.word.to_str() else { return Ok(Verdict::Good) };
        let splits = word.match_indices(':').map(|(at, _)| (word.get(..at), word.get(at + 1..)));
        // The longest name of a file wins, as everywhere.
        let found = splits.rev().find(|(file, _)| file.is_some_and(|file| Path::new(file).is_file()));
        let Some((Some(file), Some(start))) = found else { return Ok(Verdict::Good) };
        let expanded = NpzArchive::open(file)?;
        for name in expanded.names() {
            // A name with a line end would be two.
            if name.starts_with(start) && !name.contains(['\n', '\r']) {
                writeln!(out, "{file}:{name}")?;
            }
        }
        Ok(Verdict::Good)
    }
}
