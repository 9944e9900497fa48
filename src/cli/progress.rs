//! The progress of a long run, on a terminal. A counter and a bar of fixed width need no package.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// A run that ends sooner shows no progress.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);
const BETWEEN_DRAWS: Duration = Duration::from_millis(100);
const WIDTH: usize = 30;

/// A pipe that ends sooner shows nothing.
pub(super) const PATIENCE_OF_PIPES: Duration = Duration::from_secs(2);

/// Does the work. If it takes longer than the patience of pipes, the terminal shows what is being done, and for how
/// long.
pub(super) fn while_shown<T, E: Write + Send>(
    what: &str,
    from: Instant,
    terminal: Option<&mut E>,
    work: impl FnOnce() -> T,
) -> T {
    let Some(terminal) = terminal else { return work() };
    let start = Instant::now();
    let (end, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (mut pause, mut is_drawn) = (from.saturating_duration_since(start), false);
            while is_done.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let text = format!("\r{what} ({} s)", start.elapsed().as_secs());
                let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
                (pause, is_drawn) = (BETWEEN_DRAWS, true);
            }
            if is_drawn {
                let _ = terminal.write_all(b"\r\x1b[K").and_then(|()| terminal.flush());
            }
        });
        let done = work();
        drop(end);
        done
    })
}

/// The progress of one stage of a run, on the last line of the terminal.
pub(super) struct Progress<'e, E: Write> {
    what: &'static str,
    total: usize,
    done: AtomicUsize,
    /// Nothing is drawn before that.
    from: Instant,
    screen: Option<Mutex<Screen<'e, E>>>,
}

struct Screen<'e, E: Write> {
    terminal: &'e mut E,
    next: Instant,
    is_drawn: bool,
}

impl<'e, E: Write> Progress<'e, E> {
    /// A stage that does `what` to `total` files. Without a terminal it shows nothing.
    pub(super) fn new(what: &'static str, total: usize, from: Instant, terminal: Option<&'e mut E>) -> Self {
        let screen = |terminal| Mutex::new(Screen { terminal, next: from, is_drawn: false });
        Self { what, total, done: AtomicUsize::new(0), from, screen: terminal.map(screen) }
    }

    /// Counts one more file. Threads don't wait for each other: if another thread is drawing, this one draws nothing.
    pub(super) fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(Ok(mut screen)) = self.screen.as_ref().map(Mutex::try_lock) else { return };
        let now = Instant::now();
        if now < self.from || now < screen.next {
            return;
        }
        let filled = (WIDTH * done).checked_div(self.total).unwrap_or(WIDTH).min(WIDTH);
        let bar = format!("{}{}", "#".repeat(filled), ".".repeat(WIDTH - filled));
        let text = format!("\r{} [{bar}] {done}/{} files", self.what, self.total);
        // A failed write changes nothing: progress is only for people.
        let _ = screen.terminal.write_all(text.as_bytes()).and_then(|()| screen.terminal.flush());
        (screen.next, screen.is_drawn) = (now + BETWEEN_DRAWS, true);
    }
}

/// Clears the line for the next output.
impl<E: Write> Drop for Progress<'_, E> {
    fn drop(&mut self) {
        if let Some(Ok(screen)) = self.screen.as_mut().map(Mutex::get_mut)
            && screen.is_drawn
        {
            let _ = screen.terminal.write_all(b"\r\x1b[K").and_then(|()| screen.terminal.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_pipe_is_shown_and_leaves_no_trace() {
        let shown = |from: Instant, pause: u64| {
            let mut terminal = Vec::new();
            let work = || thread::sleep(Duration::from_millis(pause));
            while_shown("planning", from, Some(&mut terminal), work);
            String::from_utf8(terminal).unwrap()
        };
        let text = shown(Instant::now(), 50);
        assert!(text.starts_with("\rplanning (0 s)") && text.ends_with("\r\x1b[K"), "{text:?}");
        assert_eq!(shown(Instant::now() + PATIENCE_OF_PIPES, 0), "");
    }

    fn drawn(from: Instant, ticks: usize) -> String {
        let mut terminal = Vec::new();
        let progress = Progress::new("reading", 4, from, Some(&mut terminal));
        (0..ticks).for_each(|_| progress.tick());
        drop(progress);
        String::from_utf8(terminal).unwrap()
    }

    #[test]
    fn a_long_run_is_shown_and_leaves_no_trace() {
        let bar = "\rreading [#######.......................] 1/4 files";
        assert_eq!(drawn(Instant::now(), 2), format!("{bar}\r\x1b[K"), "the second comes too soon after the first");
        assert_eq!(drawn(Instant::now() + PATIENCE, 4), "");
        assert_eq!(drawn(Instant::now(), 0), "");
    }
}
