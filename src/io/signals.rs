//! Signals that end the program wait for as long as files are being written: the system's own treatment of them, put
//! off.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// A signal that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signal(usize);

const ALL: [(i32, &str); 3] = [(SIGHUP, "SIGHUP"), (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM")];

impl Signal {
    /// Its name, such as `SIGTERM`.
    pub(crate) fn name(self) -> &'static str {
        ALL.iter().find(|(number, _)| usize::try_from(*number) == Ok(self.0)).map_or("a signal", |(_, name)| name)
    }

    /// What a shell shows as the exit code of a process that it ended: 128 and its number.
    pub(crate) fn exit_code(self) -> u8 {
        u8::try_from(self.0).map_or(u8::MAX, |number| number.saturating_add(128))
    }

    /// Does what the system does at this signal where nobody waits for it: the process ends.
    pub(crate) fn take_effect(self) {
        // Where that is not possible the process goes on to its exit code.
        let _ = i32::try_from(self.0).map(low_level::emulate_default_handler);
    }
}

/// For as long as there is one of these, signals are noted and nothing else. When the last one goes, the first that
/// came takes effect.
#[derive(Debug)]
pub(crate) struct HeldSignals(&'static Switch);

/// What the handlers look at.
#[derive(Debug)]
struct Switch {
    /// Signals take effect at once.
    is_free: Arc<AtomicBool>,
    /// The last one that came.
    received: Arc<AtomicUsize>,
    /// How many hold them.
    holders: AtomicUsize,
}

impl HeldSignals {
    /// From now on signals wait.
    ///
    /// # Errors
    ///
    /// The system lets nobody wait for signals.
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

/// The signals that the caller has made the program ignore, as `nohup` does, a bit each: they stay ignored. Linux tells
/// them in `proc_pid_status(5)`, and other systems nowhere.
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
        let shown = [1, 2, 15].map(|number| (Signal(number).name(), Signal(number).exit_code()));
        assert_eq!(shown, [("SIGHUP", 129), ("SIGINT", 130), ("SIGTERM", 143)]);
    }
}
