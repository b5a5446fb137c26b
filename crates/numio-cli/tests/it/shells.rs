//! Completions in real shells, and manual pages.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{failed, printed};

/// A folder with an archive of members whose names are not all simple.
fn archive() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let names = ["alpha", "alps", "beta", "two words", "a:b"];
    numio::savez(folder.path().join("x.npz"), names.map(|name| (name, &[1, 2]))).unwrap();
    folder
}

/// What a shell prints; nothing where the machine does not have it.
fn shell(name: &str, program: &str, folder: &TempDir) -> Option<String> {
    let bin = Path::new(env!("CARGO_BIN_EXE_numio")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new(name);
    let flags: &[&str] = if name == "bash" { &["--norc", "-c"] } else { &["-c"] };
    let output = shell.args(flags).arg(program).current_dir(folder.path()).env("PATH", path).output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no {name}");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What bash completes at the end of a line, broken into these words.
fn bash(folder: &TempDir, words: &[&str]) -> Option<Vec<String>> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
    let program = format!(
        "source <(numio completions bash)
        COMP_WORDS=({}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        entry=$(complete -p numio); entry=${{entry##*-F }}; entry=${{entry%% *}}
        $entry numio \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"
        printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" ")
    );
    let mut found: Vec<String> = shell("bash", &program, folder)?.lines().map(str::to_owned).collect();
    found.sort();
    Some(found)
}

#[test]
fn bash_completes_verbs_options_and_members() {
    let folder = archive();
    let Some(verbs) = bash(&folder, &["numio", "in"]) else { return };
    assert_eq!(verbs, ["info"]);
    let options = bash(&folder, &["numio", "show", "--pre"]).unwrap();
    assert_eq!(options, ["--precision"]);
    // As bash breaks `x.npz:al`, and as it does where colons break no words.
    let broken = bash(&folder, &["numio", "show", "x.npz", ":", "al"]).unwrap();
    assert_eq!(broken, ["alpha", "alps"]);
    let all = bash(&folder, &["numio", "show", "x.npz", ":"]).unwrap();
    assert_eq!(all, ["a:b", "alpha", "alps", "beta", "two\\ words"]);
    assert_eq!(bash(&folder, &["numio", "show", "x.npz:be"]).unwrap(), ["beta"]);
    assert_eq!(bash(&folder, &["numio", "show", "'x.npz:tw"]).unwrap(), ["x.npz:two words"]);
    assert_eq!(bash(&folder, &["numio", "show", "none.npz", ":", "a"]).unwrap(), [""]);
}

/// A name from a file is one word, and no command.
#[test]
fn bash_quotes_names_of_members() {
    let folder = tempfile::tempdir().unwrap();
    let mut names =
        ["$(touch made)", "`touch made`", "a\"b", "it's", "$HOME", "c d&e;f", "g\\h", "\\", "\"'"];
    names.sort_unstable();
    numio::savez(folder.path().join("x.npz"), names.map(|name| (name, &[1, 2]))).unwrap();
    for (quote, words) in
        [("", &["x.npz", ":", ""][..]), ("'", &["'x.npz:"]), ("\"", &["\"x.npz:"]), ("\"", &["\"x.npz:\\$"])]
    {
        let Some(found) = bash(&folder, &[&["numio", "show"], words].concat()) else { return };
        let line: String = found.iter().map(|word| format!(" {quote}{word}{quote}")).collect();
        let read = shell("bash", &format!("printf '%s\\n'{line}"), &folder).unwrap();
        let mut read: Vec<&str> =
            read.lines().map(|word| word.strip_prefix("x.npz:").unwrap_or(word)).collect();
        read.sort_unstable();
        let start = if words.concat().ends_with('$') { "$" } else { "" };
        let known: Vec<&str> = names.into_iter().filter(|name| name.starts_with(start)).collect();
        assert_eq!(read, known, "{quote} {line}");
    }
    assert!(!folder.path().join("made").exists());
}

#[test]
fn fish_completes_members() {
    let program = "numio completions fish | source; complete -C 'numio show x.npz:al'";
    let Some(found) = shell("fish", program, &archive()) else { return };
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    assert_eq!(found, ["x.npz:alpha", "x.npz:alps"]);
}

#[test]
fn zsh_completes_members() {
    // Outside of its line editor, zsh has no completions: what would be added is printed instead.
    let program = "compdef() {}; source <(numio completions zsh)
        compadd() { shift; print -l -- \"$@\" }; PREFIX=x.npz:al; _numio_files";
    let Some(found) = shell("zsh", program, &archive()) else { return };
    assert_eq!(found, "x.npz:alpha\nx.npz:alps\n");
}

#[test]
fn every_verb_has_a_manual_page() {
    let page = printed(["man"]);
    assert!(page.contains(".TH numio 1") && page.contains("numio\\-info"), "{page}");
    for verb in ["info", "show", "convert", "completions"] {
        let page = printed(["man", verb]);
        assert!(page.contains(&format!(".TH numio-{verb} 1")) && page.contains("\\-\\-help"), "{page}");
    }
    let (code, complaint) = failed(["man", "none"]);
    assert!(code == Some(2) && complaint.contains("no such verb: none"), "{complaint}");
}

/// A manual page as a program shows it; nothing where the machine does not have it.
fn shown(program: &str, arguments: &[&str], page: &Path) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .arg(page)
        .env("MANWIDTH", "78")
        .env("LC_ALL", "C.UTF-8")
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no {program}");
        return None;
    };
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    if !said.contains("SYNOPSIS") {
        // Small systems have a program of that name that says so.
        eprintln!("skipped: {program} shows no pages here");
        return None;
    }
    Some(said)
}

/// Examples stand line by line as in the help, and nothing is wrong with the markup.
#[test]
fn manual_pages_show_what_the_help_shows() {
    let folder = tempfile::tempdir().unwrap();
    let help = printed(["--help"]);
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs: Vec<&str> = verbs.map_while(|line| line.split_whitespace().next()).collect();
    assert!(verbs.len() > 25, "{help}");
    for verb in verbs.into_iter().filter(|verb| *verb != "help") {
        let path = folder.path().join(verb);
        std::fs::write(&path, printed(["man", verb])).unwrap();
        let help = printed([verb, "--help"]);
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        let examples: Vec<&str> = examples.take_while(|line| line.starts_with("  ")).map(str::trim).collect();
        assert!(!examples.is_empty(), "{help}");
        for (program, arguments) in [("mandoc", &["-T", "utf8", "-O", "width=78"][..]), ("man", &["-l"])] {
            let Some(page) = shown(program, arguments, &path) else { continue };
            let lines: Vec<&str> = page.lines().map(str::trim).collect();
            for example in &examples {
                assert!(lines.contains(example), "{program} {verb}: {example}\n{page}");
            }
        }
        let Ok(lint) = Command::new("mandoc").args(["-T", "lint", "-W", "warning"]).arg(&path).output()
        else {
            continue;
        };
        // No page of this command has a date.
        let complaints = String::from_utf8_lossy(&lint.stdout);
        let complaints: Vec<&str> =
            complaints.lines().filter(|line| !line.contains("missing date")).collect();
        assert!(complaints.is_empty(), "{verb}: {complaints:?}");
    }
}
