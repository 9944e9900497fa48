//! The three standard streams as files, even if the caller closed them or made them non-blocking.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt as _;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fstat, major, minor};

use crate::parallel;

/// A stream that is read as a whole.
pub trait WholeInput: Read {
    /// Reads everything that is left, on several threads where the system can do that.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn whole(&mut self, _threads: NonZeroUsize) -> io::Result<Vec<u8>> {
        super::read_all(self)
    }
}

impl WholeInput for &[u8] {}

/// A program can't tell this null device from the one that it gets where a stream was closed.
const CLOSED: &str = "it is closed, or is /dev/null for reading and writing (open that for writing only)";

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
        let file = self.file.as_mut().ok_or_else(|| io::Error::other(CLOSED))?;
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

impl WholeInput for StandardStream {
    /// Half of the time that a large file takes is spent in the system: it looks for memory and copies. Several threads
    /// share that. A pipe has only one end.
    fn whole(&mut self, threads: NonZeroUsize) -> io::Result<Vec<u8>> {
        let mut bytes = self.file.as_ref().and_then(|file| read_parts(file, threads)).unwrap_or_default();
        // All of it, or what was added in the meantime.
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The rest of a regular file, from its position to its present end. `None` for other files, for one that has become
/// shorter, and if there is no room for it.
fn read_parts(mut file: &File, threads: NonZeroUsize) -> Option<Vec<u8>> {
    if threads.get() == 1 {
        return None;
    }
    let metadata = file.metadata().ok().filter(|metadata| metadata.is_file())?;
    let start = file.stream_position().ok()?;
    let length = usize::try_from(metadata.len().checked_sub(start)?).ok()?;
    let threads = parallel::worth(threads, length);
    if threads.get() == 1 {
        return None;
    }
    // A file may claim any size, and `vec!` ends the program where there is no room.
    Vec::<u8>::new().try_reserve_exact(length).ok()?;
    let mut bytes = vec![0; length];
    read_part(file, &mut bytes, start, threads).ok()?;
    file.seek(SeekFrom::Start(start + length as u64)).ok()?;
    Some(bytes)
}

fn read_part(file: &File, bytes: &mut [u8], at: u64, threads: NonZeroUsize) -> io::Result<()> {
    let Some(half) = NonZeroUsize::new(threads.get() / 2) else { return file.read_exact_at(bytes, at) };
    let rest = NonZeroUsize::MIN.saturating_add(threads.get() - half.get() - 1);
    let middle = bytes.len() / threads.get() * half.get();
    let (first, second) = bytes.split_at_mut(middle);
    let first = || read_part(file, first, at, half);
    let (first, second) = parallel::both(threads, first, || read_part(file, second, at + middle as u64, rest));
    first.and(second)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_threads_read_what_one_reads() {
        let bytes: Vec<_> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        for start in [0, 7, bytes.len() - 1, bytes.len(), bytes.len() + 9] {
            for threads in [1, 2, 3, 16] {
                (&file).seek(SeekFrom::Start(start as u64)).unwrap();
                let mut stream = StandardStream { file: Some(file.try_clone().unwrap()) };
                let whole = stream.whole(NonZeroUsize::new(threads).unwrap()).unwrap();
                assert!(whole == bytes.get(start..).unwrap_or_default(), "from {start} on {threads} threads");
                // The next program goes on where this one ended.
                assert_eq!((&file).stream_position().unwrap(), bytes.len().max(start) as u64);
            }
        }
    }
}
