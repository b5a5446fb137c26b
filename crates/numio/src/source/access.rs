//! Who may do what with a file, carried over to the file that replaces it.

use std::fs::File;
use std::io;

/// Gives `new`, which only its owner can open so far, the owner, group, permissions, access control lists and other extended
/// attributes of `old`. False where that is not possible, such as for another's file: `new` must then not replace it.
///
/// Permissions come last, so that at no time more is allowed than in the end.
///
/// # Errors
/// What the operating system says of reading those of `old`.
#[cfg(unix)]
pub(super) fn carry_over(old: &File, new: &File) -> io::Result<bool> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let (wanted, found) = (old.metadata()?, new.metadata()?);
    let owner = (found.uid() != wanted.uid()).then_some(wanted.uid());
    let group = (found.gid() != wanted.gid()).then_some(wanted.gid());
    if (owner.is_some() || group.is_some()) && fchown(new, owner, group).is_err() {
        return Ok(false);
    }
    if !attributes::carry_over(old, new)? {
        return Ok(false);
    }
    let mode = without_privileges(wanted.mode() & 0o7777);
    if new.set_permissions(Permissions::from_mode(mode)).is_err() {
        return Ok(false);
    }
    // Some file systems accept changes and do not make them.
    let found = new.metadata()?;
    Ok((found.uid(), found.gid()) == (wanted.uid(), wanted.gid()) && found.mode() & 0o7777 == mode)
}

/// What a write by the kernel's rules leaves of permissions: programs that run as another are not for anyone to change.
#[cfg(unix)]
fn without_privileges(mode: u32) -> u32 {
    let is_set_group = mode & 0o2010 == 0o2010;
    mode & !0o4000 & if is_set_group { !0o2000 } else { !0 }
}

/// Other systems have nothing but a flag.
#[cfg(not(unix))]
pub(super) fn carry_over(old: &File, new: &File) -> io::Result<bool> {
    Ok(new.set_permissions(old.metadata()?.permissions()).is_ok())
}

/// Extended attributes, of which the access control list is one (`xattr(7)`, `acl(5)`).
#[cfg(target_os = "linux")]
mod attributes {
    use std::collections::BTreeSet;
    use std::fs::File;
    use std::io;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    /// Those that speak of the bytes of a file, and that the kernel itself drops or renews when these change.
    const OF_CONTENTS: [&[u8]; 3] = [b"security.capability", b"security.ima", b"security.evm"];

    /// Makes those of `new` the ones of `old`, and says whether that was possible. What `new` has and `old` has not, such as
    /// the default access control list of the directory, is taken away.
    pub(super) fn carry_over(old: &File, new: &File) -> io::Result<bool> {
        let (wanted, found) = (names(old)?, names(new)?);
        for name in wanted.union(&found).filter(|name| !OF_CONTENTS.contains(&name.as_slice())) {
            let value = value(old, name)?;
            if value == self::value(new, name)? {
                continue;
            }
            let set = match &value {
                Some(value) => fsetxattr(new, name.as_slice(), value, XattrFlags::empty()),
                None => fremovexattr(new, name.as_slice()),
            };
            if set.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn names(file: &File) -> io::Result<BTreeSet<Vec<u8>>> {
        let list = whole(|buf| flistxattr(file, buf))?.unwrap_or_default();
        Ok(list.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
    }

    fn value(file: &File, name: &[u8]) -> io::Result<Option<Vec<u8>>> {
        whole(|buf| fgetxattr(file, name, buf))
    }

    /// The most bytes that the kernel has for a value or a list of names.
    const MAX_LEN: usize = 64 << 10;

    /// All bytes that a call has for a buffer. Nothing where there are none, or the file system has no attributes.
    fn whole(call: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> io::Result<Option<Vec<u8>>> {
        let mut buf = vec![0; 512];
        loop {
            match call(&mut buf) {
                Ok(len) => {
                    buf.truncate(len);
                    return Ok(Some(buf));
                }
                Err(Errno::NODATA | Errno::NOTSUP | Errno::NOSYS) => return Ok(None),
                Err(Errno::RANGE) if buf.len() < MAX_LEN => buf.resize(MAX_LEN, 0),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Other systems are not asked for theirs.
#[cfg(all(unix, not(target_os = "linux")))]
mod attributes {
    use std::fs::File;
    use std::io;

    pub(super) fn carry_over(_: &File, _: &File) -> io::Result<bool> {
        Ok(true)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn privileges_go_as_with_a_write() {
        for (before, after) in
            [(0o644, 0o644), (0o4755, 0o755), (0o2755, 0o755), (0o2640, 0o2640), (0o1666, 0o1666)]
        {
            assert_eq!(without_privileges(before), after, "{before:o}");
        }
    }
}
