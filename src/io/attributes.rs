//! What a file has beside its content: mode, owner, access control lists and other extended attributes. A new file gets
//! all attributes of the old file that it replaces. It gives no one access who had none before.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::Errno;

/// Linux keeps an access control list here (acl(5)); it covers the bits of the mode.
const ACL: &[u8] = b"system.posix_acl_access";
/// The kernel computes these from the content (ima and evm in its documentation, `security/IMA-templates`), which has
/// changed.
const OF_CONTENT: [&[u8]; 2] = [b"security.ima", b"security.evm"];
/// The bits of the mode for the group. The bits for others are three places lower.
const GROUP: u32 = 0o070;
const OTHERS_TO_GROUP: u32 = 3;

/// Copies all attributes of `old` to `new`, which only its owner may use so far.
///
/// # Errors
///
/// An attribute can't be kept; the message names it. If only the owner can't be kept, that is not an error: the file
/// then belongs to the caller, without the setuid and setgid bits.
pub(super) fn copy(old: &fs::File, new: &fs::File) -> io::Result<()> {
    let (theirs, ours) = (old.metadata()?, new.metadata()?);
    if (ours.uid(), ours.gid()) != (theirs.uid(), theirs.gid()) {
        // Only root can change the owner, and only members of a group can give a file to it.
        let _ = fchown(new, Some(theirs.uid()), Some(theirs.gid())).or_else(|_| fchown(new, None, Some(theirs.gid())));
    }
    let given = new.metadata()?;
    let has_group = given.gid() == theirs.gid();
    let mut mode = theirs.mode() & 0o7777;
    if given.uid() != theirs.uid() || !has_group {
        mode &= 0o777;
    }
    if !has_group {
        // Another group gets no more rights than everybody has.
        mode &= !GROUP | (mode << OTHERS_TO_GROUP);
    }
    let names = names(old)?;
    if !has_group && names.iter().any(|name| name.as_bytes() == ACL) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "its access control list can't be kept, since its group can't",
        ));
    }
    copy_extended(old, new, &names)?;
    new.set_permissions(fs::Permissions::from_mode(mode))
}

/// Copies extended attributes. An access control list that only the new file has is removed: the folder may add one to
/// all new files.
fn copy_extended(old: &fs::File, new: &fs::File, names: &[CString]) -> io::Result<()> {
    for name in self::names(new)?.iter().filter(|name| name.as_bytes() == ACL && !names.contains(name)) {
        fremovexattr(new, name.as_c_str()).map_err(|error| lost(name, error))?;
    }
    for name in names.iter().filter(|name| !OF_CONTENT.contains(&name.as_bytes())) {
        let value = value(old, name).map_err(|error| lost(name, error))?;
        if self::value(new, name).is_ok_and(|there| there == value) {
            continue;
        }
        fsetxattr(new, name.as_c_str(), &value, XattrFlags::empty()).map_err(|error| lost(name, error))?;
    }
    Ok(())
}

fn lost(name: &CString, error: Errno) -> io::Error {
    let error = io::Error::from(error);
    io::Error::new(error.kind(), format!("its attribute {} can't be kept: {error}", name.to_string_lossy()))
}

/// The names of all extended attributes; none if the file system does not support them.
fn names(file: &fs::File) -> io::Result<Vec<CString>> {
    match grown(|buffer| flistxattr(file, buffer)) {
        Ok(list) => Ok(list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).flat_map(CString::new).collect()),
        Err(Errno::NOTSUP | Errno::NOSYS) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn value(file: &fs::File, name: &CString) -> Result<Vec<u8>, Errno> {
    grown(|buffer| fgetxattr(file, name.as_c_str(), buffer))
}

/// Reads into a buffer that grows until it is large enough.
fn grown(read: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; 256];
    loop {
        match read(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(Errno::RANGE) if buffer.len() < MOST_BYTES => buffer.resize(buffer.len() * 4, 0),
            Err(error) => return Err(error),
        }
    }
}

/// Linux holds at most 64 KiB in an attribute and in a list of names (xattr(7)).
const MOST_BYTES: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_attributes_and_lists_are_kept() {
        let [old, new] = [(); 2].map(|()| tempfile::tempfile_in(".").unwrap());
        let acl = |user: u32| -> Vec<u8> {
            // Version 2, then tag, permissions and id of each entry: owner, user, group, mask, others
            // (linux/posix_acl_xattr.h).
            let entry = |tag: u16, permissions: u16, id: u32| {
                [&tag.to_le_bytes()[..], &permissions.to_le_bytes(), &id.to_le_bytes()].concat()
            };
            let none = u32::MAX;
            [
                2_u32.to_le_bytes().to_vec(),
                entry(1, 6, none),
                entry(2, 4, user),
                entry(4, 4, none),
                entry(16, 4, none),
                entry(32, 0, none),
            ]
            .concat()
        };
        let set = |file: &fs::File, name: &str, value: &[u8]| fsetxattr(file, name, value, XattrFlags::empty());
        if set(&old, "user.origin", &[b'x'; 3000]).is_err() {
            // This file system has none.
            return;
        }
        set(&old, "system.posix_acl_access", &acl(4711)).unwrap();
        copy(&old, &new).unwrap();
        let read = |file: &fs::File| -> Vec<_> {
            let names = names(file).unwrap();
            names.iter().map(|name| (name.clone(), value(file, name).unwrap())).collect()
        };
        assert_eq!(read(&new), read(&old));
        assert_eq!(read(&new).len(), 2);
        assert_eq!(new.metadata().unwrap().mode(), old.metadata().unwrap().mode());
        // A list that the old file lacks, such as one that the folder adds, would give access to others.
        fremovexattr(&old, "system.posix_acl_access").unwrap();
        copy(&old, &new).unwrap();
        assert_eq!(read(&new), read(&old));
    }
}
