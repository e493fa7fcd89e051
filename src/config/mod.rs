//! Options, as given to what the engine runs on.
//!
//! [`OPTIONS`] is the one place where an option's name, bounds, default and meaning stand. Parsing, the
//! exported defaults, the JSON Schema and the TypeScript types are all made from it, so none can differ
//! from another.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod given;
mod json;
mod refusal;
mod resolve;
mod schema;
mod sections;
mod spec;
mod table;
mod types;

pub use given::Value;
pub use refusal::{Class, Refusal};
pub use resolve::{defaults, resolve, resolve_host, resolve_request};
pub use schema::{file_schema, json_schema};
pub use sections::{Body, Config, Dns, H2, Head, Limits, Scheduling, Tcp, Timeouts};
pub use spec::{Choice, Fallback, Kind, Scope, Spec};
pub use table::{ENVIRONMENTS, OPTIONS};
pub use types::typescript;
