//! Every pickle of the manifest, read in every way: the error that is written down for it, or what it prints.

use std::fmt::{self, Write};
use std::fs::File;
use std::path::Path;

use numio::pickle::{self, Graph};
use numio::{LoadOptions, Loaded, ObjectExt, Result};
use serde_json::Value;

use crate::testdata::{folder, manifest};

type Way = (&'static str, fn(&Path) -> Result<Loaded>);

const WAYS: [Way; 4] = [
    ("path", |path| numio::load(path)),
    ("stream", |path| LoadOptions::new().from_reader(File::open(path)?)),
    ("bytes", |path| LoadOptions::new().from_slice(&std::fs::read(path)?)),
    ("pickle", |path| Ok(Loaded::Object(pickle::load(std::fs::read(path)?)?))),
];

fn graph(loaded: Loaded) -> Graph {
    loaded.into_object().unwrap()
}

/// So many characters of a text.
struct Start(String);

impl Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        if self.0.len() > 1000 { Err(fmt::Error) } else { Ok(()) }
    }
}

fn check(entry: &Value, loaded: Result<Loaded>) -> Result<(), String> {
    let Some(error) = entry.get("error") else {
        let graph = graph(loaded.map_err(|error| error.to_string())?);
        let mut start = Start(String::new());
        let is_whole = write!(start, "{graph:?}").is_ok();
        let wanted = entry["prints"].as_str().unwrap();
        let is_it = match wanted.strip_suffix("...") {
            Some(wanted) => start.0.starts_with(wanted),
            None => is_whole && start.0 == wanted,
        };
        return if is_it { Ok(()) } else { Err(start.0) };
    };
    // What is wrong with an array is said when that is asked for.
    let found = match loaded.and_then(|loaded| graph(loaded).root().as_array()) {
        Ok(array) => return Err(format!("loaded as {array:?}")),
        Err(found) => found,
    };
    let said = found.to_string();
    let has_words =
        error["words"].as_array().unwrap().iter().all(|word| said.contains(word.as_str().unwrap()));
    let has_place = found.offset().is_some() || error["kind"] == "EndOfStream";
    let is_it = has_words && has_place && format!("{:?}", found.kind()) == error["kind"];
    if is_it { Ok(()) } else { Err(format!("{:?}: {said}", found.kind())) }
}

#[test]
fn pickles_give_what_the_manifest_says() {
    let (mut wrong, mut count) = (String::new(), 0);
    for (name, entry) in manifest().into_iter().filter(|(name, _)| name.ends_with(".pkl")) {
        for (way, load) in WAYS {
            count += 1;
            if let Err(found) = check(&entry, load(&folder().join(&name))) {
                let _ = writeln!(wrong, "{name} by {way}: {found:.300}\n    wanted {entry}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 200, "{count}");
}
