//! Delays signals that end the program while files are being written. Afterwards they have their usual effect.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

/// A signal that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signal(usize);

const ALL: [(i32, &str); 4] = [(SIGHUP, "SIGHUP"), (SIGINT, "SIGINT"), (SIGQUIT, "SIGQUIT"), (SIGTERM, "SIGTERM")];

impl Signal {
    /// Its name, such as `SIGTERM`.
    pub(crate) fn name(self) -> &'static str {
        ALL.iter().find(|(number, _)| usize::try_from(*number) == Ok(self.0)).map_or("a signal", |(_, name)| name)
    }

    /// The exit code that a shell shows for a process that the signal ended: 128 plus its number.
    pub(crate) fn exit_code(self) -> u8 {
        u8::try_from(self.0).map_or(u8::MAX, |number| number.saturating_add(128))
    }

    /// Does what the system does by default at this signal: ends the process.
    pub(crate) fn take_effect(self) {
        // If that is not possible, the process ends with its exit code.
        let _ = i32::try_from(self.0).map(low_level::emulate_default_handler);
    }
}

/// As long as a value of this type exists, signals are only recorded. When the last one is dropped, the first signal
/// takes effect.
#[derive(Debug)]
pub(crate) struct HeldSignals(&'static Switch);

/// The state that the signal handlers read and write.
#[derive(Debug)]
struct Switch {
    /// Signals take effect at once.
    is_free: Arc<AtomicBool>,
    /// The last signal that came.
    received: Arc<AtomicUsize>,
    /// The number of holders.
    holders: AtomicUsize,
}

impl HeldSignals {
    /// From now on signals wait.
    ///
    /// # Errors
    ///
    /// The system does not allow signal handlers.
    pub(crate) fn hold() -> io::Result<Self> {
        static SWITCH: OnceLock<Switch> = OnceLock::new();
        let switch = match SWITCH.get() {
            Some(switch) => switch,
            None => {
                let new = Switch::registered()?;
                SWITCH.get_or_init(|| new)
            }
        };
        switch.holders.fetch_add(1, Ordering::SeqCst);
        switch.is_free.store(false, Ordering::SeqCst);
        Ok(Self(switch))
    }

    /// The signal that has come.
    pub(crate) fn received(&self) -> Option<Signal> {
        self.0.received()
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        if self.0.holders.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.is_free.store(true, Ordering::SeqCst);
            if let Some(signal) = self.0.received() {
                signal.take_effect();
            }
        }
    }
}

impl Switch {
    fn registered() -> io::Result<Self> {
        let is_free = Arc::new(AtomicBool::new(true));
        let received = Arc::new(AtomicUsize::new(0));
        let ignored = ignored_signals();
        for (number, _) in ALL.into_iter().filter(|(number, _)| ignored >> (number - 1) & 1 == 0) {
            flag::register_conditional_default(number, Arc::clone(&is_free))?;
            flag::register_usize(number, Arc::clone(&received), usize::try_from(number).unwrap_or_default())?;
        }
        Ok(Self { is_free, received, holders: AtomicUsize::new(0) })
    }

    fn received(&self) -> Option<Signal> {
        Some(Signal(self.received.load(Ordering::SeqCst))).filter(|signal| signal.0 != 0)
    }
}

/// The signals that the caller made the program ignore, as `nohup` does, one bit each. They stay ignored. Only Linux
/// tells them (`proc_pid_status(5)`).
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_the_names_and_codes_that_shells_show() {
        let shown = [1, 2, 3, 15].map(|number| (Signal(number).name(), Signal(number).exit_code()));
        assert_eq!(shown, [("SIGHUP", 129), ("SIGINT", 130), ("SIGQUIT", 131), ("SIGTERM", 143)]);
    }
}
