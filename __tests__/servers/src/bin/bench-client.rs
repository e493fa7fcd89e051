//! `bench-client`: orders on standard input, answers on standard output; see `client`.

use pool_test_servers::{client, launch};
use tokio::runtime::Builder;

fn main() -> Result<(), launch::Failure> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(client::obey());
    // The thread that waits for standard input cannot be interrupted, so it is left behind.
    runtime.shutdown_background();
    outcome
}
