//! The three standard streams as files, even if the caller closed them or made them non-blocking.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fstat, major, minor};

/// A standard stream. If it is non-blocking, reads and writes wait. Another program that shares the terminal or pipe
/// may make it so.
#[derive(Debug)]
pub struct StandardStream {
    /// `None` if it was closed.
    file: Option<File>,
}

impl StandardStream {
    /// The stream behind one of std's handles.
    ///
    /// # Errors
    ///
    /// The system can't duplicate the handle.
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
                    // An error shows at the next attempt.
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

    /// As a file is read: with room for all of it from the start. What comes before a wait is in the buffer then.
    fn read_to_end(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let before = buffer.len();
        if self.file.is_some() {
            self.retried(PollFlags::IN, |file| file.read_to_end(buffer))?;
        }
        Ok(buffer.len() - before)
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

/// Whether a stream was closed when the program started. Rust's runtime then opens `/dev/null` for reading and writing
/// in its place (`sanitize_standard_fds` in `library/std/src/sys/pal/unix/mod.rs`). Shells open it only for one of the
/// two.
fn was_closed(stream: BorrowedFd<'_>) -> bool {
    // The null device of Linux (Documentation/admin-guide/devices.txt).
    let is_null = fstat(stream).is_ok_and(|stat| (major(stat.st_rdev), minor(stat.st_rdev)) == (1, 3));
    is_null && fcntl_getfl(stream).is_ok_and(|flags| flags & OFlags::ACCMODE == OFlags::RDWR)
}
