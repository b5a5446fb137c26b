//! Dtypes, arrays, scalars and masked arrays of every kind, through every protocol, and as NumPy 1 and Python 2 wrote them.

use std::fs;

use numio::pickle::GraphLoader;
use serde_json::Value;

use super::check;
use crate::numpy;

#[test]
fn objects_gives_what_python_loads() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numpy::run("objects/pickles.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 2000, "{count}");
    let mut wrong = Vec::new();
    for n in 0..count {
        let path = |suffix: &str| dir.path().join(format!("{n}.{suffix}"));
        let case: Value = serde_json::from_slice(&fs::read(path("json")).unwrap()).unwrap();
        let mut loader = GraphLoader::new();
        if let Some(encoding) = case["encoding"].as_str() {
            loader.encoding(encoding.parse().unwrap());
        }
        let graph = loader.load(fs::read(path("pkl")).unwrap()).unwrap();
        if let Err(found) = check(graph.root(), &case["wanted"]) {
            wrong.push(format!("{}: {found:.300}", case["what"].as_str().unwrap()));
        }
    }
    let shown: Vec<_> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} of {count}: {shown:#?}", wrong.len());
}
