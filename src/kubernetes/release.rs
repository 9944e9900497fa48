//! Releases of Kubernetes and of Istio: both are distinguished by major and minor number.

use std::fmt;
use std::str::FromStr;

/// A minor release, such as 1.30. Patches don't change the behaviour that is modelled here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Release {
    /// The number before the first dot.
    pub major: u32,
    /// The number after the first dot.
    pub minor: u32,
}

impl Release {
    /// The release with these numbers.
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

/// The text is not a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseError;

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a release such as `1.24` or `v1.24.3`")
    }
}

impl std::error::Error for ReleaseError {}

/// Accepts `1.24`, `1.24.3`, `v1.24.3`, and the suffixes of vendors: `v1.30.5-gke.100`, `1.31.2+k3s1`.
impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let mut parts = core.split('.').map(|part| match part.as_bytes() {
            [b'0'..=b'9', ..] => part.parse().map_err(|_| ReleaseError),
            _ => Err(ReleaseError),
        });
        let major = parts.next().ok_or(ReleaseError)??;
        let minor = parts.next().ok_or(ReleaseError)??;
        let patch: Option<u32> = parts.next().transpose()?;
        let has_more = patch.is_some() && parts.next().is_some();
        if has_more { Err(ReleaseError) } else { Ok(Self { major, minor }) }
    }
}

/// Prints as `1.24`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_and_ordered_by_number() {
        let read = |text: &str| text.parse::<Release>().ok();
        for text in ["1.24", "v1.24", "1.24.3", "v1.24.0-gke.100", "1.24.2+k3s1"] {
            assert_eq!(read(text), Some(Release::new(1, 24)), "{text}");
        }
        for text in ["", "1", "v", "1.", ".24", "1.x", "1.24.", "1.24.3.4", "one", "1.-2", "1. 24", "latest"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(read("1.9") < read("1.10"));
        assert_eq!(read("v1.30.1").unwrap().to_string(), "1.30");
    }
}
