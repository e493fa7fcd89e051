//! Ids, which may go stale, and tokens, which are spent by the transition that they allow.

use super::arena::Id;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(super) Id);

        impl $name {
            /// A dense number, reused once this id is stale: for tables kept beside the pool.
            pub fn index(self) -> u32 {
                self.0.index
            }
        }
    };
}

id! {
    /// Names an origin while the pool remembers it.
    OriginId
}
id! {
    /// Names a connection while the pool owns it.
    SlotId
}
id! {
    /// Names a request that waits.
    WaiterId
}
id! {
    /// Names a dial under way.
    DialId
}

/// The use of one stream of one connection. It must come back, by `released` or `detached`, exactly once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a lease that is dropped leaves its connection busy for ever"]
pub struct Lease {
    pub(super) slot: SlotId,
    pub(super) origin: OriginId,
    pub(super) reused: bool,
}

impl Lease {
    pub(super) fn spend(self) -> Id {
        self.slot.0
    }

    /// The connection.
    pub fn slot(&self) -> SlotId {
        self.slot
    }

    /// The origin that the connection leads to.
    pub fn origin(&self) -> OriginId {
        self.origin
    }

    /// Whether the connection has carried a request before this one.
    pub fn reused(&self) -> bool {
        self.reused
    }
}

/// The right to dial one connection. It must come back, by `connected` or `connect_failed`, exactly once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is dropped takes the room of a connection for ever"]
pub struct Permit {
    pub(super) dial: DialId,
    pub(super) origin: OriginId,
}

impl Permit {
    pub(super) fn spend(self) -> Id {
        self.dial.0
    }

    /// The dial that it allows.
    pub fn id(&self) -> DialId {
        self.dial
    }

    /// Where to.
    pub fn origin(&self) -> OriginId {
        self.origin
    }
}
