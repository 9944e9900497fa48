//! The three standard streams as files of the system, whatever the caller has made of them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fstat, major, minor};

/// A standard stream. Where somebody has made it non-blocking, as programs do that share a terminal or a pipe with this one, it waits.
#[derive(Debug)]
pub struct StandardStream {
    /// `None` where it was closed.
    file: Option<File>,
}

impl StandardStream {
    /// The stream behind one of std's handles.
    ///
    /// # Errors
    ///
    /// There can be no other handle.
    pub fn of(stream: impl AsFd) -> io::Result<Self> {
        let stream = stream.as_fd();
        let is_open = !was_closed(stream);
        Ok(Self { file: if is_open { Some(File::from(stream.try_clone_to_owned()?)) } else { None } })
    }

    fn retried<T>(&mut self, on: PollFlags, mut act: impl FnMut(&mut File) -> io::Result<T>) -> io::Result<T> {
        let file = self.file.as_mut().ok_or_else(|| io::Error::other("it is closed"))?;
        loop {
            match act(file) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Whatever is wrong with it, the next try says so.
                    let _ = poll(&mut [PollFd::new(file, on)], None);
                }
                done => return done,
            }
        }
    }
}

impl Read for StandardStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.file {
            // There is nothing in it.
            None => Ok(0),
            Some(_) => self.retried(PollFlags::IN, |file| file.read(buffer)),
        }
    }
}

impl Write for StandardStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.retried(PollFlags::OUT, |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a stream was closed when the program started. Rust's runtime puts `/dev/null` in its place, open for reading and writing
/// (`sanitize_standard_fds` in `library/std/src/sys/pal/unix/mod.rs`); shells open it for one of them.
fn was_closed(stream: BorrowedFd<'_>) -> bool {
    // The null device of Linux (Documentation/admin-guide/devices.txt).
    let is_null = fstat(stream).is_ok_and(|stat| (major(stat.st_rdev), minor(stat.st_rdev)) == (1, 3));
    is_null && fcntl_getfl(stream).is_ok_and(|flags| flags & OFlags::ACCMODE == OFlags::RDWR)
}
