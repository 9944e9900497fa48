//! Work on independent parts, on as many threads as there are cores. The results have the order of the parts, so they
//! don't depend on the number of threads.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The number of threads that the machine offers; one if it does not say.
pub fn available() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A thread takes about as long to start as it takes to plan this many bytes.
const BYTES_PER_THREAD: usize = 32_768;

/// Of this many threads, those that are worth their start for an input of this many bytes.
pub(crate) fn worth(threads: NonZeroUsize, bytes: usize) -> NonZeroUsize {
    threads.min(NonZeroUsize::MIN.saturating_add(bytes / BYTES_PER_THREAD))
}

/// Does `work` on every part and returns the results in the order of the parts.
pub fn map<'p, T: Sync, R: Send>(parts: &'p [T], threads: NonZeroUsize, work: impl Fn(&'p T) -> R + Sync) -> Vec<R> {
    let threads = threads.get().min(parts.len());
    if threads <= 1 {
        return parts.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match parts.get(index) {
                Some(part) => done.push((index, work(part))),
                None => return done,
            }
        }
    };
    let mut results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let own = worker();
        // A panic in a worker is a panic here.
        let others = workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        own.into_iter().chain(others).collect()
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Does two things at the same time, if there are threads for both.
pub(crate) fn both<A: Send, B>(
    threads: NonZeroUsize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if threads.get() == 1 {
        return (one(), other());
    }
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), other)
    })
}

thread_local! {
    /// What this thread is working on.
    static WORK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does some work under a name. A panic message includes the name.
pub(crate) fn working_on<R>(name: impl FnOnce() -> String, work: impl FnOnce() -> R) -> R {
    let before = WORK.replace(Some(name()));
    let done = work();
    WORK.set(before);
    done
}

/// What this thread is working on.
pub(crate) fn at_work() -> Option<String> {
    WORK.with_borrow(Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        let parts: Vec<u32> = (0..1000).collect();
        for threads in [1, 2, 7] {
            let doubled = map(&parts, NonZeroUsize::new(threads).unwrap(), |part| part * 2);
            assert!(doubled.iter().enumerate().all(|(index, value)| *value == index as u32 * 2));
        }
        assert!(map(&[], available(), |part: &u32| *part).is_empty());
    }
}
