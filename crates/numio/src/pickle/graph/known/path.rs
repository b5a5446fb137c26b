//! Paths of `pathlib`: as parts, and whole since Python 3.13.

use super::super::call::Call;
use super::super::value::Value;

/// `PosixPath('/', 'usr', 'lib')`.
pub(super) fn posix<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let parts = parts(call)?;
    let is_name = |part: &&str| !part.contains('/') && !matches!(*part, "" | ".");
    let path = match parts.split_first() {
        None => ".".to_owned(),
        Some((root, names)) if matches!(*root, "/" | "//") && names.iter().all(is_name) => {
            format!("{root}{}", names.join("/"))
        }
        Some(_) if parts.iter().all(is_name) => parts.join("/"),
        Some(_) => return None,
    };
    Some(Value::Path { class: call.global()?.name, path })
}

/// `PureWindowsPath('c:\\', 'Users', 'me')`.
pub(super) fn windows<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let parts = parts(call)?;
    let is_name = |part: &&str| !part.contains(['/', '\\', ':']) && !matches!(*part, "" | ".");
    let path = match parts.split_first() {
        None => ".".to_owned(),
        Some((anchor, names)) if is_drive(anchor) && names.iter().all(is_name) => {
            format!("{}{}", anchor.replace('\\', "/"), names.join("/"))
        }
        Some(_) if parts.iter().all(is_name) => parts.join("/"),
        Some(_) => return None,
    };
    Some(Value::Path { class: call.global()?.name, path })
}

fn is_drive(anchor: &str) -> bool {
    anchor == "\\" || matches!(anchor.as_bytes(), [drive, b':', b'\\'] if drive.is_ascii_alphabetic())
}

/// `PosixPath('/usr/lib')`, where that is how the path prints.
pub(super) fn whole_posix<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [path] = call.args().array()?;
    let path = path.plain_str()?;
    let names = path.strip_prefix('/').unwrap_or(path);
    let is_plain = matches!(path, "." | "/") || names.split('/').all(|name| !matches!(name, "" | "."));
    is_plain.then(|| Some(Value::Path { class: call.global()?.name, path: path.to_owned() }))?
}

fn parts<'g>(call: &Call<'g>) -> Option<Vec<&'g str>> {
    call.args().iter().map(|part| part.plain_str()).collect()
}
