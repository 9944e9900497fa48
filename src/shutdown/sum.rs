//! Numbers that know how they came to be, so that what is said about them can't differ from what they are.

use std::fmt;

use super::Seconds;

/// The largest of some terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Largest {
    terms: Vec<Term>,
}

/// Quantities that are added up from left to right, never below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    parts: Vec<Addend>,
    /// It counts as no more than that.
    at_most: Option<Box<Self>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Addend {
    is_taken_off: bool,
    symbol: Symbol,
    /// `None` where it is not known, and counts as nothing.
    seconds: Option<Seconds>,
}

/// What a quantity is: the letters are those of the arithmetic of [`plan`](super::plan()).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Symbol {
    /// `P`: the longest preStop hook of the apps.
    LongestHook,
    /// `A`: what an app may take after SIGTERM.
    AppShutdown,
    /// `M`: what the agent needs after the drain.
    Margin,
    /// `drain` of the policy.
    Drain,
    /// `longestRequest` of the policy.
    LongestRequest,
    /// What it takes until a pod's endpoints are gone.
    EndpointDelay,
    /// `cover` of the policy.
    Cover,
    /// `h`: the length of the hook of istio-proxy.
    ProxyHook,
    /// The length of the mesh's hook of istio-proxy, whose place the pod's own takes.
    MeshHook,
    /// `F`: how long the proxy must stay.
    Stay,
    /// `D`: the drain duration.
    DrainDuration,
    /// The minimum of a proxy that exits on idle.
    Minimum,
    /// `D0`: the drain duration now.
    DrainNow,
    /// The minimum now.
    MinimumNow,
    /// `G`: the grace period.
    Grace,
    /// `G0`: the grace period now.
    GraceNow,
    /// A limit of Istio's or Kubernetes' own.
    Constant,
}

impl Symbol {
    /// How it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LongestHook => "P",
            Self::AppShutdown => "A",
            Self::Margin => "M",
            Self::Drain => "drain",
            Self::LongestRequest => "longestRequest",
            Self::EndpointDelay => "endpoints",
            Self::Cover => "cover",
            Self::ProxyHook => "h",
            Self::MeshHook => "mesh hook",
            Self::Stay => "F",
            Self::DrainDuration => "D",
            Self::Minimum => "minimum",
            Self::DrainNow => "D0",
            Self::MinimumNow => "minimum now",
            Self::Grace => "G",
            Self::GraceNow => "G0",
            Self::Constant => "",
        }
    }
}

impl Term {
    /// One quantity.
    pub(super) fn of(symbol: Symbol, seconds: Seconds) -> Self {
        Self { parts: vec![Addend { is_taken_off: false, symbol, seconds: Some(seconds) }], at_most: None }
    }

    /// And another one.
    pub(super) fn plus(mut self, symbol: Symbol, seconds: Seconds) -> Self {
        self.parts.push(Addend { is_taken_off: false, symbol, seconds: Some(seconds) });
        self
    }

    /// But for another one, which may not be known.
    pub(super) fn minus(mut self, symbol: Symbol, seconds: Option<Seconds>) -> Self {
        self.parts.push(Addend { is_taken_off: true, symbol, seconds });
        self
    }

    /// Up to a limit.
    pub(super) fn at_most(self, limit: Self) -> Self {
        Self { at_most: Some(Box::new(limit)), ..self }
    }

    pub(super) fn value(&self) -> Seconds {
        let sum = self.parts.iter().fold(Seconds::ZERO, |sum, part| {
            let seconds = part.seconds.unwrap_or_default();
            if part.is_taken_off { sum.minus(seconds) } else { sum + seconds }
        });
        self.at_most.as_ref().map_or(sum, |limit| sum.min(limit.value()))
    }
}

impl Largest {
    /// The largest of these.
    pub(super) fn of(terms: impl IntoIterator<Item = Term>) -> Self {
        Self { terms: terms.into_iter().collect() }
    }

    /// With one term more.
    pub(super) fn and(mut self, term: Term) -> Self {
        self.terms.push(term);
        self
    }

    /// With one more in front of them.
    pub(super) fn and_first(mut self, term: Option<Term>) -> Self {
        self.terms.splice(..0, term);
        self
    }

    /// What it comes to; nothing where there is no term.
    pub(crate) fn value(&self) -> Seconds {
        self.terms.iter().map(Term::value).max().unwrap_or_default()
    }
}

/// Prints as `max(D0 5, F 45 - h 10) = 35s`.
impl fmt::Display for Largest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.terms.as_slice() {
            [] => {}
            [term] => write!(f, "{term} = ")?,
            terms => {
                let terms: Vec<_> = terms.iter().map(Term::to_string).collect();
                write!(f, "max({}) = ", terms.join(", "))?;
            }
        }
        write!(f, "{}", self.value())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.at_most.is_some() { "min(" } else { "" })?;
        for (number, part) in self.parts.iter().enumerate() {
            let sign = match (number, part.is_taken_off) {
                (0, _) => "",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            let name = part.symbol.name();
            let gap = if name.is_empty() { "" } else { " " };
            let seconds = part.seconds.map_or("?".to_owned(), |seconds| seconds.get().to_string());
            write!(f, "{sign}{name}{gap}{seconds}")?;
        }
        self.at_most.as_ref().map_or(Ok(()), |limit| write!(f, ", {limit})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_it_comes_to() {
        let s = Seconds::new;
        let check = |largest: Largest, expected: &str| assert_eq!(largest.to_string(), expected);
        check(Largest::default(), "0s");
        check(Largest::of([Term::of(Symbol::Stay, s(45)).minus(Symbol::ProxyHook, None)]), "F 45 - h ? = 45s");
        check(Largest::of([Term::of(Symbol::Margin, s(2)).minus(Symbol::ProxyHook, Some(s(5)))]), "M 2 - h 5 = 0s");
        let hook_and_cover = Term::of(Symbol::LongestHook, s(10)).plus(Symbol::Cover, s(30));
        let guess = Term::of(Symbol::GraceNow, s(60)).minus(Symbol::Margin, Some(s(2))).at_most(hook_and_cover);
        let hook = Term::of(Symbol::LongestHook, s(10)).plus(Symbol::AppShutdown, s(5));
        check(
            Largest::of([hook, guess]).and(Term::of(Symbol::Constant, s(5))),
            "max(P 10 + A 5, min(G0 60 - M 2, P 10 + cover 30), 5) = 40s",
        );
    }
}
