//! `bench-server [--threads N] [--certificate KIND] [--max-streams N]`

use lexopt::prelude::*;
use pool_test_servers::certificate::Kind;
use pool_test_servers::{bench, launch};

fn main() -> Result<(), launch::Failure> {
    let (mut threads, mut certificate, mut max_streams) = (1, Kind::default(), 200);
    let mut flags = lexopt::Parser::from_env();
    while let Some(flag) = flags.next()? {
        match flag {
            Long("threads") => threads = flags.value()?.parse()?,
            Long("certificate") => certificate = flags.value()?.parse()?,
            Long("max-streams") => max_streams = flags.value()?.parse()?,
            _ => return Err(flag.unexpected().into()),
        }
    }
    launch::run(threads, || bench::start(certificate, max_streams))
}
