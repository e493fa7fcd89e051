//! The contract with whoever starts a server: one line when ready, and an end that cannot be missed.

use std::error::Error;
use std::future::Future;
use std::io::{self, Write};

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::runtime::{Builder, Runtime};

/// What a server fails to start with.
pub type Failure = Box<dyn Error>;

/// Runs `start` until standard input closes or the process is told to stop. `start` opens the listeners and
/// gives the line that says where they are.
pub fn run<F>(threads: usize, start: impl FnOnce() -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<Value, Failure>>,
{
    let runtime = runtime(threads)?;
    let outcome = runtime.block_on(async {
        let mut ready = start().await?;
        ready["pid"] = std::process::id().into();
        writeln!(io::stdout(), "{ready}")?;
        tokio::select! {
            () = input_closed() => {}
            () = told_to_stop() => {}
        }
        Ok(())
    });
    // The thread that waits for standard input cannot be interrupted, so it is left behind.
    runtime.shutdown_background();
    outcome
}

/// One thread does it all unless more are asked for, so that a benchmark knows what the server may use.
fn runtime(threads: usize) -> io::Result<Runtime> {
    match threads {
        0 | 1 => Builder::new_current_thread().enable_all().build(),
        _ => Builder::new_multi_thread().worker_threads(threads).enable_all().build(),
    }
}

/// A parent that dies, however it dies, closes the pipe.
async fn input_closed() {
    let mut input = tokio::io::stdin();
    let mut ignored = [0; 256];
    while matches!(input.read(&mut ignored).await, Ok(1..)) {}
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    std::future::pending().await
}
