//! What a file has beside its text: other names, lists of who may use it, attributes. It is kept, or the file is.

use rustix::fs::{XattrFlags, getxattr, setxattr};

use super::*;

#[test]
fn a_file_with_two_names_is_not_parted_from_itself() {
    let folder = Folder::new();
    let (one, other) = (folder.write("a.yaml", PLAIN), folder.path().join("b.yaml"));
    fs::hard_link(&one, &other).unwrap();
    folder.write("c.yaml", PLAIN);
    let ran = fix(&folder, &["."]);
    let told = "error: a.yaml would change, and has a second hard link, which would keep the old text\n = help: ";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.starts_with(told), "{}", ran.stderr);
    assert_eq!(edited(&folder), [""; 0]);
    // It may be looked at, and stay as it is.
    assert_eq!(fix(&folder, &["--check", "."]).code, Some(1));
    fs::write(&one, "apiVersion: v1\nkind: Service\n").unwrap();
    assert_eq!(fix(&folder, &["."]).code, Some(0));
}

#[test]
fn attributes_are_kept() {
    let folder = Folder::new();
    let path = folder.write("a.yaml", PLAIN);
    if setxattr(&path, "user.origin", b"a chart", XattrFlags::empty()).is_err() {
        // This file system has none.
        return;
    }
    assert_eq!(fix(&folder, &["--report", "r.json", "."]).code, Some(0));
    let mut value = [0; 7];
    assert_eq!(getxattr(&path, "user.origin", &mut value), Ok(7));
    assert_eq!((&value, edited(&folder)), (b"a chart", vec!["a.yaml".to_owned()]));
}

/// A folder may say who else may use all new files in it; the old file is not one of them.
#[test]
fn nobody_may_read_what_he_could_not_before() {
    let folder = Folder::new();
    let path = folder.write("in/a.yaml", PLAIN);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let entry = |tag: u16, permissions: u16, id: u32| {
        [&tag.to_le_bytes()[..], &permissions.to_le_bytes(), &id.to_le_bytes()].concat()
    };
    let list = [(1, 7, u32::MAX), (2, 7, 4711), (4, 5, u32::MAX), (16, 7, u32::MAX), (32, 5, u32::MAX)];
    let list = [2_u32.to_le_bytes().to_vec()].into_iter().chain(list.map(|(tag, bits, id)| entry(tag, bits, id)));
    let list: Vec<u8> = list.flatten().collect();
    if setxattr(folder.path().join("in"), "system.posix_acl_default", &list, XattrFlags::empty()).is_err() {
        // This file system has no lists.
        return;
    }
    assert_eq!(fix(&folder, &["in"]).code, Some(0));
    assert_eq!(edited(&folder), ["in/a.yaml"]);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
    let mut value = [0; 100];
    assert!(getxattr(&path, "system.posix_acl_access", &mut value).is_err(), "the folder's list came in");
}
