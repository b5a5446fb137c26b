//! Makes a module for each page of the documentation, whose doc comment has the Rust programs of that page at their lines.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Comes right after `fn main`: programs write files under plain names, so each starts in a folder of its own.
const OWN_FOLDER: &str =
    "let folder = tempfile::tempdir().unwrap(); std::env::set_current_dir(&folder).unwrap();";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut pages = vec![root.join("README.md")];
    collect(&root.join("docs"), &mut pages)?;
    pages.sort();
    let mut modules = String::new();
    for page in pages {
        println!("cargo::rerun-if-changed={}", page.display());
        let programs =
            programs(&fs::read_to_string(&page)?).map_err(|fault| format!("{}: {fault}", page.display()))?;
        if programs.trim().is_empty() {
            continue;
        }
        let name: String = page.strip_prefix(&root)?.with_extension("").display().to_string();
        let name = name.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        let file = out.join(format!("{name}.md"));
        fs::write(&file, programs)?;
        writeln!(modules, "#[doc = include_str!({:?})]\nmod {name} {{}}", file.display().to_string())?;
    }
    fs::write(out.join("pages.rs"), modules)?;
    Ok(())
}

/// Adds the pages of a folder and of the folders in it.
fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, pages)?;
        } else if path.extension().is_some_and(|suffix| suffix == "md") {
            pages.push(path);
        }
    }
    Ok(())
}

/// The Rust blocks of a page, and an empty line for each other line. What a page only compiles elsewhere runs here.
fn programs(page: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut is_rust = false;
    let mut has_main = true;
    for (number, line) in page.lines().enumerate() {
        let is_fence = line.starts_with("```");
        if is_fence && !is_rust && (line == "```rust" || line.starts_with("```rust,")) {
            (is_rust, has_main) = (true, false);
            text.push_str("```rust");
        } else if is_rust {
            text.push_str(line);
            if line.starts_with("fn main(") {
                has_main = true;
                text.push_str(OWN_FOLDER);
            }
            if is_fence {
                is_rust = false;
                if !has_main {
                    return Err(format!("line {}: the program has no main", number + 1));
                }
            }
        }
        text.push('\n');
    }
    Ok(text)
}
