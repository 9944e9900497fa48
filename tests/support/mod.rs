//! What the fixtures are read, run and judged with.

/// One folder of `fixtures/`, and a run over it.
pub(crate) mod case;
/// A folder for one test.
pub(crate) mod folder;
/// Files with what is expected, compared byte by byte.
pub(crate) mod golden;
/// What must hold for every input whatever it is.
pub(crate) mod invariants;
/// The independent reading: serde_yaml's values with the planned changes made by an interpreter of their own.
pub(crate) mod oracle;
/// Programs as processes.
pub(crate) mod process;
/// The remedy of each finding, applied.
pub(crate) mod remedies;
/// The golden text of what a run found.
pub(crate) mod results;
/// The same object in a stream, a List and a ResourceList.
pub(crate) mod wrapping;
