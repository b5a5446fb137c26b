//! `numio completions`: scripts that let a shell complete the command line.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Cli;
use crate::failure::Failure;
use crate::output::{Output, Verdict};

/// Print a script that lets a shell complete numio's command line
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio completions bash > ~/.local/share/bash-completion/completions/numio
  numio completions zsh > ~/.zfunc/_numio
  numio completions fish > ~/.config/fish/completions/numio.fish")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        // The generator panics on write errors, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "numio", &mut script);
        out.text_data().write_all(&script)?;
        Ok(Verdict::Good)
    }
}
