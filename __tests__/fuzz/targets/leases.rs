//! Exchanges over raw leases, one after the other, as agents have them: whatever a server says, and when, each hears its own
//! server's bytes in their order, and a connection on which something is left of one exchange is not given to the next.
//!
//! The whole engine runs, in clear over a Unix socket. What a server does is done before the next exchange begins, so that
//! what must hold does not depend on who is quicker.
#![no_main]

#[path = "../leases/script.rs"]
mod script;
#[path = "../leases/server.rs"]
mod server;
#[path = "../leases/user.rs"]
mod user;

use std::sync::{Mutex, OnceLock};

use libfuzzer_sys::fuzz_target;

use script::{Script, split};
use user::Stage;

/// Exchanges of one input.
const MOST: usize = 6;

fuzz_target!(|bytes: &[u8]| {
    static STAGE: OnceLock<Mutex<Stage>> = OnceLock::new();
    let mut stage = STAGE.get_or_init(|| Mutex::new(Stage::new())).lock().unwrap();
    let destination = stage.destination();
    let (mut before, mut has_learned) = (None, false);
    for script in split(bytes).into_iter().filter_map(Script::of).take(MOST) {
        let played = stage.play(&destination, &script);
        match before {
            Some((connection, false)) => {
                assert_ne!(connection, played.connection, "a connection that is not clean serves again");
            }
            // Where one has ended while it rested, the pool lets go of the others before that.
            Some((connection, true)) if !has_learned => {
                assert_eq!(connection, played.connection, "a connection that is clean serves no more");
            }
            _ => {}
        }
        has_learned |= script.is_spoiled();
        before = Some((played.connection, played.is_kept && !script.is_spoiled()));
    }
    stage.end();
});
