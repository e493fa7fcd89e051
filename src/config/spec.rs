use std::net::IpAddr;
use std::time::Duration;

use super::sections::Config;
use super::table::OPTIONS;

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in JavaScript.
    pub name: &'static str,
    /// What it takes, and where that goes.
    pub kind: Kind,
    /// What holds when it is left out.
    pub default: Fallback,
    /// Who may set it.
    pub scope: Scope,
    /// One sentence, with the unit and what 0 means.
    pub doc: &'static str,
}

/// Who may set an option: each of these, and those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A pool: the option is about all of its connections together.
    Pool,
    /// The hosts of a name in `perHostPools`.
    Host,
    /// A request.
    Request,
}

/// What an option takes. Each kind carries a setter of its own type, so that a value of another type has
/// no way into the configuration.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number.
    Int {
        /// The least allowed.
        min: u32,
        /// The most allowed.
        max: u32,
        /// Where it goes.
        set: fn(&mut Config, u32),
    },
    /// A whole number of milliseconds, from 0.
    Ms {
        /// The most allowed.
        max: u32,
        /// Where it goes.
        set: fn(&mut Config, Duration),
    },
    /// `true` or `false`.
    Bool {
        /// Where it goes.
        set: fn(&mut Config, bool),
    },
    /// One of a few words.
    OneOf(&'static [Choice]),
    /// One of a few numbers.
    OneOfInt {
        /// The numbers.
        of: &'static [u8],
        /// Where it goes.
        set: fn(&mut Config, u8),
    },
    /// A literal IPv4 or IPv6 address.
    Address {
        /// Where it goes.
        set: fn(&mut Config, IpAddr),
    },
    /// The URL of a proxy, which the layer above reads; `null` or `false` for none.
    Proxy,
    /// The path of a file, which the layer above reads.
    Path,
    /// The path of a Unix socket.
    Socket,
    /// A function, which is called by the layer above.
    Function {
        /// Its TypeScript type.
        typescript: &'static str,
    },
    /// A name, which the layer above goes by.
    Name,
    /// Options of the hosts of some names, each of which is resolved by itself.
    Hosts,
    /// Options of the pool in some environments, of which the layer above takes one.
    Environments,
    /// An object that is checked elsewhere, by those who know its fields.
    Object {
        /// Its TypeScript type.
        typescript: &'static str,
    },
}

/// One of a few words.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The word.
    pub word: &'static str,
    /// What it does.
    pub set: fn(&mut Config),
}

/// What holds when an option is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// This number.
    Number(u32),
    /// This answer.
    Bool(bool),
    /// This word.
    Text(&'static str),
    /// Whatever the option of this name has.
    SameAs(&'static str),
    /// Nothing is set.
    Absent,
}

/// The longest time that an option takes: what fits a Node timer, 24.8 days.
const MAX_MS: u32 = 2_147_483_647;

impl Spec {
    /// The option of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|spec| spec.name == name)
    }

    pub(super) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    pub(super) const fn per_request(self) -> Self {
        Self { scope: Scope::Request, ..self }
    }

    pub(super) const fn of_the_pool(self) -> Self {
        Self { scope: Scope::Pool, ..self }
    }

    pub(super) const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }
}

pub(super) const UNNAMED: Spec = Spec {
    name: "",
    kind: Kind::Object { typescript: "object" },
    default: Fallback::Absent,
    scope: Scope::Host,
    doc: "",
};

pub(super) const fn int(
    name: &'static str,
    default: u32,
    (min, max): (u32, u32),
    set: fn(&mut Config, u32),
) -> Spec {
    Spec { name, kind: Kind::Int { min, max, set }, default: Fallback::Number(default), ..UNNAMED }
}

pub(super) const fn ms(name: &'static str, default: u32, set: fn(&mut Config, Duration)) -> Spec {
    ms_up_to(MAX_MS, name, default, set)
}

pub(super) const fn ms_up_to(
    max: u32,
    name: &'static str,
    default: u32,
    set: fn(&mut Config, Duration),
) -> Spec {
    Spec { name, kind: Kind::Ms { max, set }, default: Fallback::Number(default), ..UNNAMED }
}

pub(super) const fn flag(name: &'static str, default: bool, set: fn(&mut Config, bool)) -> Spec {
    Spec { name, kind: Kind::Bool { set }, default: Fallback::Bool(default), ..UNNAMED }
}

pub(super) fn unless_zero(time: Duration) -> Option<Duration> {
    (!time.is_zero()).then_some(time)
}
