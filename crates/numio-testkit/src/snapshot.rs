//! Snapshots: messages and printed output as a user reads them, in files that are reviewed when they change.
//!
//! A snapshot shows words, and is never the oracle of a value: what is read and written is compared with NumPy. It holds nothing
//! that differs between machines or versions. `make snapshots` renews them; see `docs/testing.md`.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};
use std::path::Path;

use insta::Settings;

/// The settings of all snapshots: one folder for each test file, and no more in a file than its name and its source.
pub fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// Compares a text with the snapshot of that name in the folder `snapshots/` beside the test.
#[macro_export]
macro_rules! assert_snapshot {
    ($name:expr, $text:expr) => {
        $crate::snapshot::settings().bind(|| $crate::insta::assert_snapshot!($name, $text))
    };
}

/// Messages, each under a title.
#[derive(Debug, Default)]
pub struct Messages(String);

impl Messages {
    /// No messages yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message.
    pub fn add(&mut self, title: impl Display, message: impl Display) {
        let _ = write!(self.0, "{title}");
        for line in message.to_string().lines() {
            let _ = write!(self.0, "\n    {line}");
        }
        self.0.push_str("\n\n");
    }

    /// Adds the message of a call that must fail.
    ///
    /// # Panics
    /// If it does not.
    pub fn refused<T, E: Display>(&mut self, title: impl Display, result: Result<T, E>) {
        match result {
            Ok(_) => panic!("{title}: not refused"),
            Err(error) => self.add(title, error),
        }
    }

    /// All of them, with the name of a folder in place of where it is.
    pub fn finish(self, folder: &Path, name: &str) -> String {
        self.0.replace(folder.to_str().unwrap(), name)
    }
}

/// Compares the snapshots in a folder with the names that the source of their tests has in quotes.
///
/// # Panics
/// If there is a snapshot that no test compares with.
pub fn assert_all_used(folder: &Path, source: &str) {
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let unused: BTreeSet<String> = files
        .filter(|file| {
            !file.strip_suffix(".snap").is_some_and(|name| source.contains(&format!("\"{name}\"")))
        })
        .collect();
    assert!(unused.is_empty(), "no test has these snapshots: {unused:?}");
}
