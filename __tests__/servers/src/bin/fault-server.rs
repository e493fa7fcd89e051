//! `fault-server [--threads N] [--certificate KIND] [--close-idle-within MS] [--close-by fin|reset] [--seed N]`

use lexopt::prelude::*;
use pool_test_servers::certificate::Kind;
use pool_test_servers::fault::{self, Ending, Mode};
use pool_test_servers::launch;

fn main() -> Result<(), launch::Failure> {
    let (mut threads, mut certificate, mut mode) = (1, Kind::default(), Mode::default());
    let mut flags = lexopt::Parser::from_env();
    while let Some(flag) = flags.next()? {
        match flag {
            Long("threads") => threads = flags.value()?.parse()?,
            Long("certificate") => certificate = flags.value()?.parse()?,
            Long("close-idle-within") => mode.close_idle_within_ms = Some(flags.value()?.parse()?),
            Long("close-by") => mode.by = flags.value()?.parse_with(ending)?,
            Long("seed") => mode.seed = flags.value()?.parse()?,
            _ => return Err(flag.unexpected().into()),
        }
    }
    launch::run(threads, || fault::start(certificate, mode))
}

fn ending(text: &str) -> Result<Ending, String> {
    match text {
        "fin" => Ok(Ending::Fin),
        "reset" => Ok(Ending::Reset),
        _ => Err(format!("--close-by {text} is neither fin nor reset")),
    }
}
